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

/// Open while a function is traced for sizes that vary. What the user's own code learns of sizes on this thread is written to a
/// log: what follows from looks at them that ops and transformations take is not. And views that happen to change nothing
/// at these sizes are made all the same.
class AnySizesScope {
public:
  explicit AnySizesScope(std::vector<int64_t> &log) noexcept : outer(current) { current = &log; }
  ~AnySizesScope() { current = outer; }
  AnySizesScope(const AnySizesScope &) = delete;
  AnySizesScope &operator=(const AnySizesScope &) = delete;

  static bool active() noexcept { return current; }
  /// Null outside.
  static std::vector<int64_t> *log() noexcept { return current; }

private:
  std::vector<int64_t> *outer;
  static constinit thread_local std::vector<int64_t> *current;
};

} // namespace mx::graph
