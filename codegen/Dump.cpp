// Writing of dumps. A folder that cannot be written is an error of the compilation, not a warning: whoever asked for a
// dump waits for it.
#include "codegen/Dump.h"

#include "codegen/KernelHeader.h"
#include "runtime/StepTimes.h"
#include "runtime/base/Env.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

#include <atomic>

namespace mx::codegen {

namespace {

rt::Error failed(const char *verb, llvm::StringRef path, std::error_code why) {
  return {rt::ErrorCode::file, "[dump] cannot " + std::string(verb) + " " + path.str() + ": " + why.message() + "; name a folder that can be written in MX_DUMP, or in the export"};
}

/// Makes a folder for the program in `directory`. Those of earlier processes stay as they are.
std::error_code createNumbered(llvm::StringRef directory, llvm::StringRef programName, llvm::SmallVectorImpl<char> &path) {
  static std::atomic<int> number{0};
  std::error_code ec;
  do {
    path.assign(directory.begin(), directory.end());
    llvm::sys::path::append(path, llvm::formatv("{0,0+4}-{1}", number++, programName.empty() ? "program" : programName).str());
    ec = llvm::sys::fs::create_directory(path, /*IgnoreExisting=*/false);
  } while (ec == std::errc::file_exists);
  return ec;
}

} // namespace

rt::Status Dump::clear(const std::string &folder) {
  for (const char *file : {"00-traced.mlir", "01-core.mlir", "02-fused.mlir", "03-program.mlir", "04-tiled.mlir", "05-target.mlir", "program.json", "times.json",
                           "reproducer.mlir"})
    if (std::error_code ec = llvm::sys::fs::remove(folder + "/" + file))
      return failed("remove", folder + "/" + file, ec);
  if (std::error_code ec = llvm::sys::fs::remove_directories(folder + "/kernels", /*IgnoreErrors=*/false))
    return failed("remove", folder + "/kernels", ec);
  return {};
}

rt::Result<Dump> Dump::open(llvm::StringRef programName, const std::string &folder) {
  Dump dump;
  const auto directory = folder.empty() ? rt::envString(rt::EnvVar::Dump) : std::optional(folder);
  if (!directory)
    return dump;
  if (std::error_code ec = llvm::sys::fs::create_directories(*directory))
    return failed("create", *directory, ec);
  llvm::SmallString<128> path(*directory);
  if (!folder.empty()) {
    if (rt::Status s = clear(folder); !s)
      return s.error();
  } else if (std::error_code ec = createNumbered(*directory, programName, path)) {
    return failed("create", path, ec);
  }
  dump.folder = path.str().str();
  llvm::sys::path::append(path, "kernels");
  if (std::error_code ec = llvm::sys::fs::create_directory(path))
    return failed("create", path, ec);
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
    return failed("write", path, ec);
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

rt::Status Dump::program(rt::CompiledProgram &program, const ListingSource &source) const {
  if (!enabled())
    return {};
  if (rt::Status s = write("program.json", programListing(program, source)); !s)
    return s;
  program.times = std::make_shared<rt::StepTimes>(folder + "/times.json", program.steps.size());
  return {};
}

} // namespace mx::codegen
