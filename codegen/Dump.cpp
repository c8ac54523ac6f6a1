// Writing of dumps. A folder that cannot be written is an error of the compilation, not a warning: whoever asked for a
// dump waits for it.
#include "codegen/Dump.h"

#include "codegen/KernelHeader.h"
#include "runtime/base/Env.h"

#include <nlohmann/json.hpp>

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

#include <atomic>

namespace mx::codegen {

rt::Result<Dump> Dump::open(llvm::StringRef programName) {
  Dump dump;
  auto dir = rt::envString(rt::EnvVar::Dump);
  if (!dir || dir->empty())
    return dump;
  auto failed = [](llvm::StringRef path, std::error_code why) {
    return rt::Error{rt::ErrorCode::file, "[MX_DUMP] cannot create " + path.str() + ": " + why.message()};
  };
  if (std::error_code ec = llvm::sys::fs::create_directories(*dir))
    return failed(*dir, ec);
  // Folders of earlier processes stay as they are.
  static std::atomic<int> number{0};
  llvm::SmallString<128> path;
  std::error_code ec;
  do {
    path = *dir;
    llvm::sys::path::append(path, llvm::formatv("{0,0+4}-{1}", number++, programName.empty() ? "program" : programName).str());
    ec = llvm::sys::fs::create_directory(path, /*IgnoreExisting=*/false);
  } while (ec == std::errc::file_exists);
  if (ec)
    return failed(path, ec);
  dump.folder = path.str().str();
  llvm::sys::path::append(path, "kernels");
  if (std::error_code ec = llvm::sys::fs::create_directory(path))
    return failed(path, ec);
  if (rt::Status s = dump.write("kernels/KernelAbi.h", kernelAbiText()); !s)
    return s.error();
  return dump;
}

rt::Status Dump::write(const std::string &file, llvm::StringRef text, bool append) const {
  const std::string path = this->path(file);
  std::error_code ec;
  llvm::raw_fd_ostream os(path, ec, append ? llvm::sys::fs::OF_Append : llvm::sys::fs::OF_None);
  if (!ec) {
    os << text;
    os.close();
    ec = os.error();
    os.clear_error();
  }
  if (ec)
    return rt::Error{rt::ErrorCode::file, "[MX_DUMP] cannot write " + path + ": " + ec.message()};
  return {};
}

std::string textOf(mlir::Operation *op) {
  std::string s;
  llvm::raw_string_ostream os(s);
  op->print(os);
  return s + "\n";
}

rt::Status Dump::phase(int number, llvm::StringRef name, mlir::Operation *op) const {
  if (!enabled())
    return {};
  std::string text;
  llvm::raw_string_ostream os(text);
  op->print(os, mlir::OpPrintingFlags().enableDebugInfo());
  return write(llvm::formatv("{0,0+2}-{1}.mlir", number, name).str(), text + "\n");
}

rt::Status Dump::kernel(llvm::StringRef name, const KernelListing &listing) const {
  for (auto &[file, text] : {std::pair("04-tiled.mlir", &listing.tiled), std::pair("05-target.mlir", &listing.target)})
    if (rt::Status s = write(file, *text, /*append=*/true); !s)
      return s;
  for (const auto &[extension, text] : listing.files)
    if (rt::Status s = write("kernels/" + name.str() + "." + extension, text); !s)
      return s;
  return {};
}

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

} // namespace

rt::Status Dump::program(const rt::Program &program) const {
  if (!enabled())
    return {};
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
  json j = {{"name", program.name}, {"static", program.isStatic}, {"symbols", program.numSymbols}, {"inputs", inputs},
            {"outputs", outputs},   {"constants", constants},     {"arena", arena},                {"steps", steps}};
  return write("program.json", j.dump(2) + "\n");
}

} // namespace mx::codegen
