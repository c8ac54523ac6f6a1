// Parts of kernels as bytes, shared by what keeps kernels (CompiledKernel) and what keeps programs (ProgramFile).
#pragma once

#include "runtime/Shader.h"
#include "runtime/base/Bytes.h"
#include "runtime/base/SizeExpr.h"
#include "runtime/cpu/MachineCode.h"

#include <span>
#include <vector>

namespace mx::rt {

void write(ByteWriter &out, const SizeExpr &e);
/// An expression over symbols below `numSymbols`.
SizeExpr readSizeExpr(ByteReader &in, uint32_t numSymbols);

void write(ByteWriter &out, const CodeImage &image);
CodeImage readCodeImage(ByteReader &in);

/// The modules of shaders, each once, in the order in which they are met.
class ShaderModules {
public:
  using Words = std::shared_ptr<const std::vector<uint32_t>>;
  /// The number of a module.
  uint32_t add(const Words &words);
  void write(ByteWriter &out) const;
  void read(ByteReader &in);
  /// Null past the last.
  Words at(uint32_t number) const { return number < modules.size() ? modules[number] : nullptr; }

private:
  std::vector<Words> modules;
};

/// What a shader is beside its module, whose number in `modules` stands for it.
void write(ByteWriter &out, const Shader &shader, ShaderModules &modules);
std::shared_ptr<const Shader> readShader(ByteReader &in, const ShaderModules &modules);

} // namespace mx::rt
