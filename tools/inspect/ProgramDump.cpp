// Reading of dumps. Whatever a file holds ends in a program whose numbers refer to things that are there, or in an error.
#include "tools/inspect/ProgramDump.h"

#include "ir/shape/Dim.h"
#include "tools/inspect/CompileFile.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

#include <algorithm>

namespace mx::inspect {
namespace {

rt::Error fileError(std::string what) { return {rt::ErrorCode::file, std::move(what)}; }

// Sizes past this are no sizes; sums of many below it fit.
constexpr int64_t kLargest = int64_t(1) << 50;

Number known(int64_t value) { return value >= 0 && value <= kLargest ? Number(value) : std::nullopt; }

// A size: a number, or an expression over the sizes of the call. Nothing where a symbol has no value.
Number numberOf(const json &value, const std::vector<int64_t> &sizes) {
  if (value.is_number_integer())
    return known(value.get<int64_t>());
  const std::string text = value.get<std::string>();
  std::string_view rest = text;
  std::optional<ir::Dim> dim = ir::Dim::parse(rest);
  if (!dim || !rest.empty())
    return std::nullopt;
  bool all = true;
  const int64_t result = dim->evaluateWith([&](uint32_t symbol) {
    all &= symbol < sizes.size();
    return symbol < sizes.size() ? sizes[symbol] : int64_t(1);
  });
  return all ? known(result) : std::nullopt;
}

// Fills a program from its parts. Throws json::exception where a field is missing or of another type.
class Reader {
public:
  Reader(ProgramDump &program, const json &description) : program(program), description(description) {}
  rt::Status read(const json &times);

private:
  Number number(const json &value) const { return numberOf(value, program.sizes); }
  void readKernels();
  void readDispatches();
  void readArena();
  void readTimes(const json &times);
  rt::Status check() const;

