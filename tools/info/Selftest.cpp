// Which checks run where, and what is told of them. A check throws `Wrong`, or whatever the library throws; either is its problem.
#include "tools/info/Selftest.h"

#include <chrono>
#include <iomanip>

namespace mx::info {
namespace {

using nlohmann::json;

// What people are to do with a wrong result, shown once.
constexpr const char *kReport = R"(
A wrong result is a fault of mx, of the machine or of a driver. Please report it with the output of
  mx-info --json --selftest
and say whether it goes away with MX_CACHE_DIR=off (then the cache is at fault: delete its folder), with MX_CPU=x86-64 (then it
is code for this processor), with MX_NUM_THREADS=1, and, on a GPU, with another driver or MX_VK_DEVICE (mx-info lists the devices).
)";

class Runner {
public:
  Runner(const SelftestOptions &options, std::ostream &os) : options(options), os(os) {}

  void run(const char *device, const Check &check) {
    timed(device, check.name, [&](json &, Findings &found) { check.run(found, options.effort); });
  }

  /// Every op of the table in every dtype.
  void runOps(const char *name, Device device) {
    timed(name, "ops", [&](json &row, Findings &found) {
      const std::vector<Dtype> dtypes = options.effort == Effort::Quick ? std::vector{float32, int32, bool_} : std::vector<Dtype>{};
      std::string wrong;
      json ops = json::array();
      debug::check_ops(device, [&](const debug::OpCheck &op) {
        ops.push_back({{"op", op.op}, {"calls", op.calls}, {"worst_ulp", op.worst}, {"problem", op.problem}});
        found.compared += size_t(op.calls);
        found.worst = std::max(found.worst, op.worst);
        if (!op.problem.empty())
          wrong += (wrong.empty() ? "" : "\n          ") + op.problem;
      }, dtypes);
      row["ops"] = ops;
      found.note = std::to_string(ops.size()) + " ops; the error is in units of the last place";
      if (!wrong.empty() || found.compared == 0)
        throw Wrong(wrong.empty() ? "no operation ran" : wrong);
    });
  }

  json results = json::array();

private:
  template <typename Body> void timed(const char *device, const char *name, Body body) {
    if (!options.only.empty() && options.only != name)
      return;
    const auto start = std::chrono::steady_clock::now();
    json row{{"device", device}, {"check", name}};
    Findings found;
    std::string problem;
    try {
      body(row, found);
    } catch (const std::exception &error) {
      problem = error.what();
    }
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    const bool ok = problem.empty();
    row.update({{"ok", ok}, {"compared", found.compared}, {"worst", found.worst}, {"seconds", seconds}, {"note", found.note}, {"problem", problem}});
    results.push_back(row);
    os << (ok ? "ok      " : "FAILED  ") << std::left << std::setw(9) << device << std::setw(14) << name << std::right;
    os << std::setw(8) << found.compared << " compared, worst error " << std::setw(8) << std::setprecision(2) << std::defaultfloat << found.worst;
    os << std::fixed << std::setw(8) << seconds << " s  " << (ok ? found.note : problem) << std::endl;
  }

  const SelftestOptions &options;
  std::ostream &os;
};

} // namespace

std::vector<std::string> checkNames() {
  std::vector<std::string> names{"ops"};
  for (auto checks : {numberChecks(), loadChecks(), machineChecks()})
    for (const Check &check : checks)
      names.emplace_back(check.name);
  return names;
}

json selftest(const SelftestOptions &options, std::ostream &os) {
  const auto start = std::chrono::steady_clock::now();
  Runner runner(options, os);
  for (auto [name, device] : {std::pair("cpu", Device(Device::cpu)), std::pair("gpu", Device(Device::gpu))}) {
    if (!is_available(device))
      continue;
    StreamContext scope(device);
    for (auto checks : {numberChecks(), loadChecks()})
      for (const Check &check : checks)
        runner.run(name, check);
    runner.runOps(name, device);
  }
  for (const Check &check : machineChecks())
    runner.run("machine", check);
  const auto failed = std::count_if(runner.results.begin(), runner.results.end(), [](const json &r) { return !r["ok"]; });
  os << runner.results.size() << " checks in " << std::fixed << std::setprecision(1)
     << std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count() << " s, " << failed << " failed\n";
  if (failed)
    os << kReport;
  return runner.results;
}

} // namespace mx::info
