// Events are put into words on the thread they happen on and appended under a lock. Open spans of a thread form a list.
#include "runtime/base/Trace.h"

#include "runtime/base/Env.h"
#include "runtime/base/Fork.h"
#include "runtime/base/Log.h"
#include "runtime/base/TraceFile.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <mutex>
#include <pthread.h>
#include <string>
#include <unistd.h>
#include <utility>
#include <vector>

namespace mx::rt {

namespace detail {

constinit std::atomic<bool> tracingOn{false};

struct TraceRecord {
  const char *category;
  std::string_view name;
  int64_t start;
  TraceRecord *outer;
  /// `"key":value` pairs with commas between them.
  std::string notes;
};

} // namespace detail

namespace {

using detail::TraceRecord;

[[gnu::tls_model("initial-exec")]] constinit thread_local TraceRecord *innermostRecord = nullptr;
[[gnu::tls_model("initial-exec")]] constinit thread_local int threadTrack = 0;

void appendNumber(std::string &text, int64_t value) {
  char digits[24];
  text.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
}

/// As microseconds with three digits after the point.
void appendTime(std::string &text, int64_t ns) {
  appendNumber(text, ns / 1000);
  const char rest[] = {'.', char('0' + ns / 100 % 10), char('0' + ns / 10 % 10), char('0' + ns % 10)};
  text.append(rest, sizeof rest);
}

void appendQuoted(std::string &text, std::string_view value) {
  text += '"';
  for (char c : value) {
    if (c == '"' || c == '\\')
      text += '\\';
    text += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  }
  text += '"';
}

/// Begins a note.
void appendKey(std::string &notes, const char *key) { notes.append(notes.empty() ? "\"" : ",\"").append(key).append("\":"); }

/// The trace of the process. Leaked: threads may record until the process ends.
class Trace {
public:
  static Trace &instance() {
    static auto *trace = new Trace;
    return *trace;
  }
  void append(std::string_view event) {
    std::lock_guard lock(mutex);
    if (forkGeneration() != generation)
      return detail::tracingOn.store(false, std::memory_order_relaxed);
    if (!opened)
      open();
    if (tracing() && !file.append(event)) {
      detail::tracingOn.store(false, std::memory_order_relaxed);
      logMessage(LogLevel::warning, "MX_TRACE: there is no room for more events; tracing ends");
    }
  }
  /// A track that is no thread's, and whether it is new. Tracks of threads count from 1, others from kOthers.
  std::pair<int, bool> track(std::string_view name) {
    std::lock_guard lock(mutex);
    const size_t i = static_cast<size_t>(std::find(others.begin(), others.end(), name) - others.begin());
    const bool isNew = i == others.size();
    if (isNew)
      others.emplace_back(name);
    return {kOthers + static_cast<int>(i), isNew};
  }
  int newThread() { return threads.fetch_add(1, std::memory_order_relaxed) + 1; }

  const pid_t process = getpid();
  static constexpr int kOthers = 100'000;

private:
  void open() {
    opened = true;
    const std::string path = envString(EnvVar::Trace).value_or("");
    std::string problem;
    if (!file.open(path, "{\"displayTimeUnit\":\"ns\",\"traceEvents\":[", problem)) {
      detail::tracingOn.store(false, std::memory_order_relaxed);
      return logMessage(LogLevel::warning, "MX_TRACE: cannot write '" + path + "': " + problem);
    }
    std::atexit([] {
      Trace &trace = instance();
      std::lock_guard lock(trace.mutex);
      if (forkGeneration() == trace.generation) {
        detail::tracingOn.store(false, std::memory_order_relaxed);
        trace.file.close();
      }
    });
  }

  std::mutex mutex;
  TraceFile file;
  bool opened = false;
  const uint32_t generation = forkGeneration();
  std::vector<std::string> others;
  std::atomic<int> threads{0};
};

void nameTrack(int track, std::string_view name) {
  std::string text = "{\"ph\":\"M\",\"name\":\"thread_name\",\"pid\":";
  appendNumber(text, Trace::instance().process);
  text += ",\"tid\":";
  appendNumber(text, track);
  text += ",\"args\":{\"name\":";
  appendQuoted(text, name);
  text += "}}";
  Trace::instance().append(text);
}

int trackOfThread() {
  if (threadTrack == 0) [[unlikely]] {
    threadTrack = Trace::instance().newThread();
    char name[16] = "thread";
    pthread_getname_np(pthread_self(), name, sizeof name);
    nameTrack(threadTrack, name);
  }
  return threadTrack;
}

void appendEvent(int track, const char *category, std::string_view name, int64_t start, int64_t end, std::string_view notes) {
  std::string text;
  text.reserve(160 + name.size() + notes.size());
  text += "{\"ph\":\"X\",\"cat\":\"";
  text += category;
  text += "\",\"name\":";
  appendQuoted(text, name);
  text += ",\"pid\":";
  appendNumber(text, Trace::instance().process);
  text += ",\"tid\":";
  appendNumber(text, track);
  text += ",\"ts\":";
  appendTime(text, start);
  text += ",\"dur\":";
  appendTime(text, end - start);
  if (!notes.empty())
    text.append(",\"args\":{").append(notes).append("}");
  text += "}";
  Trace::instance().append(text);
}

/// Decides before main.
[[maybe_unused]] const bool decided = [] {
  if (envString(EnvVar::Trace)) {
    Trace::instance();
    detail::tracingOn.store(true, std::memory_order_relaxed);
  }
  return true;
}();

} // namespace

int64_t traceClock() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

void TraceSpan::begin(const char *category, std::string_view name) {
  record = new TraceRecord{category, name, traceClock(), innermostRecord, {}};
  innermostRecord = record;
}

void TraceSpan::end() {
  const int64_t now = traceClock();
  innermostRecord = record->outer;
  appendEvent(trackOfThread(), record->category, record->name, record->start, now, record->notes);
  delete record;
}

void TraceSpan::note(const char *key, int64_t value) {
  if (!record)
    return;
  appendKey(record->notes, key);
  appendNumber(record->notes, value);
}

void TraceSpan::note(const char *key, std::string_view value) {
  if (!record)
    return;
  appendKey(record->notes, key);
  appendQuoted(record->notes, value);
}

std::string_view TraceSpan::innermost() { return innermostRecord ? innermostRecord->name : std::string_view(); }

int traceTrack(std::string_view name) {
  const auto [track, isNew] = Trace::instance().track(name);
  if (isNew)
    nameTrack(track, name);
  return track;
}

void traceOnTrack(int track, const char *category, std::string_view name, int64_t startNs, int64_t endNs,
                  std::string_view program) {
  if (!tracing())
    return;
  std::string notes;
  if (!program.empty()) {
    appendKey(notes, "program");
    appendQuoted(notes, program);
  }
  appendEvent(track, category, name, startNs, endNs, notes);
}

} // namespace mx::rt
