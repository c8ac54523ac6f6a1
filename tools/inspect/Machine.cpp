// The loops are the benchmarks' own. The best of many rounds counts: other processes only make a machine look slower.
#include "tools/inspect/Machine.h"

#include "benchmarks/Roofline.h"
#include "runtime/ThreadPool.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/raw_ostream.h"

#include <algorithm>
#include <chrono>
#include <functional>
#include <unistd.h>

namespace mx::inspect {
namespace {

// The best rate of `work` on all threads, in 1e9 a second; work(thread) returns what it did.
double bestRate(int threads, int rounds, const std::function<double(int)> &work) {
  struct Round {
    const std::function<double(int)> &work;
    std::vector<double> done;
  } round{work, std::vector<double>(threads)};
  double best = 0;
  for (int i = 0; i < rounds; ++i) {
    const auto start = std::chrono::steady_clock::now();
    rt::ThreadPool::instance().forEach(threads, [](void *context, uint32_t thread) {
      Round &r = *static_cast<Round *>(context);
      r.done[thread] = r.work(static_cast<int>(thread));
    }, &round);
    const double ns = std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - start).count();
    double total = 0;
    for (double count : round.done)
      total += count;
    best = std::max(best, total / ns);
  }
  return best;
}

// Reading of `bytes` by each thread, `repeats` times a round.
double readRate(int threads, size_t bytes, int repeats, int rounds) {
  const size_t floats = bytes / sizeof(float) / 256 * 256;
  std::vector<std::vector<float>> data(threads, std::vector<float>(floats, 1.0f));
  std::vector<float> sums(threads);
  return bestRate(threads, rounds, [&](int thread) {
    for (int i = 0; i < repeats; ++i)
      sums[thread] += bench::readSum(data[thread].data(), floats);
    return double(floats * sizeof(float)) * repeats;
  });
}

int64_t cacheSize() {
  const long last = std::max(sysconf(_SC_LEVEL3_CACHE_SIZE), sysconf(_SC_LEVEL2_CACHE_SIZE));
  return last > 0 ? last : int64_t(8) << 20;
}

} // namespace

Machine measureMachine() {
  const int threads = rt::ThreadPool::instance().numThreads();
  Machine machine;
  machine.cacheBytes = cacheSize();
  machine.peakGFlops = bestRate(threads, 100, [](int) { return bench::fmaLoop(50'000); });
  machine.cacheGBs = readRate(threads, size_t(256) << 10, 200, 50);
  machine.memoryGBs = readRate(threads, (size_t(256) << 20) / threads, 1, 5);
  return machine;
}

json toJson(const Machine &machine) {
  return {{"memory_gb_s", machine.memoryGBs}, {"cache_gb_s", machine.cacheGBs}, {"peak_gflop_s", machine.peakGFlops}, {"cache_bytes", machine.cacheBytes}, {"measured", machine.measured}};
}

std::optional<Machine> machineFrom(const json &value) {
  try {
    Machine machine{value.at("memory_gb_s"), value.at("cache_gb_s"), value.at("peak_gflop_s"), value.at("cache_bytes"), true};
    if (machine.memoryGBs > 0 && machine.cacheGBs > 0 && machine.peakGFlops > 0)
      return machine;
  } catch (const json::exception &) {
  }
  return std::nullopt;
}

Machine machineOf(const std::string &root) {
  const std::string file = root + "/machine.json";
  if (auto text = readFile(file))
    if (auto machine = machineFrom(json::parse(*text, nullptr, /*allow_exceptions=*/false)))
      return *machine;
  const Machine machine = measureMachine();
  std::error_code ec;
  llvm::raw_fd_ostream os(file, ec);
  if (!ec) {
    os << toJson(machine).dump(2) << "\n";
    os.close();
    os.clear_error();
  }
  return machine;
}

double floorNs(const Machine &machine, int64_t bytes, int64_t flops) {
  const double rate = bytes <= machine.cacheBytes ? std::max(machine.cacheGBs, machine.memoryGBs) : machine.memoryGBs;
  return std::max(double(bytes) / rate, double(flops) / machine.peakGFlops);
}

} // namespace mx::inspect
