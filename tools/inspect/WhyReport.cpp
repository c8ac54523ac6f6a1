// Two ops and what lies between them. Ops are found in phase `program`: what was folded or merged before is not there.
#include "codegen/ProgramListing.h"
#include "ir/MxDialect.h"
#include "ir/program/MxpDialect.h"
#include "tools/inspect/PhaseFile.h"
#include "tools/inspect/Reports.h"
#include "tools/inspect/Table.h"

#include <algorithm>
#include <deque>
#include <set>

namespace mx::inspect {
namespace {

using Dispatches = std::set<size_t>;

// `model.cpp:42` and `src/model.cpp:42` name the same line; so does `:42` where one file is meant.
bool namesLine(const std::string &line, const std::string &wanted) {
  if (line.size() < wanted.size() || line.compare(line.size() - wanted.size(), wanted.size(), wanted) != 0)
    return false;
  return line.size() == wanted.size() || wanted[0] == ':' || line[line.size() - wanted.size() - 1] == '/';
}

bool isNumber(const std::string &text) { return !text.empty() && text.find_first_not_of("0123456789") == std::string::npos; }

// Kernels with an op of this name or from this line, without those that only moved: views are copied into every reader.
std::set<std::string> kernelsWith(const PhaseFile &phase, const std::string &wanted) {
  std::set<std::string> kernels;
  for (const PhaseFile::Op &op : phase.ops) {
    auto kernel = op.op->getParentOfType<ir::program::KernelOp>();
    const ir::OpRow *row = ir::rowOf(op.op);
    if (!kernel || !row)
      continue;
    const std::vector<std::string> lines = codegen::linesOf(op.op->getLoc());
    if (row->mnemonic == wanted || std::any_of(lines.begin(), lines.end(), [&](const std::string &line) { return namesLine(line, wanted); }))
      kernels.insert(kernel.getSymName().str());
  }
  return kernels;
}

rt::Result<Dispatches> resolve(const ProgramDump &program, const PhaseFile &phase, const std::string &wanted) {
  Dispatches found;
  if (wanted.size() < 10 && wanted[0] == '#' && isNumber(wanted.substr(1))) {
    if (const size_t number = std::stoul(wanted.substr(1)); number < program.dispatches.size())
      found.insert(number);
  } else {
    const bool isKernel = program.kernels.count(wanted) != 0;
    const std::set<std::string> kernels = isKernel ? std::set{wanted} : kernelsWith(phase, wanted);
    for (size_t i = 0; i < program.dispatches.size(); ++i) {
      const Dispatch &d = program.dispatches[i];
      // A merged kernel shows the lines of one dispatch; the dispatches have their own.
      const bool ownLine = std::any_of(d.lines.begin(), d.lines.end(), [&](const std::string &line) { return namesLine(line, wanted); });
      if (ownLine || (kernels.count(d.kernel) && (isKernel || wanted.find(':') == std::string::npos)))
        found.insert(i);
    }
  }
  if (found.empty())
    return rt::Error{rt::ErrorCode::invalidArgument, "'" + wanted + "' names no op of a kernel of " + program.folder +
                                                         "; name a kernel (k3), a dispatch (#7), a line (model.cpp:42) or an op (exp). An op that is "
                                                         "not there was folded, merged with an equal one, or had no reader"};
  return found;
}

struct Hop {
  size_t from, to;
  const Edge *edge;
};

// The shortest way along values from one of `from` to one of `to`; empty when there is none.
std::vector<Hop> path(const ProgramDump &program, const Dispatches &from, const Dispatches &to) {
  std::vector<std::vector<Hop>> readers(program.dispatches.size());
  for (size_t i = 0; i < program.dispatches.size(); ++i)
    for (const Edge &edge : program.dispatches[i].edges)
      readers[edge.producer].push_back({edge.producer, i, &edge});
  std::map<size_t, Hop> reachedBy;
  std::deque<size_t> queue(from.begin(), from.end());
  Dispatches seen = from;
  while (!queue.empty()) {
    const size_t at = queue.front();
    queue.pop_front();
    if (to.count(at) && !from.count(at)) {
      std::vector<Hop> hops;
      for (size_t here = at; reachedBy.count(here); here = reachedBy.at(here).from)
        hops.push_back(reachedBy.at(here));
      std::reverse(hops.begin(), hops.end());
      return hops;
    }
    for (const Hop &hop : readers[at])
      if (seen.insert(hop.to).second) {
        reachedBy.emplace(hop.to, hop);
        queue.push_back(hop.to);
      }
  }
  return {};
}

json describe(const ProgramDump &program, const Dispatches &dispatches) {
  json list = json::array();
  for (size_t i : dispatches)
    list.push_back({{"dispatch", i}, {"kernel", program.dispatches[i].kernel}, {"kind", program.kernelOf(program.dispatches[i]).kind}});
  return list;
}

} // namespace

rt::Result<json> whyReport(const ProgramDump &program, const std::string &a, const std::string &b) {
  auto phase = readPhase(program.path, "03-program", makeContext());
  if (!phase)
    return phase.error();
  auto left = resolve(program, *phase, a), right = resolve(program, *phase, b);
  if (!left || !right)
    return (left ? right : left).error();
  json report = {{"program", program.folder}, {"a", a}, {"b", b}, {"a_is_in", describe(program, *left)}, {"b_is_in", describe(program, *right)}};
  Dispatches both;
  std::set_intersection(left->begin(), left->end(), right->begin(), right->end(), std::inserter(both, both.end()));
  report["together_in"] = describe(program, both);
  std::vector<Hop> hops = path(program, *left, *right);
  if (hops.empty())
    hops = path(program, *right, *left);
  json way = json::array();
  for (const Hop &hop : hops)
    way.push_back({{"from", hop.from}, {"from_kernel", program.dispatches[hop.from].kernel}, {"to", hop.to}, {"to_kernel", program.dispatches[hop.to].kernel},
                   {"bytes", orNull(hop.edge->bytes)}, {"reason", hop.edge->reason}});
  report["path"] = way;
  report["fused"] = !both.empty();
  return report;
}

void printWhy(const json &report, llvm::raw_ostream &os) {
  const std::string a = report["a"], b = report["b"];
  auto list = [](const json &dispatches) {
    std::string text;
    constexpr size_t kShown = 8;
    for (size_t i = 0; i < std::min(dispatches.size(), kShown); ++i)
      text += (i ? ", " : "") + dispatches[i]["kernel"].get<std::string>() + " (" + dispatches[i]["kind"].get<std::string>() + ", #" +
              std::to_string(dispatches[i]["dispatch"].get<size_t>()) + ")";
    return text + (dispatches.size() > kShown ? " and " + std::to_string(dispatches.size() - kShown) + " more" : "");
  };
  os << a << " is in " << list(report["a_is_in"]) << "\n" << b << " is in " << list(report["b_is_in"]) << "\n\n";
  if (report["fused"].get<bool>()) {
    os << "They are one kernel in " << list(report["together_in"]) << ": what passes between them there "
       << (report["together_in"][0]["kind"] == "chain" ? "may lie in memory, but nothing is launched in between.\n" : "stays in registers.\n");
    return;
  }
  if (report["path"].empty()) {
    os << "They are apart: neither needs a result of the other. Such ops join only as siblings, where their kernels visit the same elements of a value that both read.\n";
    return;
  }
  os << "They are apart. From one to the other:\n\n";
  Table table({"from", "to", ">bytes", "why this edge is not fused"});
  for (const json &hop : report["path"])
    table.add({"#" + std::to_string(hop["from"].get<size_t>()) + " " + hop["from_kernel"].get<std::string>(),
               "#" + std::to_string(hop["to"].get<size_t>()) + " " + hop["to_kernel"].get<std::string>(), textOr(hop["bytes"], bytesText), hop["reason"]});
  table.print(os);
}

} // namespace mx::inspect
