// mx on a GPU against what the device can do, measured with shaders written by hand and with mx's own kernels launched by
// hand, in the same process and in turns. Ratios of rows that move memory or compute are of rates: bytes or operations a
// second beside those of the copy or the multiply-add loop.
#include "benchmarks/Rows.h"
#include "benchmarks/gpu/DumpedProgram.h"

#include "mx/mx.h"

#include <fstream>

using namespace mx::bench;

namespace {

constexpr int size = 4096;
constexpr size_t bytes = size_t(size) * size * sizeof(float);

const uint32_t copyWords[] = {
#include "Copy.inc"
};
const uint32_t fmaWords[] = {
#include "Fma.inc"
};
const uint32_t emptyWords[] = {
#include "Empty.inc"
};

std::shared_ptr<mx::rt::Shader> shaderOf(std::span<const uint32_t> words, uint32_t buffers) {
  auto shader = std::make_shared<mx::rt::Shader>();
  shader->words = std::make_shared<std::vector<uint32_t>>(words.begin(), words.end());
  shader->entry = "main";
  for (uint32_t i = 0; i < buffers; ++i)
    shader->bindings.push_back(i);
  return shader;
}

/// A shader that shows a limit, and what one run of it moves or computes.
struct Limit {
  Limit(RawVulkan &raw, std::span<const uint32_t> words, size_t numBuffers, size_t bufferBytes, uint32_t workgroups, double amount)
      : raw(raw), dispatch{shaderOf(words, uint32_t(numBuffers)), {}, workgroups}, amount(amount) {
    for (size_t i = 0; i < numBuffers; ++i)
      dispatch.buffers.push_back(raw.addBuffer(bufferBytes));
  }
  Side side(const std::string &name) {
    return {name, [this] { raw.run({&dispatch, 1}); }, {}, {}};
  }
  RawVulkan &raw;
  RawVulkan::Dispatch dispatch;
  double amount;
};

struct Limits {
  explicit Limits(const std::string &device)
      : raw(device), copy(raw, copyWords, 2, bytes, bytes / 16 / 1024, 2.0 * bytes),
        fma(raw, fmaWords, 1, size_t(1) << 20, 1024, 2.0 * 4 * 16 * 1024 * 64 * 1024), empty(raw, emptyWords, 0, 0, 1, 0) {}
  RawVulkan raw;
  Limit copy, fma, empty;
};

AlternateOptions turns(int runsPerTurn, int callsPerRun = 1) {
  AlternateOptions options;
  options.turns = 8;
  options.runsPerTurn = runsPerTurn;
  options.callsPerRun = callsPerRun;
  return options;
}

mx::array randomArray(const mx::Shape &shape, uint64_t seed) {
  mx::array a = mx::random::normal(shape, mx::random::key(seed));
  mx::eval(a);
  return a;
}

using Function = std::function<std::vector<mx::array>(const std::vector<mx::array> &)>;

std::vector<mx::array> plainSum(const std::vector<mx::array> &in) { return {in[0] + in[1]}; }
std::vector<mx::array> geluOfSum(const std::vector<mx::array> &in) { return {mx::nn::gelu(in[0] + in[1])}; }
std::vector<mx::array> rowSoftmax(const std::vector<mx::array> &in) { return {mx::softmax(in[0], -1)}; }
std::vector<mx::array> layerNorm(const std::vector<mx::array> &in) {
  mx::array centred = in[0] - mx::mean(in[0], -1, true);
  mx::array variance = mx::mean(mx::square(centred), -1, true);
  return {centred * mx::rsqrt(variance + 1e-5f) * in[1] + in[2]};
}
std::vector<mx::array> runningSum(const std::vector<mx::array> &in) { return {mx::cumsum(in[0], -1)}; }
std::vector<mx::array> sumOfRows(const std::vector<mx::array> &in) { return {mx::sum(in[0], 0)}; }
/// Updates of one element each at places that a generator of 32 bits scatters.
std::vector<mx::array> scatteredSum(const std::vector<mx::array> &in) {
  const int bins = in[0].shape(0), updates = in[1].shape(0);
  mx::array where = mx::astype(mx::right_shift(mx::arange(0, updates, 1, mx::uint32) * mx::array(2654435761u), mx::array(16u)), mx::int32);
  return {mx::scatter_add(in[0], mx::remainder(where, mx::array(bins)), mx::reshape(in[1], {updates, 1}), 0)};
}
std::vector<mx::array> product(const std::vector<mx::array> &in) { return {mx::matmul(in[0], in[1])}; }
std::vector<mx::array> linearGelu(const std::vector<mx::array> &in) {
  return {mx::nn::gelu(mx::matmul(in[0], in[1]) + in[2])};
}

/// How many kernels the function becomes where arrays live on `device`.
int kernelsOn(mx::Device device, const Function &function, const std::vector<mx::Shape> &shapes) {
  const mx::Device before = mx::default_device();
  mx::set_default_device(device);
  std::vector<mx::array> inputs;
  for (const mx::Shape &shape : shapes)
    inputs.push_back(mx::zeros(shape));
  mx::eval(inputs);
  mx::eval(mx::compile(mx::ArraysFn(function))(inputs));
  mx::set_default_device(before);
  return mx::compile_stats().kernels;
}

/// The rate of `function`, which moves or computes `amount`, as a part of the limit's.
void rateRow(benchmark::State &state, Limit &limit, const std::string &limitName, const Function &function,
             const std::vector<mx::Shape> &shapes, double amount, double bar) {
  std::vector<mx::array> inputs;
  for (const mx::Shape &shape : shapes)
    inputs.push_back(randomArray(shape, inputs.size() + 1));
  auto compiled = mx::compile(mx::ArraysFn(function));
  auto run = [&] { mx::eval(compiled(inputs)); };
  run();
  const int kernels = mx::compile_stats().kernels;
  std::vector<Timing> timings = alternate({{"mx", run, {}, {}}, limit.side(limitName)}, turns(5));
  Timing scaled = timings[1];
  scaled.minMs *= amount / limit.amount;
  scaled.medianMs *= amount / limit.amount;
  reportRatio(state, timings[0], limitName + ", same amount", scaled, {Bar::AtLeast, bar});
  note(state, "G/s", amount / timings[0].minMs / 1e6);
  note(state, "kernels", kernels);
  const int onCpu = kernelsOn(mx::Device::cpu, function, shapes);
  if (kernels != onCpu)
    state.SkipWithError(("the CPU has " + std::to_string(onCpu) + " kernels").c_str());
}

void limitRow(benchmark::State &state, Limit &limit, const std::string &unit) {
  Timing timing = alternate({limit.side("limit")}, turns(5))[0];
  reportLimit(state, timing, limit.amount / timing.minMs / 1e6, unit);
}

/// mx's call against its kernels launched by hand.
void launchRow(benchmark::State &state, RawVulkan &raw, const Function &function, std::vector<mx::array> inputs, int expectedKernels,
               double bar) {
  auto compiled = mx::compile(mx::ArraysFn(function));
  auto run = [&] { mx::eval(compiled(inputs)); };
  // A program that was dumped times its steps and waits for each. The mode makes another program of the same kernels: there
  // is nothing in these functions to simplify.
  mx::set_compile_mode(mx::CompileMode::no_simplify);
  std::vector<RawVulkan::Dispatch> dispatches = dispatchesOf(raw, run, size_t(1) << 20);
  mx::enable_compile();
  std::vector<Timing> timings = alternate({{"mx", run, {}, {}}, {"raw", [&] { raw.run(dispatches); }, {}, {}}}, turns(20, 20));
  reportRatio(state, timings[0], "the same kernels, recorded, submitted, waited for", timings[1], {Bar::AtMost, bar});
  note(state, "kernels", double(dispatches.size()));
  if (int(dispatches.size()) != expectedKernels)
    state.SkipWithError("another number of kernels");
}

std::vector<mx::array> tiny(const std::vector<mx::array> &in) { return {mx::exp(in[0]) + in[1]}; }

/// Products do not join each other.
std::vector<mx::array> twentyProducts(const std::vector<mx::array> &in) {
  mx::array x = in[0];
  for (int i = 0; i < 20; ++i)
    x = mx::matmul(x, in[1]);
  return {x};
}

double addressSpaceKib() {
  std::ifstream statm("/proc/self/statm");
  double pages = 0;
  statm >> pages;
  return pages * 4;
}

void steadyStateRow(benchmark::State &state) {
  std::vector<mx::array> inputs{randomArray({256, 256}, 1), randomArray({256, 256}, 2), randomArray({256}, 3)};
  auto compiled = mx::compile(mx::ArraysFn(linearGelu));
  auto run = [&] { mx::eval(compiled(inputs)); };
  for (int i = 0; i < 50; ++i)
    run();
  const double before = addressSpaceKib();
  AlternateOptions options = turns(500);
  options.turns = 1;
  options.warmupMs = 0;
  Timing timing = alternate({{"mx", run, {}, {}}}, options)[0];
  const double grown = addressSpaceKib() - before;
  reportLimit(state, timing, double(mx::get_active_memory()) / double(1 << 20), "MiB in use");
  note(state, "address_space_growth_KiB", grown);
  if (grown > 0)
    state.SkipWithError("a steady state asked the system for memory");
}

} // namespace

