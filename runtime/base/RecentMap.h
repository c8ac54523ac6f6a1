// A bounded map for caches that threads share: what was not asked for the longest goes first. Values are handles, copied out
// under the lock; what a dropped one held goes with its last copy.
#pragma once

#include "runtime/base/Hash.h"

#include <list>
#include <mutex>
#include <unordered_map>
#include <utility>

namespace mx::rt {

/// At most `capacity` values by the hash of what they were made from. Thread-safe.
template <typename Value> class RecentMap {
public:
  explicit RecentMap(size_t capacity) : capacity(capacity) {}

  /// The value of a key; an empty one when there is none.
  Value find(const Hash128 &key) {
    std::lock_guard lock(mutex);
    auto it = byKey.find(key);
    if (it == byKey.end())
      return Value();
    order.splice(order.begin(), order, it->second);
    return it->second->second;
  }
  /// Adds a value, in place of one that the key had.
  void insert(const Hash128 &key, Value value) {
    std::lock_guard lock(mutex);
    auto [it, fresh] = byKey.try_emplace(key);
    if (!fresh)
      order.erase(it->second);
    order.emplace_front(key, std::move(value));
    it->second = order.begin();
    if (order.size() > capacity) {
      byKey.erase(order.back().first);
      order.pop_back();
    }
  }
  size_t size() {
    std::lock_guard lock(mutex);
    return order.size();
  }

private:
  const size_t capacity;
  std::mutex mutex;
  std::list<std::pair<Hash128, Value>> order;
  std::unordered_map<Hash128, typename decltype(order)::iterator> byKey;
};

} // namespace mx::rt
