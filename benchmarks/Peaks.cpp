// The limits of this machine in this run: f32 FMA on one thread and on all, DRAM read, and the two stream kernels over
// 4096 x 4096 floats that element-wise rows are compared with.
#include "benchmarks/Roofline.h"
#include "benchmarks/Rows.h"
#include "benchmarks/StreamSides.h"

#include <memory>
#include <vector>

using namespace mx::bench;

namespace {

void fmaPeak(benchmark::State &state, int threads) {
  constexpr long iterations = 2'000'000;
  std::unique_ptr<Crew> crew;
  std::vector<double> operations(threads);
  Side side{"fma",
            [&] { crew->run([&](int i) { operations[i] = fmaLoop(iterations); }); },
            [&] { crew = std::make_unique<Crew>(threads); }, [&] { crew.reset(); }};
  Timing timing = alternate({side})[0];
  double total = 0;
  for (double count : operations)
    total += count;
  reportLimit(state, timing, total / timing.minMs / 1e6, "GF/s");
}

void readPeak(benchmark::State &state, int threads) {
  // Far more than any cache that is real.
  constexpr size_t count = size_t(256) << 20 >> 2;
  Buffer data(count);
  std::unique_ptr<Crew> crew;
  std::vector<float> sums(threads);
  size_t part = count / threads / 256 * 256;
  Side side{"read",
            [&] { crew->run([&](int i) { sums[i] = readSum(data.data() + i * part, part); }); },
            [&] { crew = std::make_unique<Crew>(threads); }, [&] { crew.reset(); }};
  Timing timing = alternate({side})[0];
  benchmark::DoNotOptimize(sums.data());
  reportLimit(state, timing, double(part * threads * sizeof(float)) / timing.minMs / 1e6, "GB/s");
}

void streamPeak(benchmark::State &state, StreamSide::Kind kind) {
  StreamSide stream(kind, streamFloats, numThreads());
  Timing timing = alternate({stream.side()})[0];
  reportLimit(state, timing, double(stream.bytes()) / timing.minMs / 1e6, "GB/s");
}

} // namespace

void mx::bench::addPeakRows() {
  int threads = numThreads();
  addRow("peak/fma_1_thread", [](benchmark::State &state) { fmaPeak(state, 1); });
  addRow("peak/fma_all_threads", [=](benchmark::State &state) { fmaPeak(state, threads); });
  addRow("peak/dram_read", [=](benchmark::State &state) { readPeak(state, threads); });
  addRow("peak/stream_copy", [](benchmark::State &state) { streamPeak(state, StreamSide::Copy); });
  addRow("peak/stream_add", [](benchmark::State &state) { streamPeak(state, StreamSide::Add); });
}
