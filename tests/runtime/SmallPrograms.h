// Programs of additions made by hand, for any device: `step(buffers, elements)` makes the step that adds its first two buffers
// into the third.
#pragma once

#include "runtime/CompiledProgram.h"

#include <numeric>
#include <vector>

namespace mx::rt {

/// out = (x + y) + (x + x), with two temporaries.
template <typename MakeStep> CompiledProgram twoTemporaries(const SizeExpr &n, MakeStep step) {
  CompiledProgram p;
  p.name = "two_temporaries";
  SizeExpr bytes = SizeExpr::binary(SizeExpr::Op::Mul, n, 4);
  p.inputs = {{DType::float32, {n}}, {DType::float32, {n}}};
  p.outputs = {{DType::float32, {n}, bytes, -1}};
  p.arena = {{bytes, 0, 2, -1}, {bytes, 1, 2, -1}};
  p.steps = {step({{BufferRef::Input, 0}, {BufferRef::Input, 1}, {BufferRef::Arena, 0}}, n),
             step({{BufferRef::Input, 0}, {BufferRef::Input, 0}, {BufferRef::Arena, 1}}, n),
             step({{BufferRef::Arena, 0}, {BufferRef::Arena, 1}, {BufferRef::Output, 0}}, n)};
  p.isStatic = n.isConstant();
  p.numSymbols = p.isStatic ? 0 : 1;
  if (p.isStatic) {
    int64_t rounded = (bytes.value() + 63) / 64 * 64;
    p.arena[0].offset = 0;
    p.arena[1].offset = rounded;
    p.arenaBytes = 2 * rounded;
  }
  return p;
}

/// out = x + y over `n` floats, donor as given.
template <typename MakeStep> CompiledProgram sum(const SizeExpr &n, int32_t donor, MakeStep step) {
  CompiledProgram p;
  p.name = "sum";
  p.inputs = {{DType::float32, {n}}, {DType::float32, {n}}};
  p.outputs = {{DType::float32, {n}, SizeExpr::binary(SizeExpr::Op::Mul, n, 4), donor}};
  p.steps = {step({{BufferRef::Input, 0}, {BufferRef::Input, 1}, {BufferRef::Output, 0}}, n)};
  p.isStatic = n.isConstant();
  p.numSymbols = p.isStatic ? 0 : 1;
  return p;
}

/// n floats from `first` on.
inline std::vector<float> iota(int64_t n, float first) {
  std::vector<float> v(static_cast<size_t>(n));
  std::iota(v.begin(), v.end(), first);
  return v;
}

} // namespace mx::rt
