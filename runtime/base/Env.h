// The environment variables of mx: one table, read nowhere else. Values are read at each call, so whoever
// needs one on a hot path keeps it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace mx::rt {

/// The variables there are.
enum class EnvVar : uint8_t { NumThreads, Dump, Check, MemoryLimit, Log, Cpu, DisableCompile, VkDevice, Validate, CacheDir, CacheBytes, Trace };

/// What a variable is called and does; printed by tools and docs.
struct EnvRow {
  EnvVar var;
  /// As the shell sees it.
  const char *name;
  /// What holds when it is unset, in words.
  const char *defaultText;
  const char *meaning;
};

/// All variables, in the order of EnvVar.
std::span<const EnvRow> envTable();
/// The row of one variable.
const EnvRow &envRow(EnvVar var);

/// The text of a variable; nothing when it is unset or empty.
std::optional<std::string> envString(EnvVar var);
/// True for 1, true, yes, on; false for 0, false, no, off and when unset. Other text warns and counts as unset.
bool envFlag(EnvVar var);
/// An integer in [lowest, highest]. Text that is none warns and counts as unset.
std::optional<int64_t> envInt(EnvVar var, int64_t lowest, int64_t highest);
/// A number of bytes, with an optional suffix K, M, G or T (powers of 1024). Other text warns and counts as unset.
std::optional<int64_t> envBytes(EnvVar var);

/// Parses what envBytes accepts.
std::optional<int64_t> parseBytes(std::string_view text);

} // namespace mx::rt
