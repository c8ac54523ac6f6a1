// Writing of dumps. A folder that cannot be written is an error of the compilation, not a warning: whoever asked for a
// dump waits for it.
#include "codegen/Dump.h"

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
  static std::atomic<int> number{0};
  std::string name = llvm::formatv("{0,0+4}-{1}", number++, programName.empty() ? "program" : programName).str();
  llvm::SmallString<128> path(*dir);
  llvm::sys::path::append(path, name);
  dump.folder = path.str().str();
  llvm::sys::path::append(path, "kernels");
  if (std::error_code ec = llvm::sys::fs::create_directories(path))
    return rt::Error{rt::ErrorCode::file, "MX_DUMP: cannot create " + path.str().str() + ": " + ec.message()};
  return dump;
}

rt::Status Dump::write(const std::string &file, llvm::StringRef text, bool append) const {
  const std::string path = folder + "/" + file;
  std::error_code ec;
  llvm::raw_fd_ostream os(path, ec, append ? llvm::sys::fs::OF_Append : llvm::sys::fs::OF_None);
  if (!ec) {
    os << text;
    os.close();
    ec = os.error();
    os.clear_error();
  }
  if (ec)
    return rt::Error{rt::ErrorCode::file, "MX_DUMP: cannot write " + path + ": " + ec.message()};
  return {};
}

rt::Status Dump::phase(int number, llvm::StringRef name, mlir::Operation *op) const {
  if (!enabled())
    return {};
  std::string text;
  llvm::raw_string_ostream os(text);
  op->print(os, mlir::OpPrintingFlags().enableDebugInfo());
  return write(llvm::formatv("{0,0+2}-{1}.mlir", number, name).str(), text + "\n");
}

rt::Status Dump::kernel(llvm::StringRef name, llvm::StringRef tiled, llvm::StringRef targetIR, const ObjectCode &code) const {
  if (!enabled())
    return {};
  const std::string stem = "kernels/" + name.str();
  for (auto &[file, text, append] : {std::tuple<std::string, llvm::StringRef, bool>{"04-tiled.mlir", tiled, true},
                                     {"05-target.mlir", targetIR, true},
                                     {stem + ".ll", code.llvmIR, false},
                                     {stem + ".s", code.assembly, false},
                                     {stem + ".o", llvm::StringRef(code.object.data(), code.object.size()), false}})
    if (rt::Status s = write(file, text, append); !s)
      return s;
  return {};
}

rt::Status Dump::program(const rt::Program &program) const {
  if (!enabled())
    return {};
  using nlohmann::json;
  json steps = json::array();
  static constexpr const char *kinds[] = {"input", "output", "arena", "constant"};
  for (const rt::Step &step : program.steps) {
    json buffers = json::array();
    for (const rt::BufferRef &ref : step.buffers)
      buffers.push_back({{"kind", kinds[ref.kind]}, {"index", ref.index}});
    json units = step.units.isConstant() ? json(step.units.value()) : json(nullptr);
    steps.push_back({{"kernel", step.entry.name}, {"units", units}, {"scratch_bytes", step.entry.scratchBytes}, {"buffers", buffers}});
  }
  json arena = {{"bytes", program.arenaStats.planned}, {"bytes_without_reuse", program.arenaStats.withoutReuse}, {"bytes_max_live", program.arenaStats.maxLive}};
  json j = {{"name", program.name}, {"inputs", program.inputs.size()}, {"outputs", program.outputs.size()},
            {"static", program.isStatic}, {"arena", arena}, {"steps", steps}};
  return write("program.json", j.dump(2) + "\n");
}

} // namespace mx::codegen
