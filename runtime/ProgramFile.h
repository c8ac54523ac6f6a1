// The .mxe format: a program compiled ahead of time for one or more targets, with its signature and its constants.
//
//   header    magic, version, number of sections, size of the file, checksum of header and table
//   table     per section: kind, offset, size, checksum (XXH3-128)
//   signature name, arguments, results, the sizes of the constants, the targets and what they need; from version 2 on the bounds
//             and reasons of sizes, and names
//   program   one section per target: steps, memory plan, machine code or SPIR-V
//   constants one section, at a multiple of the page size, each constant at a multiple of 64: mapped, never copied
//
// Sections follow each other with nothing but zeros between them, so every byte of a file is covered by a check. All numbers
// are little-endian. The same programs give the same bytes.
#pragma once

#include "runtime/CompiledProgram.h"
#include "runtime/base/Status.h"

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace mx::rt {

class ByteReader;

/// A result of a program as its callers see it.
struct ResultSpec {
  DType dtype;
  std::vector<SizeExpr> dims;
  /// An output of the program, an argument as it came, or a constant, by its number.
  enum Source : uint8_t { Output, Argument, Constant } source;
  uint32_t index;
};

/// A size that calls share with the example the program was made from, and why it does not vary.
struct FixedSize {
  int64_t size;
  std::string reason;
};

/// What callers see; the same for all targets.
struct Signature {
  std::string name;
  /// Symbols of the sizes. Each stands alone as a size of some argument, which gives it its value.
  uint32_t numSymbols = 0;
  std::vector<InputSpec> arguments;
  std::vector<ResultSpec> results;
  /// The smallest and the largest value of each symbol; empty where any will do.
  std::vector<int64_t> atLeast, atMost;
  /// Of a program some of whose sizes vary.
  std::vector<FixedSize> fixed;
  /// Empty, or one for each; no two are equal.
  std::vector<std::string> argumentNames, resultNames;
};

/// The program for one target. Its inputs are the signature's arguments, its symbols the signature's.
struct ProgramVariant {
  /// `cpu:x86-64-v3`, `spirv:vulkan1.2`, ...
  std::string target;
  /// What it does not run without, beside what its shaders say: instruction sets (runtime/cpu/CpuFeatures.h), or the size of
  /// subgroups (runtime/ShaderNeeds.h).
  std::vector<std::string> features;
  CompiledProgram program;
};

/// What a file is written from.
struct ProgramFile {
  Signature signature;
  /// Those that results name.
  std::vector<ConstantSpec> constants;
  std::vector<ProgramVariant> variants;
};

/// The file as bytes.
std::vector<std::byte> serialize(const ProgramFile &file);

/// A file that was opened: signature and targets are known, the program of a target is read when it is asked for.
class ProgramFileReader {
public:
  /// A target of the file.
  struct Variant {
    std::string target;
    std::vector<std::string> features;
    std::span<const std::byte> section;
  };

  /// Checks `bytes`, which `owner` keeps alive (null: the caller does), and reads what describes the program. The error names
  /// what is wrong.
  static Result<ProgramFileReader> open(std::span<const std::byte> bytes, std::shared_ptr<const void> owner);

  const Signature &signature() const { return described; }
  const std::vector<Variant> &variants() const { return targets; }
  /// The bytes of the constants that results name lie where the file does.
  const std::vector<ConstantSpec> &constants() const { return pool; }
  /// Reads the program of a target and loads its code. `copyConstants`: into memory of the allocator, for devices.
  Result<CompiledProgram> program(const Variant &variant, bool copyConstants) const;

private:
  Status readSignature(uint32_t version, std::span<const std::byte> section, std::span<const std::byte> data, std::shared_ptr<const void> owner);
  void readExtras(ByteReader &in);
  Status checkResults() const;

  Signature described;
  std::vector<ConstantSpec> pool;
  std::vector<Variant> targets;
};

} // namespace mx::rt
