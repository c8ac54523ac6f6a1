// The cost model of Device::automatic: four rates per device, measured once in this process by running small programs there, and
// what a trace asks for counted from its nodes. Crude on purpose: it has to tell a launch that costs more than the work
// from work that is worth one.
#include "frontend/eval/Placement.h"

#include "frontend/include/mx/compile.h"
#include "frontend/include/mx/nn.h"
#include "frontend/include/mx/ops.h"
#include "frontend/include/mx/utils.h"
#include "frontend/trace/Streams.h"
#include "runtime/base/Log.h"

#include <algorithm>
#include <chrono>
#include <optional>

namespace mx::graph {
namespace {

// Under graphMutex.
std::optional<DeviceRates> assumedRates;

double bytesOf(const Node &node) { return double(node.size()) * double(rt::sizeOf(node.dtype)); }

Work workOf(const Trace &trace) {
  Work w;
  for (const Node *input : trace.inputs)
    w.bytes += bytesOf(*input);
  for (const Node *output : trace.outputs)
    w.bytes += bytesOf(*output);
  for (const Node *op : trace.ops) {
    const ir::OpRow &row = ir::rowOf(op->op);
    if (op->op == ir::OpKind::Matmul) {
      const Node &lhs = *resolve(op->inputs[0]);
      w.matmulFlops += 2.0 * double(op->size()) * (lhs.shape.empty() ? 1.0 : double(lhs.shape.back()));
    } else if (row.isElementwise()) {
      w.elementOps += double(op->size());
    } else {
      // Views fuse into what reads them; the others mostly move what they read.
      for (Node *in : op->inputs)
        w.elementOps += row.family == "Views" ? 0.0 : double(resolve(in)->size());
    }
  }
  return w;
}

/// The shortest of a few runs of `fun` on `device`, in seconds, compiled beforehand.
double shortest(const Device &device, const std::function<array(const array &)> &fun, const array &x) {
  const StreamContext on(device);
  auto compiled = compile([&](const std::vector<array> &in) { return std::vector<array>{fun(in[0])}; });
  double best = 1e9;
  for (int i = 0; i < 4; ++i) {
    const auto start = std::chrono::steady_clock::now();
    eval(compiled({x}));
    if (i > 0)
      best = std::min(best, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  return best;
}

Rates measure(const Device &device) {
  constexpr int kFew = 16, kMany = 1 << 20, kSide = 256;
  const auto onHost = [](const array &a) {
    eval(a);
    return a;
  };
  const array few = onHost(ones({kFew}, float32, Device::cpu)), many = onHost(ones({kMany}, float32, Device::cpu)),
              square = onHost(ones({kSide, kSide}, float32, Device::cpu));
  Rates r;
  r.launch = shortest(device, [](const array &x) { return x + x; }, few);
  auto beyondLaunch = [&](double seconds) { return std::max(seconds - r.launch, 1e-9); };
  r.byte = beyondLaunch(shortest(device, [](const array &x) { return x + x; }, many)) / (2.0 * 4.0 * kMany);
  // gelu's nine operations, moved bytes subtracted.
  const double gelu = beyondLaunch(shortest(device, [](const array &x) { return nn::gelu_approx(x); }, many));
  r.elementOp = std::max(gelu - 2.0 * 4.0 * kMany * r.byte, 1e-9) / (9.0 * kMany);
  r.matmulFlop = beyondLaunch(shortest(device, [](const array &x) { return matmul(x, x); }, square)) / (2.0 * kSide * kSide * kSide);
  return r;
}

/// Null without a gpu, or with one that cannot run the measurements.
const DeviceRates *measuredRates() {
  static const std::optional<DeviceRates> measured = []() -> std::optional<DeviceRates> {
    if (!is_available(Device::gpu))
      return std::nullopt;
    try {
      return DeviceRates{measure(Device::cpu), measure(Device::gpu)};
    } catch (const std::exception &e) {
      rt::logMessage(rt::LogLevel::warning, std::string("Device::automatic stays on the cpu: ") + e.what());
      return std::nullopt;
    }
  }();
  return measured ? &*measured : nullptr;
}

} // namespace

void assumeRates(std::optional<DeviceRates> rates) {
  std::lock_guard guard(graphMutex());
  assumedRates = rates;
}

bool onOneDevice(std::span<Node *const> ops) {
  return std::all_of(ops.begin(), ops.end(), [&](const Node *op) { return op->stream.device == ops[0]->stream.device; });
}

rt::Device &deviceFor(const Trace &trace, const Device &wanted) {
  if (wanted != Device::automatic)
    return runtimeDevice(wanted);
  const DeviceRates *rates = assumedRates ? &*assumedRates : measuredRates();
  const Work work = workOf(trace);
  const bool onGpu = rates && rates->gpu.seconds(work) < rates->cpu.seconds(work);
  return runtimeDevice(Device(onGpu ? Device::gpu : Device::cpu));
}

} // namespace mx::graph
