// Which memory the steps since the last barrier have read and written, by host address: every operand of a call has
// one.
#pragma once

#include <cstdint>
#include <vector>

namespace mx::rt::vulkan {

class Hazards {
public:
  /// True when touching the bytes now needs a barrier first.
  bool conflicts(uintptr_t begin, uint64_t bytes, bool write) const {
    auto overlaps = [&](const Range &r) { return begin < r.end && r.begin < begin + bytes; };
    for (const Range &r : writes)
      if (overlaps(r))
        return true;
    if (write)
      for (const Range &r : reads)
        if (overlaps(r))
          return true;
    return false;
  }
  void add(uintptr_t begin, uint64_t bytes, bool write) {
    if (bytes)
      (write ? writes : reads).push_back({begin, begin + bytes});
  }
  /// After a barrier.
  void clear() {
    reads.clear();
    writes.clear();
  }

private:
  struct Range {
    uintptr_t begin, end;
  };
  std::vector<Range> reads, writes;
};

} // namespace mx::rt::vulkan
