// The plain data of the program, and what only its IR knows: which dispatch made the steps, the lines it came from, what it
// has to move and compute, and why it reads values from memory that another kernel left there.
#include "codegen/ProgramListing.h"

#include "codegen/KernelHeader.h"
#include "codegen/ProgramBuilder.h"
#include "ir/MxDialect.h"

#include "mlir/IR/SymbolTable.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/STLExtras.h"

#include <nlohmann/json.hpp>

namespace mx::codegen {
namespace {

using nlohmann::json;

// A number, or an expression over the sizes s0, s1, ... of the call as the IR writes it.
json toJson(const rt::SizeExpr &e) {
  if (e.isConstant())
    return e.value();
  return textOf(e, [](int64_t number) { return "s" + std::to_string(number); },
                [](rt::SizeExpr::Op op, const std::string &a, const std::string &b) {
                  static constexpr const char *names[] = {"", "", "+", "-", "*", "floordiv", "ceildiv", "mod", "max", "min"};
                  return "(" + a + " " + names[static_cast<int>(op)] + " " + b + ")";
                });
}

template <typename Range> json toJson(const Range &range) {
  json list = json::array();
  for (const auto &e : range)
    list.push_back(toJson(e));
  return list;
}

json toJson(const rt::Step &step) {
  static constexpr const char *kinds[] = {"input", "output", "arena", "constant"};
  json buffers = json::array();
  for (const rt::BufferRef &ref : step.buffers)
    buffers.push_back({{"kind", kinds[ref.kind]}, {"index", ref.index}});
  return {{"entry", step.entry.name},         {"units", toJson(step.units)},
          {"unit_ns", toJson(step.unitCost)}, {"scratch_bytes", step.entry.scratchBytes},
          {"scalars", toJson(step.scalars)},  {"buffers", buffers}};
}

json toJson(const std::vector<EntryFacts> &entries) {
  json list = json::array();
  for (const EntryFacts &entry : entries) {
    json row = {{"name", entry.entry}};
    for (auto [name, count] : entry.counts)
      row[name] = count;
    list.push_back(row);
  }
  return list;
}

// Ops of a kernel with how often each is there, in order of appearance.
json opsOf(ir::program::KernelOp kernel) {
  llvm::MapVector<mlir::StringRef, int> counts;
  kernel.walk([&](mlir::Operation *op) {
    if (const ir::OpRow *row = ir::rowOf(op))
      ++counts[row->mnemonic];
  });
  json list = json::array();
  for (auto [name, count] : counts)
    list.push_back({name.str(), count});
  return list;
}

// Values that a dispatch reads from memory although another one computed them, and why.
json edgesOf(ir::program::DispatchOp dispatch, const llvm::DenseMap<mlir::Operation *, int> &numbers) {
  json list = json::array();
  for (auto [i, v] : llvm::enumerate(dispatch.getInputs())) {
    mlir::Operation *producer = v.getDefiningOp<ir::program::DispatchOp>();
    if (!producer)
      continue;
    mlir::StringRef reason = "it is one of several kernels that run as one";
    if (auto reasons = dispatch.getReasonsAttr())
      if (auto text = reasons.getAs<mlir::StringAttr>(std::to_string(i)))
        reason = text.getValue();
    const ir::Dim bytes = ir::product(ir::dimsOf(v)) * ir::Dim(rt::sizeOf(ir::dtypeOf(v)));
    list.push_back({{"operand", i}, {"producer", numbers.lookup(producer)}, {"bytes", toJson(bytes.toSizeExpr())}, {"reason", reason.str()}});
  }
  return list;
}

// The end of the steps that a dispatch of `kernel` made from `first` on: they run its entries, which carry its name and
// perhaps a suffix. The same entry again is another dispatch.
size_t stepsEnd(const rt::CompiledProgram &program, size_t first, const std::string &kernel) {
  size_t step = first;
  for (; step < program.steps.size(); ++step) {
    const std::string &entry = program.steps[step].entry.name;
    if ((entry != kernel && !mlir::StringRef(entry).starts_with(kernel + "_")) || (step > first && entry == program.steps[first].entry.name))
      break;
  }
  return step;
}

json dispatchesOf(const rt::CompiledProgram &program, mlir::func::FuncOp func) {
  json list = json::array();
  llvm::DenseMap<mlir::Operation *, int> numbers;
  mlir::SymbolTable symbols(func->getParentOp());
  size_t step = 0;
  for (auto dispatch : func.getOps<ir::program::DispatchOp>()) {
    auto kernel = symbols.lookup<ir::program::KernelOp>(dispatch.getKernel());
    const KernelFacts facts = factsOf(kernel);
    mlir::ArrayRef<ir::Dim> sizes;
    if (auto attr = dispatch.getSymbolsAttr())
      sizes = attr.getDims();
    const size_t first = step;
    const std::string name = kernel.getSymName().str();
    step = stepsEnd(program, first, name);
    list.push_back({{"kernel", name},
                    {"first_step", first},
                    {"steps", step - first},
                    {"bytes_read", toJson(inProgram(facts.bytesRead.toSizeExpr(), sizes))},
                    {"bytes_written", toJson(inProgram(facts.bytesWritten.toSizeExpr(), sizes))},
                    {"flops", toJson(inProgram(facts.flops.toSizeExpr(), sizes))},
                    {"lines", linesOf(dispatch.getLoc())},
                    {"edges", edgesOf(dispatch, numbers)}});
    numbers[dispatch] = static_cast<int>(list.size()) - 1;
  }
  return list;
}

} // namespace

std::vector<std::string> linesOf(mlir::Location loc) {
  std::vector<std::string> lines;
  loc->walk([&](mlir::Location part) {
    std::string line;
    if (auto file = mlir::dyn_cast<mlir::FileLineColLoc>(part))
      line = file.getFilename().str() + ":" + std::to_string(file.getLine());
    else if (auto name = mlir::dyn_cast<mlir::NameLoc>(part); name && mlir::isa<mlir::UnknownLoc>(name.getChildLoc()))
      line = name.getName().str();
    if (!line.empty() && !llvm::is_contained(lines, line))
      lines.push_back(line);
    return mlir::WalkResult::advance();
  });
  return lines;
}

std::string programListing(const rt::CompiledProgram &program, const ListingSource &source) {
  json inputs = json::array(), outputs = json::array(), constants = json::array(), slots = json::array(), steps = json::array();
  for (const rt::InputSpec &input : program.inputs)
    inputs.push_back({{"dtype", rt::nameOf(input.dtype)}, {"shape", toJson(input.dims)}});
  for (const rt::OutputSpec &output : program.outputs)
    outputs.push_back({{"dtype", rt::nameOf(output.dtype)}, {"shape", toJson(output.dims)}, {"bytes", toJson(output.bytes)}, {"donor", output.donor}});
  for (const rt::ConstantSpec &constant : program.constants)
    constants.push_back({{"bytes", constant.bytes}});
  for (const rt::ArenaSlot &slot : program.arena)
    slots.push_back({{"offset", slot.offset}, {"bytes", toJson(slot.bytes)}, {"first_step", slot.firstStep}, {"last_step", slot.lastStep}});
  for (const rt::Step &step : program.steps)
    steps.push_back(toJson(step));
  json arena = {{"bytes", program.arenaStats.planned},
                {"bytes_without_reuse", program.arenaStats.withoutReuse},
                {"bytes_max_live", program.arenaStats.maxLive},
                {"slots", slots}};
  json kernels = json::object();
  for (auto kernel : source.func->getParentOfType<mlir::ModuleOp>().getOps<ir::program::KernelOp>())
    kernels[kernel.getSymName().str()] = {{"kind", kernel.getKind().str()},
                                          {"ops", opsOf(kernel)},
                                          {"lines", linesOf(kernel.getLoc())},
                                          {"entries", toJson(source.facts.lookup(kernel.getSymName()))}};
  json j = {{"name", program.name}, {"target", source.target},  {"static", program.isStatic}, {"symbols", program.numSymbols},
            {"inputs", inputs},     {"outputs", outputs},       {"constants", constants},     {"arena", arena},
            {"kernels", kernels},   {"dispatches", dispatchesOf(program, source.func)},       {"steps", steps}};
  return j.dump(2) + "\n";
}

} // namespace mx::codegen
