// Greedy placement: intervals in some order of priority, each in the tightest gap among those already placed that live
// at the same time. By size is the best single order; the others are tried only when it misses the lower bound, and
// then the best is improved by moving what sticks out to the front (squeaky wheel optimisation, Joslin and Clements).
#include "runtime/ArenaPlan.h"

#include "runtime/base/CheckedSize.h"

#include <algorithm>
#include <array>
#include <limits>
#include <numeric>
#include <string>

namespace mx::rt {
namespace {

/// An interval of positive size, rounded, with its number in the input.
struct Item {
  int64_t bytes;
  uint32_t first, last;
  uint32_t number;
};

bool liveTogether(const Item &a, const Item &b) { return a.first <= b.last && b.first <= a.last; }

/// The items in the order of their offsets so far.
class Placement {
public:
  explicit Placement(size_t items) { placed.reserve(items); }

  /// Puts `item` into the smallest gap that holds it, at the end if there is none; returns its offset.
  int64_t place(const Item &item) {
    int64_t gapBegin = 0, best = -1, bestGap = std::numeric_limits<int64_t>::max();
    for (const Placed &p : placed) {
      if (!liveTogether(item, p.item))
        continue;
      int64_t gap = p.offset - gapBegin;
      if (gap >= item.bytes && gap < bestGap) {
        best = gapBegin;
        bestGap = gap;
      }
      gapBegin = std::max(gapBegin, p.offset + p.item.bytes);
    }
    int64_t offset = best >= 0 ? best : gapBegin;
    auto after = std::upper_bound(placed.begin(), placed.end(), offset,
                                  [](int64_t o, const Placed &p) { return o < p.offset; });
    placed.insert(after, {item, offset});
    total = std::max(total, offset + item.bytes);
    return offset;
  }

  int64_t totalBytes() const { return total; }

private:
  struct Placed {
    Item item;
    int64_t offset;
  };
  std::vector<Placed> placed;
  int64_t total = 0;
};

/// The bytes live at each step where something begins or ends, by sweeping over those steps.
struct Sweep {
  int64_t maxLive = 0;
  /// Per item: the most bytes live at any step of its life.
  std::vector<int64_t> pressure;
};

Sweep sweep(std::span<const Item> items) {
  // Live bytes change only where an item begins or just after it ends.
  std::vector<uint64_t> points;
  for (const Item &i : items) {
    points.push_back(i.first);
    points.push_back(uint64_t(i.last) + 1);
  }
  std::sort(points.begin(), points.end());
  points.erase(std::unique(points.begin(), points.end()), points.end());
  auto indexOf = [&points](uint64_t p) {
    return static_cast<size_t>(std::lower_bound(points.begin(), points.end(), p) - points.begin());
  };
  std::vector<int64_t> live(points.size() + 1, 0);
  for (const Item &i : items) {
    live[indexOf(i.first)] += i.bytes;
    live[indexOf(uint64_t(i.last) + 1)] -= i.bytes;
  }
  std::partial_sum(live.begin(), live.end(), live.begin());
  Sweep s;
  s.maxLive = *std::max_element(live.begin(), live.end());
  for (const Item &i : items)
    s.pressure.push_back(*std::max_element(live.begin() + static_cast<ptrdiff_t>(indexOf(i.first)),
                                           live.begin() + static_cast<ptrdiff_t>(indexOf(uint64_t(i.last) + 1))));
  return s;
}

/// The priorities tried, most promising first.
enum class Order { Size, PressureThenSize, SizeTimesLife, Begin, Life };
constexpr std::array kOrders{Order::Size, Order::PressureThenSize, Order::SizeTimesLife, Order::Begin, Order::Life};

/// A key such that larger ones are placed earlier.
std::array<double, 2> priority(Order order, const Item &i, int64_t pressure) {
  double size = static_cast<double>(i.bytes), life = double(i.last) - double(i.first) + 1;
  switch (order) {
  case Order::Size: return {size, life};
  case Order::PressureThenSize: return {static_cast<double>(pressure), size};
  case Order::SizeTimesLife: return {size * life, size};
  case Order::Begin: return {-double(i.first), size};
  case Order::Life: return {life, size};
  }
  return {};
}

/// The numbers of the items, in the order of priority; ties keep the input's order.
std::vector<uint32_t> sorted(Order order, std::span<const Item> items, std::span<const int64_t> pressure) {
  std::vector<std::array<double, 2>> keys;
  for (size_t i = 0; i < items.size(); ++i)
    keys.push_back(priority(order, items[i], pressure[i]));
  std::vector<uint32_t> result(items.size());
  std::iota(result.begin(), result.end(), 0);
  std::sort(result.begin(), result.end(),
            [&keys](uint32_t a, uint32_t b) { return keys[a] != keys[b] ? keys[a] > keys[b] : a < b; });
  return result;
}

/// Tries orders and keeps the smallest layout.
class Search {
public:
  Search(std::span<const Item> items, ArenaLayout empty)
      : items(items), bounds(sweep(items)), best(std::move(empty)), offsets(best.offsets.size(), 0) {
    best.maxLive = bounds.maxLive;
    best.total = std::numeric_limits<int64_t>::max();
  }

