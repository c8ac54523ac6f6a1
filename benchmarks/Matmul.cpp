// f32 matmul against OpenBLAS, and a matmul with an epilogue against the bare one. Both operands are arguments, so
// packing is timed. OpenBLAS is timed alone first, then in turns with mx; its better figure counts.
#include "benchmarks/OpenBlas.h"
#include "benchmarks/Rows.h"

#include "mx/mx.h"

#include <algorithm>
#include <cmath>
#include <memory>

using namespace mx::bench;

namespace {

mx::array randomArray(const mx::Shape &shape, uint64_t seed) {
  mx::array a = mx::random::normal(shape, mx::random::key(seed));
  mx::eval(a);
  return a;
}

/// Runs long enough for the clock, short enough for many turns.
AlternateOptions optionsFor(double flops) {
  AlternateOptions options;
  options.turns = 7;
  options.runsPerTurn = flops < 1e9 ? 15 : 4;
  return options;
}

Timing better(const Timing &a, const Timing &b) { return a.minMs <= b.minMs ? a : b; }

void squareRow(benchmark::State &state, int n, const OpenBlas &blas) {
  double flops = 2.0 * n * n * n;
  Buffer a(size_t(n) * n), b(size_t(n) * n), c(size_t(n) * n);
  Side blasSide{"OpenBLAS", [&] { blas.sgemm(n, n, n, a.data(), b.data(), c.data()); }, {}, {}};
  Timing alone;
  if (blas.available())
    alone = alternate({blasSide}, optionsFor(flops))[0];

  mx::array x = mx::array(a.data(), {n, n}), y = mx::array(b.data(), {n, n});
  auto product = mx::compile([](mx::array x, mx::array y) { return mx::matmul(x, y); });
  auto run = [&] {
    mx::array z = product(x, y);
    z.eval();
  };
  run();
  if (!blas.available()) {
    Timing mine = alternate({{"mx", run, {}, {}}}, optionsFor(flops))[0];
    reportLimit(state, mine, flops / mine.minMs / 1e6, "GF/s; " + blas.description());
    return;
  }
  std::vector<Timing> timings = alternate({{"mx", run, {}, {}}, blasSide}, optionsFor(flops));
  // A result that is fast and wrong is no result.
  mx::array z = product(x, y);
  z.eval();
  double largest = 0;
  for (size_t i = 0; i < size_t(n) * n; ++i)
    largest = std::max(largest, double(std::abs(z.data<float>()[i] - c.data()[i])));
  if (!(largest <= 1e-5 * n))
    state.SkipWithError("the product differs from OpenBLAS's");
  Timing peer = better(alone, timings[1]);
  reportRatio(state, timings[0], "OpenBLAS", peer, {Bar::AtLeast, 0.85});
  note(state, "GF/s", flops / timings[0].minMs / 1e6);
  note(state, "OpenBLAS_GF/s", flops / peer.minMs / 1e6);
}

void epilogueRow(benchmark::State &state) {
  constexpr int m = 512, k = 1024, n = 4096;
  mx::array x = randomArray({m, k}, 1), w = randomArray({k, n}, 2), bias = randomArray({n}, 3);
  auto bare = mx::compile([](mx::array x, mx::array w) { return mx::matmul(x, w); });
  auto fused = mx::compile([](mx::array x, mx::array w, mx::array b) { return mx::nn::gelu(mx::matmul(x, w) + b); });
  auto runBare = [&] { bare(x, w).eval(); };
  auto runFused = [&] { fused(x, w, bias).eval(); };
  runBare();
  runFused();
  int kernels = mx::compile_stats().kernels;
  std::vector<Timing> timings =
      alternate({{"fused", runFused, {}, {}}, {"bare", runBare, {}, {}}}, optionsFor(2.0 * m * k * n));
  reportRatio(state, timings[0], "the bare matmul", timings[1], {Bar::AtMost, 1.10});
  note(state, "GF/s", 2.0 * m * k * n / timings[0].minMs / 1e6);
  note(state, "kernels", kernels);
}

} // namespace

void mx::bench::addMatmulRows() {
  auto blas = std::make_shared<OpenBlas>(numThreads());
  benchmark::AddCustomContext("openblas", blas->description());
  for (int n : {256, 512, 1024, 2048})
    addRow("matmul/" + std::to_string(n), [=](benchmark::State &state) { squareRow(state, n, *blas); });
  addRow("matmul_bias_gelu/512x1024x4096", epilogueRow);
}
