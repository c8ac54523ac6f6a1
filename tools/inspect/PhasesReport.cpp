// Counts of ops. The phases of single kernels, tiled and target, are text: their lines are counted.
#include "tools/inspect/PhaseFile.h"
#include "tools/inspect/Reports.h"
#include "tools/inspect/Table.h"

#include <algorithm>

namespace mx::inspect {

rt::Result<json> phasesReport(const ProgramDump &program) {
  json phases = json::array();
  auto context = makeContext();
  for (const char *name : kPhases) {
    auto phase = readPhase(program.path, name, context);
    if (!phase)
      return phase.error();
    json ops = json::object();
    for (const PhaseFile::Op &op : phase->ops) {
      json &count = ops[op.op->getName().getStringRef().str()];
      count = count.is_null() ? 1 : count.get<int64_t>() + 1;
    }
    phases.push_back({{"phase", std::string(name).substr(3)}, {"ops", ops}, {"total", phase->ops.size()},
                      {"lines", std::count(phase->text.begin(), phase->text.end(), '\n')}});
  }
  for (const char *name : {"04-tiled", "05-target"}) {
    // Of a program without kernels there is none.
    auto text = readFile(program.path + "/" + name + ".mlir");
    phases.push_back({{"phase", std::string(name).substr(3)}, {"ops", json::object()}, {"total", json()},
                      {"lines", text ? std::count(text->begin(), text->end(), '\n') : 0}});
  }
  return json{{"program", program.folder}, {"phases", phases}};
}

void printPhases(const json &report, llvm::raw_ostream &os) {
  os << report["program"].get<std::string>() << "\n\n";
  std::vector<std::string> names{"op"}, totals{"all ops"}, lines{"lines of IR"};
  std::map<std::string, std::vector<int64_t>> rows;
  const json &phases = report["phases"];
  for (size_t i = 0; i < phases.size(); ++i) {
    names.push_back(">" + phases[i]["phase"].get<std::string>());
    totals.push_back(textOr(phases[i]["total"], [](double v) { return fixedText(v, 0); }));
    lines.push_back(std::to_string(phases[i]["lines"].get<int64_t>()));
    for (const auto &[op, count] : phases[i]["ops"].items()) {
      rows[op].resize(phases.size());
      rows[op][i] = count;
    }
  }
  Table table(names);
  for (const auto &[op, counts] : rows) {
    std::vector<std::string> row{op};
    for (int64_t count : counts)
      row.push_back(count ? std::to_string(count) : "");
    table.add(row);
  }
  table.add(totals);
  table.add(lines);
  table.print(os);
}

} // namespace mx::inspect
