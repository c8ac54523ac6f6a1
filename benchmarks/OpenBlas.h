// OpenBLAS in this process, found at run time: the peer of the matmul rows. Loaded without exporting its symbols, so
// that nothing of mx can call it by accident.
#pragma once

#include <string>

namespace mx::bench {

class OpenBlas {
public:
  /// Loads the library and sets its threads; see `available`.
  explicit OpenBlas(int threads);
  bool available() const { return gemm; }
  /// Its own description of version and kernels, or why it is not available.
  const std::string &description() const { return text; }
  /// c[m, n] = a[m, k] @ b[k, n], all row-major.
  void sgemm(int m, int n, int k, const float *a, const float *b, float *c) const;

private:
  using Gemm = void (*)(int order, int transA, int transB, int m, int n, int k, float alpha, const float *a, int lda,
                        const float *b, int ldb, float beta, float *c, int ldc);
  Gemm gemm = nullptr;
  std::string text;
};

} // namespace mx::bench