  ProgramDump &program;
  const json &description;
};

rt::Status Reader::read(const json &times) {
  program.name = description.at("name");
  program.target = description.at("target");
  program.isStatic = description.at("static");
  if (program.sizes.empty() && times.contains("symbols"))
    program.sizes = times.at("symbols").get<std::vector<int64_t>>();
  for (const json &step : description.at("steps"))
    program.steps.push_back({step.at("entry"), number(step.at("units"))});
  readKernels();
  readDispatches();
  readArena();
  if (rt::Status s = check(); !s)
    return s;
  if (!times.is_null())
    readTimes(times);
  return {};
}

void Reader::readKernels() {
  for (const auto &[name, row] : description.at("kernels").items()) {
    Kernel &kernel = program.kernels[name];
    kernel.kind = row.at("kind");
    kernel.lines = row.at("lines");
    for (const json &op : row.at("ops"))
      kernel.ops.emplace_back(op.at(0), op.at(1));
    for (const json &entry : row.at("entries")) {
      std::map<std::string, int64_t> counts;
      for (const auto &[key, value] : entry.items())
        if (value.is_number_integer())
          counts[key] = value;
      kernel.entries.emplace_back(entry.at("name"), std::move(counts));
    }
  }
}

void Reader::readDispatches() {
  for (const json &row : description.at("dispatches")) {
    Dispatch d;
    d.kernel = row.at("kernel");
    d.firstStep = row.at("first_step");
    d.numSteps = row.at("steps");
    d.bytesRead = number(row.at("bytes_read"));
    d.bytesWritten = number(row.at("bytes_written"));
    d.flops = number(row.at("flops"));
    d.lines = row.at("lines");
    for (const json &edge : row.at("edges"))
      d.edges.push_back({edge.at("operand"), edge.at("producer"), number(edge.at("bytes")), edge.at("reason")});
    program.dispatches.push_back(std::move(d));
  }
}

void Reader::readArena() {
  const json &arena = description.at("arena");
  program.arenaBytes = arena.at("bytes");
  program.arenaWithoutReuse = arena.at("bytes_without_reuse");
  program.arenaMaxLive = arena.at("bytes_max_live");
  for (const json &row : arena.at("slots")) {
    const int64_t offset = row.at("offset");
    program.slots.push_back({number(row.at("bytes")), known(offset), row.at("first_step"), row.at("last_step")});
  }
}

// Numbers refer to what is there.
rt::Status Reader::check() const {
  const auto wrong = [&](const std::string &what) { return fileError(program.path + "/program.json: " + what); };
  const size_t numSteps = program.steps.size();
  for (size_t i = 0; i < program.dispatches.size(); ++i) {
    const Dispatch &d = program.dispatches[i];
    const std::string which = "dispatch " + std::to_string(i);
    if (!program.kernels.count(d.kernel))
      return wrong(which + " names the kernel '" + d.kernel + "', which is not there");
    if (d.firstStep > numSteps || d.numSteps > numSteps - d.firstStep)
      return wrong(which + " has steps up to " + std::to_string(d.firstStep + d.numSteps) + " of " + std::to_string(numSteps));
    for (const Edge &edge : d.edges)
      if (edge.producer >= i)
        return wrong(which + " reads the result of dispatch " + std::to_string(edge.producer) + ", which is not before it");
  }
  for (const Slot &slot : program.slots)
    if (slot.firstStep > slot.lastStep || slot.lastStep >= std::max<size_t>(numSteps, 1) || (slot.bytes && *slot.bytes < 0))
      return wrong("a slot of the arena has " + std::to_string(slot.bytes.value_or(0)) + " bytes from step " +
                   std::to_string(slot.firstStep) + " to " + std::to_string(slot.lastStep) + " of " + std::to_string(numSteps));
  return {};
}

void Reader::readTimes(const json &times) {
  const auto count = times.at("count").get<std::vector<int64_t>>(), total = times.at("total_ns").get<std::vector<int64_t>>(),
             least = times.at("min_ns").get<std::vector<int64_t>>();
  const size_t n = program.steps.size();
  if (count.size() != n || total.size() != n || least.size() != n)
    return;
  program.calls = times.at("calls");
  for (Dispatch &d : program.dispatches) {
    double best = 0, mean = 0;
    bool ran = false;
    for (size_t s = d.firstStep; s < d.firstStep + d.numSteps; ++s)
      if (count[s] > 0) {
        best += double(least[s]);
        mean += double(total[s]) / double(count[s]);
        ran = true;
      }
    if (ran) {
      d.bestNs = best;
      d.meanNs = mean;
    }
  }
}

} // namespace

std::string Kernel::opsText() const {
  std::string text;
  for (const auto &[name, count] : ops)
    text += (text.empty() ? "" : ", ") + (count > 1 ? std::to_string(count) + " " : std::string()) + name;
  return text;
}

Number Kernel::sum(const std::string &count) const {
  Number total;
  for (const auto &[name, counts] : entries)
    if (auto it = counts.find(count); it != counts.end())
      total = total.value_or(0) + it->second;
  return total;
}

Number Kernel::largest(const std::string &count) const {
  Number most;
  for (const auto &[name, counts] : entries)
    if (auto it = counts.find(count); it != counts.end())
      most = std::max(most.value_or(0), it->second);
  return most;
}

rt::Result<std::string> readFile(const std::string &path) {
  auto buffer = llvm::MemoryBuffer::getFile(path);
  if (!buffer)
    return fileError("cannot read " + path + ": " + buffer.getError().message());
  return (*buffer)->getBuffer().str();
}

rt::Result<ProgramDump> loadProgram(const std::string &folder, const LoadOptions &options) {
  ProgramDump program;
  program.path = folder;
  program.folder = llvm::sys::path::filename(folder).str();
  program.sizes = options.sizes;
  std::string file = folder + "/program.json";
  auto text = readFile(file);
  if (!text)
    return text.error();
  try {
    const json description = json::parse(*text);
    json times;
    if (auto measured = readFile(folder + "/times.json")) {
      file = folder + "/times.json";
      times = json::parse(*measured);
      file = folder + "/program.json";
    }
    if (rt::Status s = Reader(program, description).read(times); !s)
      return s.error();
  } catch (const json::exception &e) {
    return fileError(file + " is no description of a program: " + e.what());
  }
  return program;
}

rt::Result<std::vector<ProgramDump>> loadPrograms(const std::string &path, const LoadOptions &options) {
  namespace fs = llvm::sys::fs;
  std::string root = path;
  if (!fs::exists(path))
    return fileError("there is no " + path);
  if (!fs::is_directory(path)) {
    auto dumped = compileFile(path, options.target);
    if (!dumped)
      return dumped.error();
    root = *dumped;
  }
  std::vector<std::string> folders;
  if (fs::exists(root + "/program.json")) {
    llvm::StringRef whole(root);
    folders.push_back(whole.rtrim('/').str());
  } else {
    std::error_code ec;
    for (fs::directory_iterator it(root, ec), end; it != end && !ec; it.increment(ec))
      if (fs::exists(it->path() + "/program.json"))
        folders.push_back(it->path());
    std::sort(folders.begin(), folders.end());
  }
  if (folders.empty())
    return fileError(path + " holds no dumped program; run the program with MX_DUMP=" + path);
  std::vector<ProgramDump> programs;
  for (const std::string &folder : folders) {
    auto program = loadProgram(folder, options);
    if (!program)
      return program.error();
    programs.push_back(std::move(*program));
  }
  return programs;
}

} // namespace mx::inspect
