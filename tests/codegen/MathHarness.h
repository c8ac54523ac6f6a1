// Compiles one element-wise body into a kernel over arrays, through the CPU pipeline of the compiler, and
// runs it: what the tests of casts, bodies and math functions share.
#pragma once

#include "codegen/cpu/CpuTarget.h"
#include "codegen/cpu/ObjectLinker.h"
#include "codegen/lowering/ScalarBodies.h"

#include <functional>
#include <span>
#include <string>
#include <vector>

namespace mx::codegen::test {

/// Emits the body on one value per input.
using EmitBody =
    std::function<mlir::Value(mlir::OpBuilder &, mlir::Location, mlir::ValueRange, const MathTarget &)>;

struct ElementKernelOptions {
  /// As cpuTarget takes it.
  std::string cpu = "native";
  /// The fma-free expansions.
  bool exact = false;
  /// Elements per step; 0 is a scalar.
  int lanes = 16;
};

/// A compiled body. bool is one byte, 0 or 1.
class ElementKernel {
public:
  ElementKernel(std::vector<rt::DType> inputs, rt::DType output, const EmitBody &body,
                const ElementKernelOptions &options = {});

  /// Why compilation failed; empty when it did not.
  const std::string &error() const { return failure; }
  /// Computes `count` elements, a multiple of the lanes.
  void run(std::span<const void *const> inputs, void *output, size_t count) const;

private:
  size_t step;
  std::string failure;
  LoadedObject code;
};

/// The kernel of an element-wise op whose operands all have `dtype` (`where`: after the condition).
ElementKernel elementwiseKernel(ir::OpKind kind, rt::DType dtype, const ElementKernelOptions &options = {});

} // namespace mx::codegen::test
