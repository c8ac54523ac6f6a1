// Programs by trace key: least recently used out. Only a miss reaches the compiler.
// The cache of programs: the least recently used one goes first. What two threads miss at once is compiled by both; the
// first one stays.
#include "frontend/eval/Programs.h"

#include <list>
#include <mutex>
#include <unordered_map>

namespace mx::graph {
namespace {

// Least recently used first out.
class ProgramCache {
public:
  ProgramPtr find(const rt::Hash128 &key) {
    std::lock_guard lock(mutex);
    auto it = byKey.find(key);
    if (it == byKey.end())
      return nullptr;
    order.splice(order.begin(), order, it->second);
    return it->second->second;
  }
  void insert(const rt::Hash128 &key, ProgramPtr program) {
    std::lock_guard lock(mutex);
    if (byKey.count(key))
      return;
    order.emplace_front(key, std::move(program));
    byKey[key] = order.begin();
    if (order.size() > kCapacity) {
      byKey.erase(order.back().first);
      order.pop_back();
    }
  }
  size_t size() {
    std::lock_guard lock(mutex);
    return order.size();
  }
  void clear() {
    std::lock_guard lock(mutex);
    byKey.clear();
    order.clear();
  }

private:
  static constexpr size_t kCapacity = 4096;
  std::mutex mutex;
  std::list<std::pair<rt::Hash128, ProgramPtr>> order;
  std::unordered_map<rt::Hash128, decltype(order)::iterator> byKey;
};

ProgramCache &cache() {
  static auto *programs = new ProgramCache;
  return *programs;
}

} // namespace

rt::Result<ProgramPtr> programFor(const Trace &trace, std::string_view name) {
  if (ProgramPtr known = cache().find(trace.key))
    return known;
  auto program = compileTrace(trace, name);
  if (program)
    cache().insert(trace.key, *program);
  return program;
}

size_t cachedPrograms() { return cache().size(); }
void clearPrograms() { cache().clear(); }

} // namespace mx::graph
