// Remembers the arena layouts of a dynamic program's recent calls. Keyed by the sizes of the temporaries rather than
// by the symbols: an offset that changes at every call leaves the layout as it is.
#pragma once

#include "runtime/ArenaPlan.h"
#include "runtime/base/SpinLock.h"

#include <array>
#include <memory>

namespace mx::rt {

/// A few layouts, the least recently used one replaced. Thread-safe. A copy starts empty, so that a program that
/// holds one stays copyable.
class PlanCache {
public:
  PlanCache() = default;
  PlanCache(const PlanCache &) {}
  PlanCache &operator=(const PlanCache &) { return *this; }

  /// The layout for these sizes; null when it is not known.
  std::shared_ptr<const ArenaLayout> find(std::span<const int64_t> sizes) const;
  /// Adds a layout.
  void insert(std::span<const int64_t> sizes, std::shared_ptr<const ArenaLayout> layout) const;

private:
  struct Entry {
    std::vector<int64_t> sizes;
    std::shared_ptr<const ArenaLayout> layout;
    uint64_t lastUse = 0;
  };
  // Mutable: a cache is no part of the value of the program that has it.
  mutable SpinLock lock;
  mutable std::array<Entry, 8> entries;
  mutable uint64_t uses = 0;
};

} // namespace mx::rt
