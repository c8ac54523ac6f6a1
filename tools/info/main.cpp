// mx-info: what mx finds on this machine, and whether it computes rightly there. It uses the library as any program does.
#include "tools/info/Facts.h"
#include "tools/info/Selftest.h"

#include <algorithm>
#include <iostream>
#include <optional>
#include <stdexcept>
#include <string_view>

namespace {

constexpr const char *kUsage = R"(usage: mx-info [--json] [--selftest[=quick]] [--only=CHECK]
Prints version, devices, processor, memory, cache and the environment variables that are set.
  --json            as JSON
  --selftest        about a minute of checks: every operation in every dtype on each device against an interpreter, and what is
                    around them; the exit status is 1 when one fails
  --selftest=quick  a few seconds of it: fewer dtypes, sizes and repetitions
  --only=CHECK      one check of the self-test
)";

struct Options {
  bool json = false, help = false;
  std::optional<mx::info::SelftestOptions> selftest;
};

int report(const Options &options) {
  // With JSON, progress must not mix with it.
  nlohmann::json facts = mx::info::facts();
  if (!options.json)
    mx::info::printFacts(facts, std::cout);
  bool allOk = true;
  if (options.selftest) {
    facts["selftest"] = mx::info::selftest(*options.selftest, options.json ? std::cerr : std::cout);
    allOk = std::all_of(facts["selftest"].begin(), facts["selftest"].end(), [](const auto &r) { return r["ok"]; });
  }
  if (options.json)
    // Names of folders may hold any bytes.
    std::cout << facts.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
  return allOk ? 0 : 1;
}

// Throws std::invalid_argument for what cannot be understood.
Options parse(int argc, char **argv) {
  Options o;
  std::string only;
  for (int i = 1; i < argc; ++i) {
    const std::string_view option = argv[i];
    if (option == "--json") {
      o.json = true;
    } else if (option == "--selftest") {
      o.selftest.emplace();
    } else if (option == "--selftest=quick") {
      o.selftest = {mx::info::Effort::Quick, {}};
    } else if (option.starts_with("--only=")) {
      only = option.substr(7);
      const std::vector<std::string> names = mx::info::checkNames();
      if (std::find(names.begin(), names.end(), only) == names.end()) {
        std::string known;
        for (const std::string &name : names)
          known += (known.empty() ? "" : ", ") + name;
        throw std::invalid_argument("there is no check '" + only + "'; there are " + known);
      }
    } else if (option == "--help") {
      o.help = true;
    } else {
      throw std::invalid_argument("unknown option '" + std::string(option) + "'; mx-info --help lists them");
    }
  }
  if (!only.empty() && !o.selftest)
    throw std::invalid_argument("--only picks a check of --selftest; give that too");
  if (o.selftest)
    o.selftest->only = only;
  return o;
}

} // namespace

int main(int argc, char **argv) {
  Options options;
  try {
    options = parse(argc, argv);
  } catch (const std::invalid_argument &error) {
    std::cerr << "mx-info: error: " << error.what() << "\n";
    return 2;
  }
  if (options.help) {
    std::cout << kUsage;
    return 0;
  }
  try {
    return report(options);
  } catch (const std::exception &error) {
    std::cerr << "mx-info: error: " << error.what() << "\n";
    return 1;
  }
}