  ArenaLayout run() {
    for (Order o : kOrders) {
      if (isOptimal())
        break;
      attempt(sorted(o, items, bounds.pressure));
    }
    improve();
    return std::move(best);
  }

private:
  bool isOptimal() const { return best.total == best.maxLive; }

  /// Places in this order and keeps the layout when it is the best so far.
  void attempt(std::vector<uint32_t> order) {
    Placement placement(items.size());
    for (uint32_t n : order)
      offsets[items[n].number] = placement.place(items[n]);
    if (placement.totalBytes() < best.total) {
      best.total = placement.totalBytes();
      best.offsets = offsets;
      bestOrder = order;
    }
    lastOrder = std::move(order);
  }

  /// Gives what ends beyond the bound precedence, again and again, while the time for it lasts.
  void improve() {
    // Placement compares pairs: keep all attempts together to about as many as a plan of 1,500 items takes.
    constexpr uint64_t kPairs = 2'000'000;
    const uint64_t attempts = std::min<uint64_t>(kPairs / (items.size() * items.size()), 100);
    lastOrder = bestOrder;
    offsets = best.offsets;
    for (uint64_t i = 0; i < attempts && !isOptimal(); ++i) {
      std::vector<uint32_t> order;
      for (bool front : {true, false})
        for (uint32_t n : lastOrder)
          if ((offsets[items[n].number] + items[n].bytes > best.maxLive) == front)
            order.push_back(n);
      attempt(std::move(order));
    }
  }

  std::span<const Item> items;
  Sweep bounds;
  ArenaLayout best;
  std::vector<uint32_t> bestOrder, lastOrder;
  /// Of the last attempt.
  std::vector<int64_t> offsets;
};

} // namespace

Result<ArenaLayout> planArena(std::span<const ArenaInterval> intervals) {
  ArenaLayout layout;
  layout.offsets.assign(intervals.size(), 0);
  std::vector<Item> items;
  CheckedSize sum = 0;
  for (uint32_t n = 0; n < intervals.size(); ++n) {
    const ArenaInterval &i = intervals[n];
    if (i.bytes < 0 || i.lastStep < i.firstStep)
      return Error{ErrorCode::invalidArgument, "[planArena] interval " + std::to_string(n) + " has " +
                                                   std::to_string(i.bytes) + " bytes, steps " +
                                                   std::to_string(i.firstStep) + " to " + std::to_string(i.lastStep)};
    CheckedSize rounded = CheckedSize(i.bytes).alignedTo(kArenaAlignment);
    sum += rounded;
    if (!sum.valid())
      return Error{ErrorCode::overflow, "[planArena] the sizes of the temporaries add up to 2^63 bytes or more"};
    if (i.bytes > 0)
      items.push_back({*rounded.get(), i.firstStep, i.lastStep, n});
  }
  layout.withoutReuse = *sum.get();
  if (items.empty())
    return layout;

  return Search(items, std::move(layout)).run();
}

} // namespace mx::rt
