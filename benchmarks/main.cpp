// mx-bench: the speed of mx against the limits of the machine and against OpenBLAS, all in one process and in turns.
// Takes Google Benchmark's options; scripts/bench writes its results to docs/benchmarks.md.
#include "benchmarks/Roofline.h"
#include "benchmarks/Rows.h"

#include <benchmark/benchmark.h>
#include <cstdlib>

int main(int argc, char **argv) {
  // Before any thread exists: mx reads its number of threads once.
  setenv("MX_NUM_THREADS", "2", /*overwrite=*/0);
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv))
    return 1;
  benchmark::AddCustomContext("threads", std::to_string(mx::bench::numThreads()));
  benchmark::AddCustomContext("vector_unit", mx::bench::vectorUnit());
  mx::bench::addPeakRows();
  mx::bench::addMatmulRows();
  mx::bench::addElementwiseRows();
  mx::bench::addCallRows();
  mx::bench::addTrainingRows();
  benchmark::RunSpecifiedBenchmarks();
}
