// Messages to whoever runs the program: one line each on standard error, filtered by MX_LOG. Failures travel
// as Status; a log line is for what needs no answer.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

namespace mx::rt {

/// How severe a message is; each level shows those before it too.
enum class LogLevel : uint8_t { off, error, warning, info, debug };

/// True when messages of this level are printed: guards the making of costly ones.
bool logEnabled(LogLevel level);
/// Prints `mx: <level>: <text>`. Thread-safe; a line is written whole.
void logMessage(LogLevel level, std::string_view text);

/// Overrides MX_LOG.
void setLogLevel(LogLevel level);
/// Sends messages elsewhere; an empty function restores standard error.
void setLogSink(std::function<void(LogLevel, std::string_view)> sink);

} // namespace mx::rt
