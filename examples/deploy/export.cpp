// Exports a character model ahead of time: its start, the forward pass, the training step and the sampler, each as a program
// file for several machines. deploy_run trains and samples with these files where there is no compiler.
//
// usage: deploy_export FOLDER [TARGET...]    beside the files: step-inputs/ and step-results/, one step as npy files
#include "examples/char_gpt/Trainer.h"
#include "examples/deploy/Sizes.h"

#include <cstdio>
#include <filesystem>

using Arrays = std::vector<mx::array>;

namespace {

/// One file for each array: FOLDER/000.npy, FOLDER/001.npy, ...
void saveAll(const std::filesystem::path &folder, const Arrays &arrays) {
  std::filesystem::create_directories(folder);
  char name[16];
  for (size_t i = 0; i < arrays.size(); ++i) {
    std::snprintf(name, sizeof name, "%03zu.npy", i);
    mx::save((folder / name).string(), arrays[i]);
  }
}

} // namespace

int main(int argc, char **argv) try {
  if (argc < 2) {
    std::fprintf(stderr, "usage: deploy_export FOLDER [TARGET...]\n");
    return 1;
  }
  const std::string folder = argv[1];
  mx::ExportOptions options;
  if (argc > 2)
    options.targets.assign(argv + 2, argv + argc);

  char_gpt::ModelConfig config;
  config.vocabulary = deploy::kVocabulary;
  config.context = deploy::kContext;
  config.width = 64;
  config.blocks = 2;
  const char_gpt::Model model(config);
  const char_gpt::OptimizerConfig optimizer;
  Arrays parameters = model.initialise(1), state = parameters;
  for (mx::array &moment : char_gpt::initialMoments(parameters))
    state.push_back(moment);

  // Inputs are named: the parameters by their number, what follows them by `names`.
  auto exportAs = [&](const char *name, const mx::ArraysFn &fun, const Arrays &examples, const std::vector<std::string> &names = {}) {
    options.name = name;
    options.input_names.clear();
    for (size_t i = 0; i + names.size() < examples.size(); ++i)
      options.input_names.push_back("parameter" + std::to_string(i));
    options.input_names.insert(options.input_names.end(), names.begin(), names.end());
    mx::export_kernels(folder, fun, examples, options);
  };
  // What a function captures is in its file: this one has nothing but the start.
  exportAs("init", [&](const Arrays &) { return state; }, {});

  const mx::array window = mx::zeros({1, config.context}, mx::int32), key = mx::random::key(2);
  Arrays forward = parameters, sampler = parameters, step = state;
  forward.push_back(window);
  exportAs("forward", [&](const Arrays &in) { return Arrays{model.logits(Arrays(in.begin(), in.end() - 1), in.back())}; }, forward, {"tokens"});
  for (const mx::array &more : {window, mx::array(0), key})
    sampler.push_back(more);
  exportAs("sampler", [&](const Arrays &in) { return char_gpt::sampleOnce(model, in); }, sampler, {"tokens", "position", "key"});

  const mx::array tokens = mx::remainder(mx::arange(0, deploy::kBatch * config.context, mx::int32), mx::array(config.vocabulary));
  for (const mx::array &rate : char_gpt::scheduleAt(optimizer, 0, 100))
    step.push_back(rate);
  for (const mx::array &more : {mx::reshape(tokens, {deploy::kBatch, config.context}), mx::reshape(tokens + 1, {deploy::kBatch, config.context}), key})
    step.push_back(more);
  auto trainOnce = [&](const Arrays &in) { return char_gpt::trainOnce(model, optimizer, in); };
  exportAs("step", trainOnce, step);
  saveAll(folder + "/step-inputs", step);
  saveAll(folder + "/step-results", mx::compile(mx::ArraysFn(trainOnce))(step));
  return 0;
} catch (const std::exception &e) {
  std::fprintf(stderr, "deploy_export: %s\n", e.what());
  return 1;
}
