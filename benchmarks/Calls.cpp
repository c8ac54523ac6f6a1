// What a call costs when there is almost nothing to compute: a compiled function and an eager op on 16 floats, until
// the result can be read.
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

} // namespace

void mx::bench::addCallRows() {
  addRow("call/compiled_16_floats", compiledCall);
  addRow("call/eager_op_16_floats", eagerOp);
}
