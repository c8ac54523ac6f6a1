// A program that links mx::runtime and nothing else of mx: runs a file on ramps and prints its results, or the error it met.
// usage: deploy-consumer FILE [cpu|gpu] [wrong-shape | wrong-dtype | missing-input | time]
#include "mx/runtime.h"

#include <array>
#include <chrono>
#include <cstdio>
#include <cstring>

namespace rt = mx::rt;

namespace {

void print(const rt::Tensor &t) {
  int64_t n = 1;
  for (int d : t.shape)
    n *= d;
  for (int64_t i = 0; i < n; ++i)
    std::printf("%.9g%c", double(t.data<float>()[i]), i + 1 == n ? '\n' : ' ');
}

/// The best of many calls, in nanoseconds.
double callTime(const rt::Program &program, const std::vector<rt::Tensor> &inputs) {
  double best = 1e9;
  for (int round = 0; round < 200; ++round) {
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < 100; ++i)
      program.run(inputs);
    best = std::min(best, std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - start).count() / 100);
  }
  return best;
}

} // namespace

int main(int argc, char **argv) try {
  const char *mode = argc > 3 ? argv[3] : "";
  const rt::Program program = rt::Program::load(argc > 1 ? argv[1] : "", argc > 2 && !std::strcmp(argv[2], "gpu") ? mx::Device::gpu : mx::Device::cpu);
  std::vector<std::vector<float>> memory;
  std::vector<rt::Tensor> inputs;
  for (const rt::TensorSpec &spec : program.inputs()) {
    int64_t n = 1;
    for (int d : spec.shape)
      n *= d;
    memory.emplace_back(n);
    for (int64_t i = 0; i < n; ++i)
      memory.back()[i] = float(i) / 8;
    inputs.emplace_back(memory.back().data(), spec.dtype, spec.shape);
  }
  if (!std::strcmp(mode, "wrong-shape"))
    inputs[0].shape.push_back(1);
  if (!std::strcmp(mode, "wrong-dtype"))
    inputs[0].dtype = mx::int32;
  if (!std::strcmp(mode, "missing-input"))
    inputs.pop_back();
  for (const rt::Tensor &result : program.run(inputs))
    print(result);
  if (!std::strcmp(mode, "time"))
    std::printf("%.0f ns\n", callTime(program, inputs));
  return 0;
} catch (const mx::InvalidArgument &e) {
  std::printf("InvalidArgument: %s\n", e.what());
  return 2;
} catch (const mx::FileError &e) {
  std::printf("FileError: %s\n", e.what());
  return 3;
} catch (const mx::DeviceError &e) {
  std::printf("DeviceError: %s\n", e.what());
  return 4;
}
