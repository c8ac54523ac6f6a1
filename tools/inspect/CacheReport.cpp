// What the cache on disk holds, and its clearing.
#include "tools/inspect/Reports.h"
#include "tools/inspect/Table.h"

#include "runtime/DiskCache.h"

#include <chrono>

namespace mx::inspect {

rt::Result<json> cacheReport(bool clear) {
  rt::DiskCache &cache = rt::DiskCache::instance();
  auto entries = cache.entries();
  if (!entries)
    return entries.error();
  json report = {{"folder", cache.folder().empty() ? json() : json(cache.folder())}, {"capacity_bytes", cache.capacity()}, {"bytes", 0}, {"entries", json::array()}};
  int64_t bytes = 0;
  for (const rt::CacheEntry &entry : *entries) {
    bytes += entry.bytes;
    report["entries"].push_back({{"kind", nameOf(entry.kind)}, {"key", entry.key}, {"bytes", entry.bytes}, {"used_unix_s", entry.used / 1'000'000'000}});
  }
  report["bytes"] = bytes;
  if (clear) {
    auto cleared = cache.clear();
    if (!cleared)
      return cleared.error();
    report["cleared"] = *cleared;
  }
  return report;
}

void printCache(const json &report, llvm::raw_ostream &os) {
  if (report["folder"].is_null()) {
    os << "nothing is cached on disk: MX_CACHE_DIR is off, or there is no home folder\n";
    return;
  }
  const size_t count = report["entries"].size();
  os << report["folder"].get<std::string>() << ": " << count << (count == 1 ? " entry, " : " entries, ") << bytesText(report["bytes"]) << " of "
     << bytesText(report["capacity_bytes"]) << "\n";
  if (report.contains("cleared")) {
    os << report["cleared"].get<int64_t>() << " deleted\n";
    return;
  }
  const int64_t now = std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
  Table table({"kind", ">bytes", ">hours since use", "key"});
  for (const json &entry : report["entries"])
    table.add({entry["kind"], bytesText(entry["bytes"]), std::to_string((now - entry["used_unix_s"].get<int64_t>()) / 3600),
               entry["key"].get<std::string>().substr(0, 16)});
  if (!table.empty())
    table.print(os);
}

} // namespace mx::inspect
