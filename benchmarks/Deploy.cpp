// Programs from files: what a call costs through mx/runtime.h, and the same kernels from a file against those of the process
// that compiled them.
#include "benchmarks/Rows.h"
#include "benchmarks/TemporaryFolder.h"

#include "mx/mx.h"
#include "mx/runtime.h"

#include <array>

using namespace mx::bench;
using Arrays = std::vector<mx::array>;

namespace {

void fileCall(benchmark::State &state) {
  TemporaryFolder folder;
  mx::export_kernels(folder.path.string(), [](const Arrays &in) { return Arrays{mx::exp(in[0]) + in[1]}; }, {mx::ones({16}), mx::ones({16})});
  const auto program = mx::rt::Program::load((folder.path / "program.mxe").string());
  std::array<float, 16> x{}, y{};
  const std::array inputs{mx::rt::Tensor(x.data(), mx::float32, {16}), mx::rt::Tensor(y.data(), mx::float32, {16})};
  AlternateOptions options;
  options.callsPerRun = 2000;
  Timing timing = alternate({{"file", [&] { program.run(inputs); }, {}, {}}}, options)[0];
  reportTime(state, timing, {Bar::AtMost, 1.0});
}

/// A block with products, a softmax and element-wise work; both sides take arrays and give arrays.
Arrays block(const Arrays &in) {
  mx::array scores = mx::softmax(mx::matmul(in[0], mx::transpose(in[1])), -1);
  return {mx::tanh(mx::matmul(scores, in[2]) + in[0])};
}

void fileKernels(benchmark::State &state) {
  TemporaryFolder folder;
  const Arrays in{mx::random::normal({512, 256}), mx::random::normal({512, 256}), mx::random::normal({512, 256})};
  mx::eval(in);
  mx::export_kernels(folder.path.string(), block, in);
  auto fromFile = mx::import_kernels((folder.path / "program.mxe").string());
  auto inProcess = mx::compile(mx::ArraysFn(block));
  AlternateOptions options;
  options.turns = 9;
  options.callsPerRun = 4;
  auto timings = alternate({{"file", [&] { mx::eval(fromFile(in)); }, {}, {}}, {"process", [&] { mx::eval(inProcess(in)); }, {}, {}}}, options);
  reportRatio(state, timings[0], "in process", timings[1], {Bar::AtMost, 1.03});
}

} // namespace

void mx::bench::addDeployRows() {
  addRow("deploy/call_16_floats", fileCall);
  addRow("deploy/kernels_from_a_file", fileKernels);
}
