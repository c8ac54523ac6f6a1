// Memory-bound work over 4096 x 4096 floats against the non-temporal stream kernel that moves the same bytes. Each is
// one kernel in a steady state: the row fails when more were compiled.
#include "benchmarks/Rows.h"
#include "benchmarks/StreamSides.h"

#include "mx/mx.h"

#include <memory>
#include <vector>

using namespace mx::bench;

namespace {

constexpr int size = 4096;

mx::array randomArray(const mx::Shape &shape, uint64_t seed) {
  mx::array a = mx::random::normal(shape, mx::random::key(seed));
  mx::eval(a);
  return a;
}

void row(benchmark::State &state, const mx::ArraysFn &function, std::vector<mx::array> inputs,
         StreamSide::Kind kind) {
  auto compiled = mx::compile(function);
  auto run = [&] { mx::eval(compiled(inputs)); };
  run();
  int kernels = mx::compile_stats().kernels;
  StreamSide stream(kind, streamFloats, numThreads());
  std::vector<Timing> timings = alternate({{"mx", run, {}, {}}, stream.side()});
  if (kernels != 1)
    state.SkipWithError("more than one kernel");
  reportRatio(state, timings[0], kind == StreamSide::Copy ? "stream copy" : "stream add", timings[1],
              {Bar::AtMost, 1.8});
  note(state, "kernels", kernels);
  note(state, "GB/s", double(stream.bytes()) / timings[0].minMs / 1e6);
}

std::vector<mx::array> geluOfSum(const std::vector<mx::array> &in) { return {mx::nn::gelu(in[0] + in[1])}; }

std::vector<mx::array> rowSoftmax(const std::vector<mx::array> &in) { return {mx::softmax(in[0], -1)}; }

std::vector<mx::array> layerNormByHand(const std::vector<mx::array> &in) {
  const mx::array &x = in[0];
  mx::array centred = x - mx::mean(x, -1, true);
  mx::array variance = mx::mean(mx::square(centred), -1, true);
  return {centred * mx::rsqrt(variance + 1e-5f) * in[1] + in[2]};
}

} // namespace

void mx::bench::addElementwiseRows() {
  addRow("gelu(x+y)/4096x4096", [](benchmark::State &state) {
    row(state, geluOfSum, {randomArray({size, size}, 1), randomArray({size, size}, 2)}, StreamSide::Add);
  });
  addRow("softmax/4096x4096", [](benchmark::State &state) {
    row(state, rowSoftmax, {randomArray({size, size}, 1)}, StreamSide::Copy);
  });
  addRow("layer_norm_by_hand/4096x4096", [](benchmark::State &state) {
    row(state, layerNormByHand, {randomArray({size, size}, 1), randomArray({size}, 2), randomArray({size}, 3)},
        StreamSide::Copy);
  });
}
