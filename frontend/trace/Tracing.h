// Whether this thread is inside a transformation's trace. A node flagged as tracer keeps its inputs when it is
// evaluated while a scope is open; evaluated later it lets go of them, or a training loop would hold its whole history.
#pragma once

#include <cstdint>
#include <vector>

namespace mx::graph {

/// Open while a transformation traces a function and walks the result.
class TracingScope {
public:
  TracingScope() noexcept {
    if (depth++ == 0)
      barriers = 0;
  }
  ~TracingScope() { --depth; }
  TracingScope(const TracingScope &) = delete;
  TracingScope &operator=(const TracingScope &) = delete;

  /// True while a scope is open on this thread.
  static bool active() noexcept { return depth != 0; }
  /// An id for barriers, fresh within the outermost scope. Counting starts anew there, so that a trace made again is
  /// the same graph again.
  static int64_t nextBarrier() noexcept { return barriers++; }

  /// Counts a look at the size of an array. What was traced without one holds for other sizes too.
  static void noteSizeRead() noexcept { ++reads; }
  /// Looks so far, on this thread.
  static uint64_t sizeReads() noexcept { return reads; }

private:
  static constinit thread_local int depth;
  static constinit thread_local int64_t barriers;
  static constinit thread_local uint64_t reads;
};

/// What a function's call has to do with sizes, beside what its graph shows.
struct SizesSeen {
  /// What the user's own code learned, in order; not what ops and transformations look at.
  std::vector<int64_t> read;
  /// Numbers that an op compared with a size: bounds of slices, shapes that may have been equal.
  std::vector<int64_t> compared;
};

/// Open while a function is traced for sizes that vary: notes what sizes it sees on this thread. Views that happen to
/// change nothing at these sizes are made all the same.
class AnySizesScope {
public:
  explicit AnySizesScope(SizesSeen &seen) noexcept : outer(current) { current = &seen; }
  ~AnySizesScope() { current = outer; }
  AnySizesScope(const AnySizesScope &) = delete;
  AnySizesScope &operator=(const AnySizesScope &) = delete;

  static bool active() noexcept { return current; }
  /// Null outside.
  static SizesSeen *seen() noexcept { return current; }
  /// Notes numbers that an op compares with sizes.
  template <typename Numbers> static void noteCompared(const Numbers &numbers) {
    if (current) [[unlikely]]
      current->compared.insert(current->compared.end(), numbers.begin(), numbers.end());
  }

private:
  SizesSeen *outer;
  static constinit thread_local SizesSeen *current;
};

} // namespace mx::graph
