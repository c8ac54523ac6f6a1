// The arena over time. A value that takes over the place of one that dies is alive with it for a step: the bytes of a step
// are those of the union of its slots, as the planner counts them.
#include "tools/inspect/Reports.h"
#include "tools/inspect/Table.h"

#include <algorithm>

namespace mx::inspect {
namespace {

// Bytes of the slots of the plan that are alive at each step; scratch lies behind the plan.
std::vector<int64_t> liveBytes(const ProgramDump &program) {
  std::vector<std::vector<std::pair<int64_t, int64_t>>> ranges(program.steps.size());
  for (const Slot &slot : program.slots)
    if (slot.bytes && slot.offset && *slot.offset < program.arenaBytes)
      for (size_t step = slot.firstStep; step <= slot.lastStep; ++step)
        ranges[step].emplace_back(*slot.offset, *slot.offset + *slot.bytes);
  std::vector<int64_t> live;
  for (auto &list : ranges) {
    std::sort(list.begin(), list.end());
    int64_t bytes = 0, end = 0;
    for (auto [from, to] : list) {
      bytes += std::max<int64_t>(0, to - std::max(from, end));
      end = std::max(end, to);
    }
    live.push_back(bytes);
  }
  return live;
}

} // namespace

json memoryReport(const ProgramDump &program) {
  json slots = json::array(), steps = json::array();
  const std::vector<int64_t> live = liveBytes(program);
  int64_t maxLive = 0, scratch = 0;
  for (const Slot &slot : program.slots) {
    const bool isScratch = program.isStatic && slot.offset && *slot.offset >= program.arenaBytes;
    slots.push_back({{"offset", orNull(slot.offset)}, {"bytes", orNull(slot.bytes)}, {"first_step", slot.firstStep}, {"last_step", slot.lastStep}, {"scratch", isScratch}});
    if (isScratch)
      scratch = std::max(scratch, slot.bytes.value_or(0));
  }
  for (const Dispatch &d : program.dispatches)
    for (size_t i = 0; i < d.numSteps; ++i) {
      const size_t step = d.firstStep + i;
      maxLive = std::max(maxLive, live[step]);
      steps.push_back({{"step", step}, {"entry", program.steps[step].entry}, {"live_bytes", program.isStatic ? json(live[step]) : json()}});
    }
  return {{"program", program.folder}, {"static", program.isStatic}, {"arena_bytes", program.arenaBytes}, {"max_live_bytes", maxLive},
          {"planned_max_live_bytes", program.arenaMaxLive}, {"bytes_without_reuse", program.arenaWithoutReuse}, {"scratch_bytes", scratch},
          {"slots", slots}, {"steps", steps}};
}

void printMemory(const json &report, llvm::raw_ostream &os) {
  os << report["program"].get<std::string>() << ": ";
  if (report["slots"].empty()) {
    os << "no temporaries\n";
    return;
  }
  if (!report["static"].get<bool>()) {
    os << report["slots"].size() << " temporaries, placed at each call for its sizes\n\n";
    Table table({">slot", ">bytes", ">first step", ">last step"});
    for (size_t i = 0; i < report["slots"].size(); ++i) {
      const json &slot = report["slots"][i];
      table.add({std::to_string(i), textOr(slot["bytes"], bytesText), std::to_string(slot["first_step"].get<int>()), std::to_string(slot["last_step"].get<int>())});
    }
    return table.print(os);
  }
  const double arena = report["arena_bytes"], live = report["max_live_bytes"], without = report["bytes_without_reuse"];
  os << "arena " << bytesText(arena) << ", at most " << bytesText(live) << " alive at a time";
  if (live > 0)
    os << " (the arena is " << fixedText(arena / live, 3) << " x that bound)";
  os << "; " << bytesText(without) << " without reuse, scratch of kernels " << bytesText(report["scratch_bytes"]) << "\n\n";
  constexpr int kColumns = 48;
  constexpr size_t kRows = 40;
  const json &steps = report["steps"];
  // Many steps share a row, which shows the fullest of them.
  const size_t perRow = (steps.size() + kRows - 1) / kRows;
  Table table({">step", ">alive", "of the arena", "entry"});
  for (size_t from = 0; from < steps.size(); from += perRow) {
    const auto end = steps.begin() + static_cast<ptrdiff_t>(std::min(from + perRow, steps.size()));
    const json &top = *std::max_element(steps.begin() + static_cast<ptrdiff_t>(from), end,
                                        [](const json &a, const json &b) { return a["live_bytes"].get<int64_t>() < b["live_bytes"].get<int64_t>(); });
    const double bytes = top["live_bytes"];
    const int filled = arena > 0 ? static_cast<int>(kColumns * bytes / arena + 0.5) : 0;
    table.add({std::to_string(top["step"].get<size_t>()), bytesText(bytes), "|" + std::string(filled, '#') + std::string(kColumns - filled, '.') + "|", top["entry"]});
  }
  table.print(os);
}

} // namespace mx::inspect
