// One program of a dump as mx-inspect sees it: what program.json and times.json of its folder say, checked. Sizes that
// depend on the call have the values of the latest one; without measured times they are unknown.
#pragma once

#include "runtime/base/Status.h"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace mx::inspect {

using nlohmann::json;
using Number = std::optional<int64_t>;

/// A value that a kernel reads from memory although another kernel of the program computed it.
struct Edge {
  size_t operand = 0, producer = 0;
  Number bytes;
  std::string reason;
};

/// One run of a kernel.
struct Dispatch {
  std::string kernel;
  /// Its launches, into ProgramDump::steps.
  size_t firstStep = 0, numSteps = 0;
  Number bytesRead, bytesWritten, flops;
  std::vector<std::string> lines;
  std::vector<Edge> edges;
  /// Of all its launches in one call: the best, and the mean.
  std::optional<double> bestNs, meanNs;

  Number bytes() const { return bytesRead && bytesWritten ? Number(*bytesRead + *bytesWritten) : Number(); }
};

struct Kernel {
  std::string kind;
  /// Mnemonics with how often each is there.
  std::vector<std::pair<std::string, int64_t>> ops;
  std::vector<std::string> lines;
  /// Counts of the code of each entry, by name: registers, spills, ...
  std::vector<std::pair<std::string, std::map<std::string, int64_t>>> entries;

  /// `3 add, exp`.
  std::string opsText() const;
  /// The sum or the largest value of a count over the entries; nothing when no entry has it.
  Number sum(const std::string &count) const;
  Number largest(const std::string &count) const;
};

struct Step {
  std::string entry;
  Number units;
};

/// Bytes of the arena and when they live, in steps, both ends included.
struct Slot {
  Number bytes, offset;
  size_t firstStep = 0, lastStep = 0;
};

struct ProgramDump {
  /// Where it is, and its last component.
  std::string path, folder;
  std::string name, target;
  bool isStatic = true;
  /// Values of s0, s1, ...; fewer than the program has when none are known.
  std::vector<int64_t> sizes;
  int64_t calls = 0;
  std::map<std::string, Kernel> kernels;
  std::vector<Dispatch> dispatches;
  std::vector<Step> steps;
  std::vector<Slot> slots;
  /// As the planner had them, of a static program.
  int64_t arenaBytes = 0, arenaWithoutReuse = 0, arenaMaxLive = 0;

  const Kernel &kernelOf(const Dispatch &dispatch) const { return kernels.at(dispatch.kernel); }
  bool onGpu() const { return target.find("spirv") != std::string::npos || target.find("vulkan") != std::string::npos; }
};

struct LoadOptions {
  /// Values of s0, s1, ... in place of the measured ones.
  std::vector<int64_t> sizes;
  /// What a file of IR is compiled for.
  std::string target = "native";
};

/// Reads the folder of one program.
rt::Result<ProgramDump> loadProgram(const std::string &folder, const LoadOptions &options = {});

/// The programs that `path` names: a program's folder, a folder with programs, or a file of mx IR, which is compiled. The
/// dump of a file lies in a folder that goes with the process.
rt::Result<std::vector<ProgramDump>> loadPrograms(const std::string &path, const LoadOptions &options = {});

/// The text of a file.
rt::Result<std::string> readFile(const std::string &path);

} // namespace mx::inspect
