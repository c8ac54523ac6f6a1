// A dump has a folder for each program; the newest is the one that ran. A kernel's file is named like its entry, or its entries
// like the file and a suffix.
#include "benchmarks/gpu/DumpedProgram.h"

#include "benchmarks/TemporaryFolder.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace fs = std::filesystem;

namespace mx::bench {
namespace {

fs::path newestProgram(const fs::path &folder) {
  fs::path newest;
  for (const fs::directory_entry &entry : fs::recursive_directory_iterator(folder))
    if (entry.path().filename() == "program.json" && entry.path() > newest)
      newest = entry.path();
  if (newest.empty())
    throw std::runtime_error("no program was dumped");
  return newest;
}

std::shared_ptr<const std::vector<uint32_t>> wordsOf(const fs::path &kernels, const std::string &entry) {
  fs::path file = kernels / (entry + ".spv");
  if (!fs::exists(file))
    file = kernels / (entry.substr(0, entry.rfind('_')) + ".spv");
  std::ifstream in(file, std::ios::binary);
  std::string bytes((std::istreambuf_iterator<char>(in)), {});
  if (bytes.empty())
    throw std::runtime_error("the dump has no shader of entry " + entry);
  auto words = std::make_shared<std::vector<uint32_t>>(bytes.size() / sizeof(uint32_t));
  std::copy(bytes.begin(), bytes.end(), reinterpret_cast<char *>(words->data()));
  return words;
}

} // namespace

std::vector<RawVulkan::Dispatch> dispatchesOf(RawVulkan &raw, const std::function<void()> &run, size_t bufferBytes) {
  TemporaryFolder folder;
  setenv("MX_DUMP", folder.path.c_str(), 1);
  run();
  unsetenv("MX_DUMP");
  const fs::path file = newestProgram(folder.path);
  std::ifstream in(file);
  const nlohmann::json program = nlohmann::json::parse(in);

  std::map<std::pair<std::string, int>, uint32_t> numbers;
  std::map<std::string, std::shared_ptr<rt::Shader>> shaders;
  std::vector<RawVulkan::Dispatch> dispatches;
  for (const auto &step : program["steps"]) {
    if (!step["scalars"].empty())
      throw std::runtime_error("a kernel of the program has scalars");
    RawVulkan::Dispatch d;
    const std::string entry = step["entry"];
    std::shared_ptr<rt::Shader> &shader = shaders[entry];
    if (!shader) {
      shader = std::make_shared<rt::Shader>();
      shader->words = wordsOf(file.parent_path() / "kernels", entry);
      shader->entry = entry;
      for (uint32_t i = 0; i < step["buffers"].size(); ++i)
        shader->bindings.push_back(i);
    }
    d.shader = shader;
    for (const auto &ref : step["buffers"]) {
      auto [known, isNew] = numbers.try_emplace({ref["kind"], ref["index"]}, 0);
      if (isNew)
        known->second = raw.addBuffer(bufferBytes);
      d.buffers.push_back(known->second);
    }
    d.workgroups = step["units"];
    dispatches.push_back(std::move(d));
  }
  return dispatches;
}

} // namespace mx::bench
