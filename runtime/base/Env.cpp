// The table of environment variables and the getters that parse them. A malformed value is reported and
// ignored: a typing error in a shell must not change what a program computes or end it.
#include "runtime/base/Env.h"

#include "runtime/base/CheckedSize.h"
#include "runtime/base/Log.h"

#include <array>
#include <charconv>
#include <cstdlib>

namespace mx::rt {
namespace {

constexpr std::array<EnvRow, 12> kTable{{
    {EnvVar::NumThreads, "MX_NUM_THREADS", "the cores this process may use",
     "threads that run kernels and compile, the calling thread counted"},
    {EnvVar::Dump, "MX_DUMP", "nothing is dumped",
     "folder that receives every phase and kernel of each program that is compiled"},
    {EnvVar::Check, "MX_CHECK", "0", "1: an index out of range throws instead of being clamped or dropped"},
    {EnvVar::MemoryLimit, "MX_MEMORY_LIMIT", "the memory of the machine or container",
     "bytes that live arrays may take, with an optional suffix K, M, G or T"},
    {EnvVar::Log, "MX_LOG", "warning", "least severity that is printed: off, error, warning, info or debug"},
    {EnvVar::Cpu, "MX_CPU", "native", "instruction set to compile for: baseline, avx2, avx512 or native"},
    {EnvVar::DisableCompile, "MX_DISABLE_COMPILE", "0", "1: compiled functions start out disabled, as after mx::disable_compile"},
    {EnvVar::VkDevice, "MX_VK_DEVICE", "a discrete one first, then an integrated one, then any",
     "which Vulkan device is the gpu: its number or a part of its name"},
    {EnvVar::Validate, "MX_VALIDATE", "0",
     "1: every shader passes spirv-val; core, sync, best or gpu: that too, and Vulkan's validation layers watch the device "
     "(with synchronisation, best-practice or GPU-assisted checks), whose complaints fail the call"},
    {EnvVar::CacheDir, "MX_CACHE_DIR", "mx in $XDG_CACHE_HOME, else in ~/.cache",
     "folder that keeps what is compiled for later processes; nobody but its owner may be able to write it. off: nothing is kept"},
    {EnvVar::CacheBytes, "MX_CACHE_BYTES", "1G",
     "bytes that the folder may take, with an optional suffix K, M, G or T; then what was not used for longest goes"},
    {EnvVar::Trace, "MX_TRACE", "nothing is traced",
     "file that receives a Chrome trace of what the process does: open it in Perfetto; read when the process starts"},
}};

void warnIgnored(EnvVar var, std::string_view text, std::string_view expected) {
  logMessage(LogLevel::warning, std::string(envRow(var).name) + "='" + std::string(text) +
                                    "' is ignored: it takes " + std::string(expected));
}

} // namespace

std::span<const EnvRow> envTable() { return kTable; }

const EnvRow &envRow(EnvVar var) { return kTable[static_cast<size_t>(var)]; }

std::optional<std::string> envString(EnvVar var) {
  const char *text = std::getenv(envRow(var).name);
  if (!text || !*text)
    return std::nullopt;
  return text;
}

bool envFlag(EnvVar var) {
  auto text = envString(var);
  if (!text)
    return false;
  for (std::string_view yes : {"1", "true", "yes", "on"})
    if (*text == yes)
      return true;
  for (std::string_view no : {"0", "false", "no", "off"})
    if (*text == no)
      return false;
  warnIgnored(var, *text, "0 or 1");
  return false;
}

std::optional<int64_t> envInt(EnvVar var, int64_t lowest, int64_t highest) {
  auto text = envString(var);
  if (!text)
    return std::nullopt;
  int64_t value = 0;
  auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (error == std::errc() && end == text->data() + text->size() && value >= lowest && value <= highest)
    return value;
  warnIgnored(var, *text, "an integer from " + std::to_string(lowest) + " to " + std::to_string(highest));
  return std::nullopt;
}

std::optional<int64_t> envBytes(EnvVar var) {
  auto text = envString(var);
  if (!text)
    return std::nullopt;
  auto bytes = parseBytes(*text);
  if (!bytes)
    warnIgnored(var, *text, "a number of bytes such as 4G or 1048576");
  return bytes;
}

std::optional<int64_t> parseBytes(std::string_view text) {
  int64_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || value < 0)
    return std::nullopt;
  std::string_view suffix(end, static_cast<size_t>(text.data() + text.size() - end));
  if (suffix.empty())
    return value;
  size_t power = std::string_view("KMGTkmgt").find(suffix.front());
  if (suffix.size() != 1 || power == std::string_view::npos)
    return std::nullopt;
  return (CheckedSize(value) * CheckedSize(int64_t(1) << (10 * (power % 4 + 1)))).get();
}

} // namespace mx::rt