void mx::bench::addGpuRows() {
  mx::set_default_device(mx::Device::gpu);
  const std::string device = std::get<std::string>(mx::device_info(mx::Device::gpu)["device_name"]);
  benchmark::AddCustomContext("gpu", device);
  auto limits = std::make_shared<Limits>(device);
  const mx::Shape square{size, size};
  addRow("gpu/copy_64MiB", [=](benchmark::State &s) { limitRow(s, limits->copy, "GB/s"); });
  addRow("gpu/fma_loop", [=](benchmark::State &s) { limitRow(s, limits->fma, "GF/s"); });
  addRow("gpu/empty_kernel", [=](benchmark::State &s) {
    Timing timing = alternate({limits->empty.side("empty")}, turns(20, 20))[0];
    reportLimit(s, timing, timing.minMs * 1e3, "us");
  });
  addRow("gpu/x+y/4096x4096", [=](benchmark::State &s) { rateRow(s, limits->copy, "copy", plainSum, {square, square}, 3.0 * bytes, 0.65); });
  addRow("gpu/gelu(x+y)/4096x4096",
         [=](benchmark::State &s) { rateRow(s, limits->copy, "copy", geluOfSum, {square, square}, 3.0 * bytes, 0.5); });
  addRow("gpu/softmax/4096x4096", [=](benchmark::State &s) { rateRow(s, limits->copy, "copy", rowSoftmax, {square}, 2.0 * bytes, 0.45); });
  addRow("gpu/layer_norm_by_hand/4096x4096",
         [=](benchmark::State &s) { rateRow(s, limits->copy, "copy", layerNorm, {square, {size}, {size}}, 2.0 * bytes, 0.45); });
  addRow("gpu/cumsum_of_rows/4096x4096",
         [=](benchmark::State &s) { rateRow(s, limits->copy, "copy", runningSum, {square}, 2.0 * bytes, 0.8); });
  addRow("gpu/cumsum/16777216",
         [=](benchmark::State &s) { rateRow(s, limits->copy, "copy", runningSum, {{size * size}}, 2.0 * bytes, 0.5); });
  addRow("gpu/sum_axis_0/4096x4096",
         [=](benchmark::State &s) { rateRow(s, limits->copy, "copy", sumOfRows, {square}, 1.0 * bytes, 0.3); });
  addRow("gpu/scatter_add/1048576_to_65536", [=](benchmark::State &s) {
    const int updates = 1 << 20;
    rateRow(s, limits->copy, "copy", scatteredSum, {{1 << 16}, {updates}}, 12.0 * updates, 0.05);
  });
  addRow("gpu/matmul/1024", [=](benchmark::State &s) {
    rateRow(s, limits->fma, "fma loop", product, {{1024, 1024}, {1024, 1024}}, 2.0 * 1024 * 1024 * 1024, 0.25);
  });
  addRow("gpu/matmul_bias_gelu/512x1024x4096", [=](benchmark::State &s) {
    rateRow(s, limits->fma, "fma loop", linearGelu, {{512, 1024}, {1024, 4096}, {4096}}, 2.0 * 512 * 1024 * 4096, 0.2);
  });
  addRow("gpu/call_16_floats", [=](benchmark::State &s) {
    launchRow(s, limits->raw, tiny, {randomArray({16}, 1), randomArray({16}, 2)}, 1, 1.3);
  });
  addRow("gpu/20_products_64", [=](benchmark::State &s) {
    launchRow(s, limits->raw, twentyProducts, {randomArray({64, 64}, 1), randomArray({64, 64}, 2)}, 20, 1.1);
  });
  addRow("gpu/steady_state", steadyStateRow);
}
