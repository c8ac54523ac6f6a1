// Programs as bytes. Constants and code lie outside of what is written here, so that several programs share them and a
// file can be mapped: a program names constants by their numbers in a pool.
#pragma once

#include "runtime/CompiledProgram.h"
#include "runtime/base/Bytes.h"
#include "runtime/base/Hash.h"
#include "runtime/base/Status.h"

#include <map>
#include <span>
#include <vector>

namespace mx::rt {

/// Distinct constants, in the order in which they were first added.
class ConstantPool {
public:
  /// The number of these bytes.
  uint32_t add(const ConstantSpec &constant);
  const std::vector<ConstantSpec> &all() const { return constants; }

private:
  std::vector<ConstantSpec> constants;
  std::map<std::pair<Hash128, int64_t>, uint32_t> numbers;
};

/// Appends a program: steps, memory plan, outputs, and the machine code or shaders of its steps. Its inputs are up to the
/// reader. Entries are written without what depends on the process.
void write(ByteWriter &out, const CompiledProgram &program, ConstantPool &constants);

/// The program that was written, over these inputs and constants, its code loaded. Everything is checked: what comes back
/// can be bound and planned whatever the bytes were. Fails with `file`, or with what loading of code fails with.
Result<CompiledProgram> readProgram(ByteReader &in, std::string name, uint32_t numSymbols, std::vector<InputSpec> inputs,
                                    std::vector<ConstantSpec> constants);

/// Sizes of tensors: a count, and an expression each.
void write(ByteWriter &out, std::span<const SizeExpr> dims);
std::vector<SizeExpr> readSizeExprs(ByteReader &in, uint32_t numSymbols);

} // namespace mx::rt
