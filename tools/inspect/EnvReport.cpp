// The one table of environment variables, from where they are read.
#include "tools/inspect/Reports.h"
#include "tools/inspect/Table.h"

#include "runtime/base/Env.h"

namespace mx::inspect {

json envReport() {
  json rows = json::array();
  for (const rt::EnvRow &row : rt::envTable())
    rows.push_back({{"name", row.name}, {"value", orNull(rt::envString(row.var))}, {"default", row.defaultText}, {"meaning", row.meaning}});
  return rows;
}

void printEnv(const json &report, llvm::raw_ostream &os) {
  Table table({"variable", "set to", "when unset", "meaning"});
  for (const json &row : report)
    table.add({row["name"], row["value"].is_string() ? row["value"].get<std::string>() : "-", row["default"], row["meaning"]});
  table.print(os);
}

} // namespace mx::inspect
