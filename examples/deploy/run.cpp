// Trains a character model on a text and samples from it, with the files of deploy_export: no arrays, no compiler, only
// mx/runtime.h.
//
// usage: deploy_run FOLDER TEXT STEPS [cpu|gpu]
#include "mx/runtime.h"

#include "examples/deploy/Sizes.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <stdexcept>

using deploy::kBatch, deploy::kContext, deploy::kVocabulary;
using mx::rt::Program, mx::rt::Tensor;
using Tensors = std::vector<Tensor>;

namespace {

std::vector<int32_t> readText(const char *path) {
  std::ifstream in(path, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(in), {}};
  if (bytes.size() <= kContext)
    throw std::runtime_error(std::string(path) + " has no text of more than " + std::to_string(kContext) + " characters");
  std::vector<int32_t> text;
  for (char c : bytes)
    text.push_back(static_cast<unsigned char>(c) % kVocabulary);
  return text;
}

/// One step on windows that follow from its number; the state is replaced. Returns the loss.
float trainStep(const Program &step, Tensors &state, const std::vector<int32_t> &text, int number) {
  constexpr float rate = 3e-3f, beta1 = 0.9f, beta2 = 0.99f;
  const float schedule[] = {rate * std::min(1.0f, (number + 1) / 20.0f), 1 / (1 - std::pow(beta1, float(number + 1))),
                            1 / (1 - std::pow(beta2, float(number + 1)))};
  std::vector<int32_t> tokens, targets;
  for (int row = 0; row < kBatch; ++row) {
    const size_t start = (size_t(number) * kBatch + row) * 7919 % (text.size() - kContext);
    tokens.insert(tokens.end(), &text[start], &text[start] + kContext);
    targets.insert(targets.end(), &text[start] + 1, &text[start] + 1 + kContext);
  }
  const uint32_t key[] = {0, uint32_t(number)};
  Tensors in = state;
  for (const float &value : schedule)
    in.emplace_back(&value, mx::float32, mx::Shape{});
  in.emplace_back(tokens.data(), mx::int32, mx::Shape{kBatch, kContext});
  in.emplace_back(targets.data(), mx::int32, mx::Shape{kBatch, kContext});
  in.emplace_back(key, mx::uint32, mx::Shape{2});
  Tensors out = step.run(in);
  state.assign(out.begin() + 1, out.end());
  return *out[0].data<float>();
}

std::string sample(const Program &sampler, const Tensors &state, int count) {
  const size_t parameters = sampler.inputs().size() - 3;
  std::vector<int32_t> window(kContext, 0);
  window[0] = '\n';
  int32_t position = 0;
  std::string text;
  for (int i = 0; i < count; ++i) {
    const uint32_t key[] = {1, uint32_t(i)};
    Tensors in(state.begin(), state.begin() + parameters);
    in.emplace_back(window.data(), mx::int32, mx::Shape{1, kContext});
    in.emplace_back(&position, mx::int32, mx::Shape{});
    in.emplace_back(key, mx::uint32, mx::Shape{2});
    const int32_t next = *sampler.run(in)[0].data<int32_t>();
    text += char(next);
    if (position + 1 < kContext)
      ++position;
    else
      std::rotate(window.begin(), window.begin() + 1, window.end());
    window[size_t(position)] = next;
  }
  return text;
}

} // namespace

int main(int argc, char **argv) try {
  if (argc < 4) {
    std::fprintf(stderr, "usage: deploy_run FOLDER TEXT STEPS [cpu|gpu]\n");
    return 1;
  }
  const std::string folder = argv[1];
  const mx::Device device = argc > 4 && !std::strcmp(argv[4], "gpu") ? mx::Device::gpu : mx::Device::cpu;
  const std::vector<int32_t> text = readText(argv[2]);
  const Program step = Program::load(folder + "/step.mxe", device), sampler = Program::load(folder + "/sampler.mxe", device);
  Tensors state = Program::load(folder + "/init.mxe", device).run({});
  const int steps = std::atoi(argv[3]);
  for (int i = 0; i < steps; ++i) {
    const float loss = trainStep(step, state, text, i);
    if (i % 10 == 0 || i + 1 == steps)
      std::printf("step %d, loss %.4f\n", i, loss);
  }
  std::printf("%s\n", sample(sampler, state, 80).c_str());
  return 0;
} catch (const std::exception &e) {
  std::fprintf(stderr, "deploy_run: %s\n", e.what());
  return 1;
}
