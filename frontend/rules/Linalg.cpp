// Rules of contractions.
#include "frontend/rules/Rules.h"

namespace mx::rules {
namespace {

array transposed(const array &a) { return swapaxes(a, -1, -2); }

/// `a` as a matrix: all axes but the last as rows.
array asMatrix(const array &a) { return a.ndim() == 2 ? a : reshape(a, {-1, a.shape(-1)}); }

} // namespace

// The driver sums over broadcast leading axes. A right operand without leading axes, the weight of a linear layer,
// gets its sum from one long matrix product instead.
std::vector<array> vjp_matmul(const VjpArgs &op) {
  const array &a = op.inputs[0], &b = op.inputs[1], &cotangent = op.cotangent;
  std::vector<array> result;
  for (int i : op.argnums) {
    if (i == 0)
      result.push_back(matmul(cotangent, transposed(b)));
    else if (b.ndim() == 2 && a.size() != 0)
      result.push_back(matmul(transposed(asMatrix(a)), asMatrix(cotangent)));
    else
      result.push_back(matmul(transposed(a), cotangent));
  }
  return result;
}

array jvp_matmul(const JvpArgs &op) {
  std::optional<array> sum;
  if (op.tangents[0])
    sum = matmul(*op.tangents[0], op.inputs[1]);
  if (op.tangents[1]) {
    array term = matmul(op.inputs[0], *op.tangents[1]);
    sum = sum ? *sum + term : term;
  }
  return *sum;
}

array vmap_matmul(const VmapArgs &op) {
  const int rank = std::max(op.rank(0), op.rank(1));
  return again(op, {op.aligned(0, rank), op.aligned(1, rank)});
}

} // namespace mx::rules
