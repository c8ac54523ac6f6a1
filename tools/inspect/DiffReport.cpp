// Programs are matched by name and order. Kernels are matched by what they are, never by their names, which depend on the
// order in which a program has them.
#include "tools/inspect/Reports.h"
#include "tools/inspect/Table.h"

#include <algorithm>
#include <set>

namespace mx::inspect {
namespace {

struct Totals {
  double dispatches = 0, kernels = 0, ops = 0, unfused = 0, arena = 0, bytes = 0, flops = 0, spills = 0, time = 0;
};

Totals totalsOf(const ProgramDump &program) {
  Totals t;
  t.dispatches = double(program.dispatches.size());
  t.kernels = double(program.kernels.size());
  t.arena = double(program.arenaBytes);
  for (const Dispatch &d : program.dispatches) {
    for (const auto &[name, count] : program.kernelOf(d).ops)
      t.ops += double(count);
    t.unfused += double(d.edges.size());
    t.bytes += double(d.bytes().value_or(0));
    t.flops += double(d.flops.value_or(0));
    t.time += d.bestNs.value_or(0);
  }
  for (const auto &[name, kernel] : program.kernels)
    t.spills += double(kernel.sum("spills").value_or(0));
  return t;
}

using KernelCounts = std::map<std::string, int64_t>;

KernelCounts kernelCounts(const ProgramDump &program) {
  KernelCounts counts;
  for (const Dispatch &d : program.dispatches)
    ++counts[program.kernelOf(d).kind + ": " + program.kernelOf(d).opsText()];
  return counts;
}

json compare(const ProgramDump *before, const ProgramDump *after) {
  const Totals a = before ? totalsOf(*before) : Totals(), b = after ? totalsOf(*after) : Totals();
  json totals = json::object();
  for (auto [name, member] : {std::pair("dispatches", &Totals::dispatches), std::pair("kernels", &Totals::kernels), std::pair("ops", &Totals::ops),
                              std::pair("unfused_edges", &Totals::unfused), std::pair("arena_bytes", &Totals::arena), std::pair("bytes", &Totals::bytes),
                              std::pair("flops", &Totals::flops), std::pair("spills", &Totals::spills), std::pair("best_ns", &Totals::time)})
    totals[name] = {a.*member, b.*member};
  json changed = json::array();
  const KernelCounts was = before ? kernelCounts(*before) : KernelCounts(), is = after ? kernelCounts(*after) : KernelCounts();
  std::set<std::string> all;
  for (const KernelCounts *counts : {&was, &is})
    for (const auto &[text, count] : *counts)
      all.insert(text);
  for (const std::string &text : all) {
    const int64_t x = was.count(text) ? was.at(text) : 0, y = is.count(text) ? is.at(text) : 0;
    if (x != y)
      changed.push_back({{"kernel", text}, {"before", x}, {"after", y}});
  }
  return {{"before", before ? json(before->folder) : json()}, {"after", after ? json(after->folder) : json()}, {"totals", totals}, {"kernels", changed}};
}

} // namespace

json diffReport(const std::vector<ProgramDump> &before, const std::vector<ProgramDump> &after) {
  json programs = json::array();
  std::vector<bool> matched(after.size());
  for (const ProgramDump &a : before) {
    const ProgramDump *partner = nullptr;
    for (size_t i = 0; i < after.size() && !partner; ++i)
      if (!matched[i] && (after[i].name == a.name || (before.size() == 1 && after.size() == 1))) {
        partner = &after[i];
        matched[i] = true;
      }
    programs.push_back(compare(&a, partner));
  }
  for (size_t i = 0; i < after.size(); ++i)
    if (!matched[i])
      programs.push_back(compare(nullptr, &after[i]));
  return programs;
}

void printDiff(const json &report, llvm::raw_ostream &os) {
  bool first = true;
  for (const json &program : report) {
    auto name = [&](const char *side) { return program[side].is_string() ? program[side].get<std::string>() : "nothing"; };
    os << (std::exchange(first, false) ? "" : "\n") << name("before") << " -> " << name("after") << "\n\n";
    Table totals({"", ">before", ">after", ">change"});
    for (const auto &[key, pair] : program["totals"].items()) {
      const double a = pair[0], b = pair[1];
      const bool isBytes = key == "bytes" || key == "arena_bytes";
      auto text = [&](double v) { return isBytes ? bytesText(v) : key == "best_ns" ? timeText(v) : countText(v); };
      totals.add({key == "best_ns" ? "time" : key, text(a), text(b), a == b ? "" : a == 0 ? "new" : (b > a ? "+" : "") + fixedText(100 * (b - a) / a, 1) + "%"});
    }
    totals.print(os);
    if (program["kernels"].empty())
      continue;
    os << "\n";
    Table kernels({">before", ">after", "kernels whose number changed"});
    for (const json &k : program["kernels"])
      kernels.add({std::to_string(k["before"].get<int64_t>()), std::to_string(k["after"].get<int64_t>()), k["kernel"]});
    kernels.print(os);
  }
}

} // namespace mx::inspect
