// The reference interpreter: evaluates functions of the mx dialect in plain C++, the oracle of every backend's tests.
// Slow on purpose: one value, one vector; each op computes in more precision than its dtype and rounds once.
#pragma once

#include "runtime/base/DType.h"
#include "runtime/base/Status.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/ArrayRef.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace mx::ir::interp {

/// A value: row-major elements as they lie in memory (bool takes a byte, float16 and bfloat16 two).
struct Tensor {
  rt::DType dtype;
  std::vector<int64_t> shape;
  std::vector<std::byte> data;
  bool operator==(const Tensor &) const = default;
};

/// The results of `func`, of phase traced, core or fused and verified, for the inputs. symbols[i] is the value of s<i>;
/// symbols that name sizes of the inputs need no value, and one that is given must agree. The error names the op.
rt::Result<std::vector<Tensor>> run(mlir::func::FuncOp func, llvm::ArrayRef<Tensor> inputs,
                                    llvm::ArrayRef<int64_t> symbols = {});

} // namespace mx::ir::interp
