// The log's level and sink. The level is read from MX_LOG once, at the first message.
#include "runtime/base/Log.h"

#include "runtime/base/Env.h"

#include <array>
#include <atomic>
#include <cstdio>
#include <mutex>
#include <string>

namespace mx::rt {
namespace {

constexpr std::array<std::string_view, 5> kNames{"off", "error", "warning", "info", "debug"};
constexpr uint8_t kUnread = 255;
std::atomic<uint8_t> currentLevel{kUnread};

struct Sink {
  std::mutex mutex;
  std::function<void(LogLevel, std::string_view)> write;
};
/// Leaked on purpose: static destructors may still log.
Sink &sink() {
  static Sink *s = new Sink;
  return *s;
}

LogLevel level() {
  uint8_t known = currentLevel.load(std::memory_order_relaxed);
  if (known != kUnread)
    return static_cast<LogLevel>(known);
  LogLevel result = LogLevel::warning;
  auto text = envString(EnvVar::Log);
  bool valid = !text;
  for (size_t i = 0; text && i < kNames.size(); ++i) {
    if (*text == kNames[i]) {
      result = static_cast<LogLevel>(i);
      valid = true;
    }
  }
  // Stored before the warning below, which comes here again.
  currentLevel.store(static_cast<uint8_t>(result), std::memory_order_relaxed);
  if (!valid)
    logMessage(LogLevel::warning, "MX_LOG='" + *text + "' is ignored: it takes off, error, warning, info or debug");
  return result;
}

} // namespace

bool logEnabled(LogLevel l) { return l != LogLevel::off && l <= level(); }

void logMessage(LogLevel l, std::string_view text) {
  if (!logEnabled(l))
    return;
  Sink &s = sink();
  std::lock_guard lock(s.mutex);
  if (s.write)
    return s.write(l, text);
  std::string line = "mx: " + std::string(kNames[static_cast<size_t>(l)]) + ": " + std::string(text) + "\n";
  std::fwrite(line.data(), 1, line.size(), stderr);
}

void setLogLevel(LogLevel l) { currentLevel.store(static_cast<uint8_t>(l), std::memory_order_relaxed); }

void setLogSink(std::function<void(LogLevel, std::string_view)> write) {
  Sink &s = sink();
  std::lock_guard lock(s.mutex);
  s.write = std::move(write);
}

} // namespace mx::rt
