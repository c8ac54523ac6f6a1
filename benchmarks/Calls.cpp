// What a call costs when there is almost nothing to compute, until the result can be read: a compiled function and an eager
// op on 16 floats, and a policy that gets a fresh state from the host each time.
#include "benchmarks/Rows.h"

#include "mx/mx.h"

using namespace mx::bench;

namespace {

AlternateOptions manyCalls() {
  AlternateOptions options;
  options.callsPerRun = 2000;
  return options;
}

void compiledCall(benchmark::State &state) {
  mx::array x = mx::ones({16}), y = mx::ones({16});
  mx::eval(x, y);
  auto function = mx::compile([](mx::array a, mx::array b) { return mx::exp(a) + b; });
  Timing timing = alternate({{"compiled", [&] { function(x, y).eval(); }, {}, {}}}, manyCalls())[0];
  reportTime(state, timing, {Bar::AtMost, 2.0});
}

void eagerOp(benchmark::State &state) {
  mx::array x = mx::ones({16}), y = mx::ones({16});
  mx::eval(x, y);
  Timing timing = alternate({{"eager", [&] { (x + y).eval(); }, {}, {}}}, manyCalls())[0];
  reportTime(state, timing, {Bar::AtMost, 2.0});
}

void policyStep(benchmark::State &state) {
  std::vector<mx::array> in{mx::random::normal({4, 32}), mx::zeros({32}), mx::random::normal({32, 2}), mx::zeros({2}), mx::zeros({1, 4})};
  mx::eval(in);
  auto policy = mx::compile(mx::ArraysFn([](const std::vector<mx::array> &a) -> std::vector<mx::array> {
    return {mx::argmax(mx::matmul(mx::tanh(mx::matmul(a[4], a[0]) + a[1]), a[2]) + a[3], 1)};
  }));
  float observed[4] = {};
  Timing timing = alternate({{"policy", [&] {
                                observed[0] += 0.001f;
                                in[4] = mx::array(observed, {1, 4}, mx::float32);
                                policy(in)[0].item<uint32_t>();
                              }, {}, {}}}, manyCalls())[0];
  reportTime(state, timing, {Bar::AtMost, 20.0});
}

} // namespace

void mx::bench::addCallRows() {
  addRow("call/compiled_16_floats", compiledCall);
  addRow("call/eager_op_16_floats", eagerOp);
  addRow("call/policy_step", policyStep);
}
