// A program that compiles a few kernels, as one of many processes that share a cache does. It fails when a result is wrong,
// and prints what it had from the cache: hits, misses, damaged, stored.
#include "mx/mx.h"
#include "runtime/DiskCache.h"

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <exception>

namespace {

/// Element-wise work, a row reduction, a product and a scan: several patterns of kernels.
bool computesWhatItShould(mx::Device device) {
  constexpr int n = 24;
  mx::set_default_device(device);
  mx::array x = mx::reshape(mx::arange(0.0, double(n * n), 1.0, mx::float32), {n, n}) / float(n * n);
  auto step = mx::compile([](mx::array x) { return mx::sum(mx::matmul(mx::exp(x), mx::transpose(x)) + mx::cumsum(x, 1), 1); });
  mx::array y = step(x);
  y.eval();
  auto at = [](int i, int j) { return double(i * n + j) / (n * n); };
  for (int i = 0; i < n; ++i) {
    double sum = 0, running = 0;
    for (int j = 0; j < n; ++j) {
      running += at(i, j);
      sum += running;
      for (int k = 0; k < n; ++k)
        sum += std::exp(at(i, k)) * at(j, k);
    }
    if (std::abs(double(y.data<float>()[i]) - sum) > 1e-4 * sum) {
      std::fprintf(stderr, "row %d is %g, not %g\n", i, double(y.data<float>()[i]), sum);
      return false;
    }
  }
  return true;
}

} // namespace

int main(int argc, char **argv) {
  try {
    if (!computesWhatItShould(argc > 1 && argv[1] == std::string("gpu") ? mx::Device::gpu : mx::Device::cpu))
      return EXIT_FAILURE;
  } catch (const std::exception &error) {
    std::fprintf(stderr, "%s\n", error.what());
    return EXIT_FAILURE;
  }
  const mx::rt::CacheStats stats = mx::rt::DiskCache::instance().stats();
  std::printf("%d %d %d %d\n", int(stats.hits), int(stats.misses), int(stats.damaged), int(stats.stored));
}
