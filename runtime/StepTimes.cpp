// The file is replaced as a whole by a rename, so that a reader never sees half of one.
#include "runtime/StepTimes.h"

#include "runtime/base/Fork.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <set>
#include <utility>

namespace mx::rt {
namespace {

/// All that there are. Leaked: programs may outlive static objects.
struct Registry {
  std::mutex mutex;
  std::set<const StepTimes *> all;
  const uint32_t generation = forkGeneration();

  static Registry &instance() {
    static auto *registry = [] {
      std::atexit([] { instance().writeAll(); });
      return new Registry;
    }();
    return *registry;
  }
  void writeAll() {
    // A forked child has the times of its parent, who writes them.
    if (forkGeneration() != generation)
      return;
    std::lock_guard lock(mutex);
    for (const StepTimes *times : all)
      times->write();
  }
};

void appendList(std::string &text, const char *key, std::span<const int64_t> values) {
  text += std::string("\"") + key + "\": [";
  for (size_t i = 0; i < values.size(); ++i)
    text += (i ? ", " : "") + std::to_string(values[i]);
  text += "]";
}

} // namespace

StepTimes::StepTimes(std::string file, size_t numSteps) : file(std::move(file)), steps(numSteps) {
  Registry &registry = Registry::instance();
  std::lock_guard lock(registry.mutex);
  registry.all.insert(this);
}

StepTimes::~StepTimes() {
  Registry &registry = Registry::instance();
  std::lock_guard lock(registry.mutex);
  registry.all.erase(this);
  if (forkGeneration() == registry.generation)
    write();
}

void StepTimes::add(const CallTimes &call) {
  std::unique_lock lock(mutex);
  if (call.symbols != symbols) {
    symbols = call.symbols;
    std::fill(steps.begin(), steps.end(), Times());
    calls = 0;
  }
  for (size_t i = 0; i < steps.size(); ++i) {
    const int64_t ns = call.stepNs[i];
    if (ns < 0)
      continue;
    Times &t = steps[i];
    t.minNs = t.count ? std::min(t.minNs, ns) : ns;
    t.totalNs += ns;
    ++t.count;
  }
  const int64_t done = ++calls;
  lock.unlock();
  if ((done & (done - 1)) == 0)
    write();
}

void StepTimes::write() const {
  std::string text = "{\n";
  {
    std::lock_guard lock(mutex);
    if (calls == 0)
      return;
    text += "  \"calls\": " + std::to_string(calls) + ",\n  ";
    appendList(text, "symbols", symbols);
    std::vector<int64_t> column(steps.size());
    for (auto [key, member] : {std::pair("count", &Times::count), std::pair("total_ns", &Times::totalNs), std::pair("min_ns", &Times::minNs)}) {
      std::transform(steps.begin(), steps.end(), column.begin(), [member](const Times &t) { return t.*member; });
      text += ",\n  ";
      appendList(text, key, column);
    }
  }
  text += "\n}\n";
  const std::string fresh = file + ".new";
  std::FILE *f = std::fopen(fresh.c_str(), "we");
  if (!f)
    return;
  const bool whole = std::fwrite(text.data(), 1, text.size(), f) == text.size();
  if (std::fclose(f) == 0 && whole)
    std::rename(fresh.c_str(), file.c_str());
  else
    std::remove(fresh.c_str());
}

} // namespace mx::rt
