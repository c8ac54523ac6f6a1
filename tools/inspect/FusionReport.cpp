// Kernels and the edges between them.
#include "tools/inspect/Reports.h"
#include "tools/inspect/Table.h"

#include <algorithm>

namespace mx::inspect {

json fusionReport(const ProgramDump &program) {
  json kernels = json::array();
  struct Cause {
    int64_t edges = 0, bytes = 0;
  };
  std::map<std::string, Cause> causes;
  int64_t numOps = 0;
  for (size_t i = 0; i < program.dispatches.size(); ++i) {
    const Dispatch &d = program.dispatches[i];
    const Kernel &kernel = program.kernelOf(d);
    json edges = json::array();
    for (const Edge &edge : d.edges) {
      edges.push_back({{"operand", edge.operand}, {"producer", edge.producer}, {"producer_kernel", program.dispatches[edge.producer].kernel},
                       {"bytes", orNull(edge.bytes)}, {"reason", edge.reason}});
      Cause &cause = causes[edge.reason];
      ++cause.edges;
      cause.bytes += edge.bytes.value_or(0);
    }
    for (const auto &[name, count] : kernel.ops)
      numOps += count;
    kernels.push_back({{"dispatch", i}, {"kernel", d.kernel}, {"kind", kernel.kind}, {"ops", kernel.opsText()}, {"lines", d.lines}, {"unfused", edges}});
  }
  json reasons = json::array();
  for (const auto &[reason, cause] : causes)
    reasons.push_back({{"reason", reason}, {"edges", cause.edges}, {"bytes", cause.bytes}});
  std::sort(reasons.begin(), reasons.end(), [](const json &a, const json &b) {
    return std::pair(b["bytes"].get<int64_t>(), a["reason"].get<std::string>()) < std::pair(a["bytes"].get<int64_t>(), b["reason"].get<std::string>());
  });
  return {{"program", program.folder}, {"ops", numOps}, {"dispatches", kernels}, {"kernels", program.kernels.size()}, {"reasons", reasons}};
}

void printFusion(const json &report, llvm::raw_ostream &os) {
  os << report["program"].get<std::string>() << ": " << report["ops"].get<int64_t>() << " ops in " << report["dispatches"].size() << " dispatches of "
     << report["kernels"].get<int64_t>() << " kernels\n\n";
  Table groups({">#", "kernel", "kind", ">reads", "ops and source; < what is read from memory, and why"});
  for (const json &d : report["dispatches"]) {
    std::string where;
    if (!d["lines"].empty())
      where = "  [" + d["lines"][0].get<std::string>() + (d["lines"].size() > 1 ? " +" + std::to_string(d["lines"].size() - 1) : "") + "]";
    groups.add({std::to_string(d["dispatch"].get<int>()), d["kernel"], d["kind"], "", d["ops"].get<std::string>() + where});
    for (const json &edge : d["unfused"])
      groups.add({"", "", "", textOr(edge["bytes"], bytesText),
                  "< #" + std::to_string(edge["producer"].get<int>()) + " " + edge["producer_kernel"].get<std::string>() + ": " + edge["reason"].get<std::string>()});
  }
  groups.print(os);
  if (report["reasons"].empty())
    return;
  os << "\n";
  Table reasons({">edges", ">bytes", "why they are not fused"});
  for (const json &r : report["reasons"])
    reasons.add({std::to_string(r["edges"].get<int64_t>()), bytesText(r["bytes"].get<double>()), r["reason"]});
  reasons.print(os);
}

} // namespace mx::inspect
