// Binding of OpenBLAS by name. Its idle workers spin for about 26 ms and then sleep: the harness pauses for longer.
#include "benchmarks/OpenBlas.h"

#include <cstdlib>
#include <dlfcn.h>

using namespace mx::bench;

OpenBlas::OpenBlas(int threads) {
  // It chooses its kernels and blocks by the processor, whatever the environment asks for.
  unsetenv("OPENBLAS_CORETYPE");
  unsetenv("OPENBLAS_L2_SIZE");
  void *library = dlopen("libopenblas.so.0", RTLD_NOW | RTLD_LOCAL);
  if (!library) {
    text = "OpenBLAS is not installed (scripts/setup installs it)";
    return;
  }
  auto setThreads = reinterpret_cast<void (*)(int)>(dlsym(library, "openblas_set_num_threads"));
  auto config = reinterpret_cast<char *(*)()>(dlsym(library, "openblas_get_config"));
  gemm = reinterpret_cast<Gemm>(dlsym(library, "cblas_sgemm"));
  if (!gemm || !setThreads || !config) {
    text = "libopenblas.so.0 has no cblas_sgemm";
    gemm = nullptr;
    return;
  }
  setThreads(threads);
  text = config();
}

void OpenBlas::sgemm(int m, int n, int k, const float *a, const float *b, float *c) const {
  constexpr int rowMajor = 101, noTrans = 111;
  gemm(rowMajor, noTrans, noTrans, m, n, k, 1.0f, a, k, b, n, 0.0f, c, n);
}
