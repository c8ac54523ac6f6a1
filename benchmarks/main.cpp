// mx-bench: the speed of mx against the limits of the machine and against OpenBLAS, all in one process and in turns.
// Takes Google Benchmark's options; scripts/bench writes its results to docs/benchmarks.md. With `--device gpu` the rows
// are those of the GPU, against its own limits.
#include "benchmarks/Roofline.h"
#include "benchmarks/Rows.h"

#include <algorithm>
#include <benchmark/benchmark.h>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <string>

namespace {

/// Takes `--device NAME` out of the arguments; "cpu" without one.
std::string takeDevice(int &argc, char **argv) {
  std::string device = "cpu";
  for (int i = 1; i + 1 < argc; ++i)
    if (!std::strcmp(argv[i], "--device")) {
      device = argv[i + 1];
      std::copy(argv + i + 2, argv + argc + 1, argv + i);
      argc -= 2;
      break;
    }
  return device;
}

void addCpuRows() {
  mx::bench::addPeakRows();
  mx::bench::addMatmulRows();
  mx::bench::addElementwiseRows();
  mx::bench::addCallRows();
  mx::bench::addDeployRows();
  mx::bench::addTrainingRows();
}

} // namespace

int main(int argc, char **argv) {
  // Before any thread exists: mx reads its number of threads once.
  setenv("MX_NUM_THREADS", "2", /*overwrite=*/0);
  // Compiling is timed, not reading what an earlier run compiled.
  setenv("MX_CACHE_DIR", "off", /*overwrite=*/1);
  const std::string device = takeDevice(argc, argv);
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv))
    return 1;
  if (device != "cpu" && device != "gpu") {
    std::fprintf(stderr, "mx-bench: --device is cpu or gpu, not %s\n", device.c_str());
    return 1;
  }
  benchmark::AddCustomContext("threads", std::to_string(mx::bench::numThreads()));
  benchmark::AddCustomContext("vector_unit", mx::bench::vectorUnit());
  try {
    device == "gpu" ? mx::bench::addGpuRows() : addCpuRows();
    benchmark::RunSpecifiedBenchmarks();
  } catch (const std::exception &error) {
    std::fprintf(stderr, "mx-bench: %s\n", error.what());
    return 1;
  }
}
