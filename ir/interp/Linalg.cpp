// Contractions, accumulated in double (long double for float64) and rounded once.
#include "ir/interp/Evaluate.h"

namespace mx::ir::interp {
namespace {

/// One product of an M x K and a K x N matrix.
template <typename T> void multiplyMatrices(const T *a, const T *b, T *c, int64_t m, int64_t k, int64_t n) {
  std::vector<Wide<T>> row(n);
  for (int64_t i = 0; i < m; ++i) {
    std::fill(row.begin(), row.end(), 0);
    for (int64_t p = 0; p < k; ++p) {
      Wide<T> x = read(a[i * k + p]);
      for (int64_t j = 0; j < n; ++j)
        row[j] += x * read(b[p * n + j]);
    }
    for (int64_t j = 0; j < n; ++j)
      c[i * n + j] = write<T>(static_cast<double>(row[j]));
  }
}

} // namespace

rt::Result<Tensor> evaluateLinalg(const OpCall &call) {
  if (call.row.kind != OpKind::Matmul)
    return unknownOp(call);
  const Shape &left = call.in(0).shape, &right = call.in(1).shape;
  int64_t m = left[left.size() - 2], k = left.back(), n = right.back();
  Shape batch(call.shape.begin(), call.shape.end() - 2), aShape = batch, bShape = batch;
  aShape.insert(aShape.end(), {m, k});
  bShape.insert(bShape.end(), {k, n});
  Tensor a = broadcastTo(convert(call.in(0), call.dtype), aShape), b = broadcastTo(convert(call.in(1), call.dtype), bShape);
  Tensor c = zeros(call.dtype, call.shape);
  visit(call.dtype, [&]<typename T>(std::type_identity<T>) {
    if constexpr (isReal<T>)
      for (int64_t i = 0; i < countOf(batch); ++i)
        multiplyMatrices(elements<T>(a).data() + i * m * k, elements<T>(b).data() + i * k * n, elements<T>(c).data() + i * m * n, m, k, n);
  });
  return c;
}

} // namespace mx::ir::interp
