// What a process does and when, as a Chrome trace: MX_TRACE names the file, which Perfetto and chrome://tracing open.
// The file is valid JSON after every event, so that a killed process leaves one that opens. Names and keys of notes must
// not need escapes unless they are passed as values; while tracing is off a span costs one branch.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string_view>

namespace mx::rt {

namespace detail {
/// Set when the library is loaded; cleared when the file cannot be written, and in forked children.
extern constinit std::atomic<bool> tracingOn;
struct TraceRecord;
} // namespace detail

/// True while events are recorded.
inline bool tracing() { return detail::tracingOn.load(std::memory_order_relaxed); }

/// Nanoseconds on the clock of the trace.
int64_t traceClock();

/// An event from construction to destruction on the track of the calling thread.
class TraceSpan {
public:
  /// `category` is a literal; `name` outlives the span.
  TraceSpan(const char *category, std::string_view name) {
    if (tracing()) [[unlikely]]
      begin(category, name);
  }
  ~TraceSpan() {
    if (record) [[unlikely]]
      end();
  }
  TraceSpan(const TraceSpan &) = delete;
  TraceSpan &operator=(const TraceSpan &) = delete;

  /// Shown with the event. Does nothing while tracing is off.
  void note(const char *key, int64_t value);
  void note(const char *key, std::string_view value);

  /// The name of the innermost open span of the calling thread; empty when there is none.
  static std::string_view innermost();

private:
  [[gnu::noinline]] void begin(const char *category, std::string_view name);
  [[gnu::noinline]] void end();

  detail::TraceRecord *record = nullptr;
};

/// A track that is no thread, such as the queue of a device; equal names give equal tracks.
int traceTrack(std::string_view name);
/// An event on such a track. `program`, unless empty, is shown with it.
void traceOnTrack(int track, const char *category, std::string_view name, int64_t startNs, int64_t endNs,
                  std::string_view program = {});

} // namespace mx::rt
