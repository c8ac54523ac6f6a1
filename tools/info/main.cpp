// mx-info: what mx finds on this machine, and whether it computes rightly there. It uses the library as any program does.
#include "tools/info/Facts.h"
#include "tools/info/Selftest.h"

#include <algorithm>
#include <iostream>
#include <string_view>

namespace {

constexpr const char *kUsage = R"(usage: mx-info [--json] [--selftest]
Prints version, devices, processor, memory, cache and the environment variables that are set.
  --json      as JSON
  --selftest  runs checks on each device, a minute at most; the exit status is 1 when one fails
)";

int report(bool asJson, bool selftest) {
  // With JSON, progress must not mix with it.
  nlohmann::json facts = mx::info::facts();
  if (!asJson)
    mx::info::printFacts(facts, std::cout);
  bool allOk = true;
  if (selftest) {
    facts["selftest"] = mx::info::selftest(asJson ? std::cerr : std::cout);
    allOk = std::all_of(facts["selftest"].begin(), facts["selftest"].end(), [](const auto &r) { return r["ok"]; });
  }
  if (asJson)
    // Names of folders may hold any bytes.
    std::cout << facts.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
  return allOk ? 0 : 1;
}

} // namespace

int main(int argc, char **argv) {
  bool asJson = false, selftest = false;
  for (int i = 1; i < argc; ++i) {
    const std::string_view option = argv[i];
    if (option == "--json") {
      asJson = true;
    } else if (option == "--selftest") {
      selftest = true;
    } else if (option == "--help") {
      std::cout << kUsage;
      return 0;
    } else {
      std::cerr << "mx-info: error: unknown option '" << option << "'\n" << kUsage;
      return 2;
    }
  }
  try {
    return report(asJson, selftest);
  } catch (const std::exception &error) {
    std::cerr << "mx-info: error: " << error.what() << "\n";
    return 1;
  }
}
