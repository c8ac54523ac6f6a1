// The dispatches of one kernel make one row: their bytes, operations and times are added up.
#include "tools/inspect/Reports.h"
#include "tools/inspect/Table.h"

#include <algorithm>
#include <tuple>

namespace mx::inspect {
namespace {

void addTo(Number &sum, const Number &part) { sum = sum && part ? Number(*sum + *part) : Number(); }

struct Row {
  std::string kernel;
  int64_t dispatches = 0;
  Number bytesRead = 0, bytesWritten = 0, flops = 0;
  std::optional<double> floorNs = 0, bestNs = 0, meanNs = 0;
  bool computeBound = false;
};

std::vector<Row> rowsOf(const ProgramDump &program, const Machine &machine) {
  std::map<std::string, Row> byKernel;
  for (const Dispatch &d : program.dispatches) {
    Row &row = byKernel[d.kernel];
    row.kernel = d.kernel;
    ++row.dispatches;
    addTo(row.bytesRead, d.bytesRead);
    addTo(row.bytesWritten, d.bytesWritten);
    addTo(row.flops, d.flops);
    const bool known = d.bytes() && d.flops && machine.peakGFlops > 0;
    if (known)
      row.computeBound = double(*d.flops) / machine.peakGFlops >= floorNs(machine, *d.bytes(), *d.flops);
    row.floorNs = row.floorNs && known ? std::optional(*row.floorNs + floorNs(machine, *d.bytes(), *d.flops)) : std::nullopt;
    row.bestNs = row.bestNs && d.bestNs ? std::optional(*row.bestNs + *d.bestNs) : std::nullopt;
    row.meanNs = row.meanNs && d.meanNs ? std::optional(*row.meanNs + *d.meanNs) : std::nullopt;
  }
  std::vector<Row> rows;
  for (auto &[name, row] : byKernel)
    rows.push_back(std::move(row));
  std::sort(rows.begin(), rows.end(), [](const Row &a, const Row &b) {
    return std::tuple(b.bestNs.value_or(0), b.floorNs.value_or(0), a.kernel) < std::tuple(a.bestNs.value_or(0), a.floorNs.value_or(0), b.kernel);
  });
  return rows;
}

} // namespace

json kernelsReport(const ProgramDump &program, const Machine &machine) {
  json kernels = json::array();
  std::optional<double> total;
  for (const Row &row : rowsOf(program, machine)) {
    const Kernel &kernel = program.kernels.at(row.kernel);
    const Number bytes = row.bytesRead && row.bytesWritten ? Number(*row.bytesRead + *row.bytesWritten) : Number();
    std::optional<double> intensity, ratio;
    if (bytes && row.flops && *bytes > 0)
      intensity = double(*row.flops) / double(*bytes);
    if (row.bestNs && row.floorNs && *row.floorNs > 0)
      ratio = *row.bestNs / *row.floorNs;
    if (row.bestNs)
      total = total.value_or(0) + *row.bestNs;
    kernels.push_back({{"kernel", row.kernel},
                       {"kind", kernel.kind},
                       {"ops", kernel.opsText()},
                       {"lines", kernel.lines},
                       {"dispatches", row.dispatches},
                       {"bytes_read", orNull(row.bytesRead)},
                       {"bytes_written", orNull(row.bytesWritten)},
                       {"bytes", orNull(bytes)},
                       {"flops", orNull(row.flops)},
                       {"intensity", orNull(intensity)},
                       {"bound", row.floorNs ? json(row.computeBound ? "compute" : "memory") : json()},
                       {"floor_ns", orNull(row.floorNs)},
                       {"best_ns", orNull(row.bestNs)},
                       {"mean_ns", orNull(row.meanNs)},
                       {"times_floor", orNull(ratio)},
                       {"general_registers", orNull(kernel.largest("general_registers"))},
                       {"vector_registers", orNull(kernel.largest("vector_registers"))},
                       {"spills", orNull(kernel.sum("spills"))},
                       {"instructions", orNull(kernel.sum("instructions"))},
                       {"workgroup_size", orNull(kernel.largest("workgroup_size"))},
                       {"shared_bytes", orNull(kernel.largest("shared_bytes"))}});
  }
  return {{"program", program.folder}, {"target", program.target}, {"gpu", program.onGpu()}, {"sizes", program.sizes}, {"calls", program.calls},
          {"machine", toJson(machine)}, {"best_ns", orNull(total)}, {"kernels", kernels}};
}

void printKernels(const json &report, llvm::raw_ostream &os) {
  const json &machine = report["machine"];
  os << report["program"].get<std::string>() << ": ";
  if (report["calls"].get<int64_t>() > 0)
    os << textOr(report["best_ns"], timeText) << " in kernels (the best of " << report["calls"].get<int64_t>() << " calls)";
  else
    os << "not measured";
  if (machine["peak_gflop_s"].get<double>() > 0)
    os << "; floors by " << fixedText(machine["memory_gb_s"], 1) << " GB/s from memory, " << fixedText(machine["cache_gb_s"], 1)
       << " GB/s from caches, " << fixedText(machine["peak_gflop_s"], 1) << " GF/s"
       << (report["gpu"].get<bool>() && machine["measured"].get<bool>() ? ", which are the processor's: give a GPU's with --memory-rate and --peak-rate" : "");
  os << "\n\n";
  Table table({"kernel", "kind", ">runs", ">bytes", ">flops", ">flop/B", "bound", ">floor", ">time", ">x floor", ">share", ">regs", ">spills", "ops"});
  for (const json &k : report["kernels"]) {
    const json &registers = k["vector_registers"];
    std::string share = "-";
    if (k["best_ns"].is_number() && report["best_ns"].is_number() && report["best_ns"].get<double>() > 0)
      share = fixedText(100 * k["best_ns"].get<double>() / report["best_ns"].get<double>(), 1) + "%";
    table.add({k["kernel"], k["kind"], std::to_string(k["dispatches"].get<int64_t>()), textOr(k["bytes"], bytesText), textOr(k["flops"], countText),
               textOr(k["intensity"], [](double v) { return fixedText(v, 2); }), k["bound"].is_string() ? k["bound"].get<std::string>() : "-",
               textOr(k["floor_ns"], timeText), textOr(k["best_ns"], timeText), textOr(k["times_floor"], [](double v) { return fixedText(v, 2); }), share,
               registers.is_number() ? std::to_string(registers.get<int64_t>()) + "v " + std::to_string(k["general_registers"].get<int64_t>()) + "g" : "-",
               textOr(k["spills"], countText), k["ops"]});
  }
  table.print(os);
}

} // namespace mx::inspect
