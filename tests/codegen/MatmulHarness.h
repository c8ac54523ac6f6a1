// Compiles a matmul schedule on its own, with plain strided operands, and runs it on threads: what the tests of the
// schedule share. Lowering is the light one of the compiler: no LLVM optimisation pipeline.
#pragma once

#include "codegen/kernels/Matmul.h"

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace mx::codegen::test {

/// Element type of the operands; the result and the accumulator are f32, or f64 for F64.
enum class Element : uint8_t { F32, F16, BF16, F64 };

/// Sizes and element strides of one call.
struct MatmulCall {
  int64_t batch = 1, M = 0, N = 0, K = 0;
  /// Strides of batch, rows, columns.
  std::array<int64_t, 3> lhs{}, rhs{}, result{};

  /// Dense operands; `lhsDim` and `rhsDim` name the contiguous dim (-1: every second element of dim 1).
  static MatmulCall dense(int64_t batch, int64_t M, int64_t N, int64_t K, int lhsDim = 1, int rhsDim = 1);
};

/// What the epilogue computes.
enum class Epilogue : uint8_t { Store, TwiceByLoop };

struct MatmulKernelOptions {
  Element element = Element::F32;
  int lhsDim = 1, rhsDim = 1;
  /// Sizes and strides become constants when set.
  bool isStatic = false;
  /// Target options given to the code generator, e.g. "-avx512f"; empty for the host.
  std::string features;
};

/// A compiled schedule.
class MatmulKernel {
public:
  MatmulKernel(const MatmulCall &call, const MatmulConfig &config, const MatmulKernelOptions &options);
  ~MatmulKernel();

  /// Runs all entries on `threads` threads (1 or 2).
  void run(const MatmulCall &call, const void *lhs, const void *rhs, void *result, int threads);

  /// Milliseconds from IR to machine code: building and lowering in MLIR, translation, code generation and link.
  std::array<double, 3> compileMs{};
  /// The last part of it: linking alone.
  double linkMs = 0;
  MatmulPlan plan;

private:
  struct Code;
  std::unique_ptr<Code> code;
};

/// The problem `call` poses to the heuristic: constant sizes, or symbols s0 .. s3 for batch, M, N, K.
MatmulProblem problemOf(const MatmulCall &call, const MatmulKernelOptions &options);

/// The host as the heuristic sees it.
MatmulTarget hostTarget(int threads);

/// Parks the second thread of run().
void parkThreads();

} // namespace mx::codegen::test
