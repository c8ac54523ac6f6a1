// Compiles as a program would and drops the code: only the dump is wanted.
#include "tools/inspect/CompileFile.h"

#include "codegen/Compiler.h"
#include "codegen/Diagnostics.h"
#include "codegen/cpu/CpuBackend.h"
#include "codegen/spirv/SpirvBackend.h"
#include "codegen/spirv/SpirvPipeline.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Parser/Parser.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"

#include <cstdlib>
#include <memory>
#include <vector>

namespace mx::inspect {
namespace {

rt::Result<std::unique_ptr<codegen::Backend>> backendFor(llvm::StringRef target) {
  if (target.consume_front("spirv:")) {
    auto spirv = codegen::spirvTarget(target);
    if (!spirv)
      return spirv.error();
    return std::unique_ptr<codegen::Backend>(std::make_unique<codegen::SpirvBackend>(std::move(*spirv)));
  }
  auto cpu = codegen::cpuTarget(target);
  if (!cpu)
    return rt::Error{rt::ErrorCode::invalidArgument,
                     "the target '" + target.str() + "' is none of native, x86-64, x86-64-v3, x86-64-v4, spirv:vulkan1.2, spirv:lavapipe"};
  return std::unique_ptr<codegen::Backend>(std::make_unique<codegen::CpuBackend>(std::move(*cpu)));
}

// A folder that is removed at exit.
rt::Result<std::string> temporaryFolder() {
  llvm::SmallString<128> path;
  if (std::error_code ec = llvm::sys::fs::createUniqueDirectory("mx-inspect", path))
    return rt::Error{rt::ErrorCode::file, "cannot create a temporary folder: " + ec.message()};
  static auto *folders = new std::vector<std::string>;
  if (folders->empty())
    std::atexit([] {
      for (const std::string &folder : *folders)
        llvm::sys::fs::remove_directories(folder);
    });
  folders->push_back(path.str().str());
  return folders->back();
}

} // namespace

rt::Result<std::string> compileFile(const std::string &path, const std::string &target) {
  auto backend = backendFor(target);
  if (!backend)
    return backend.error();
  mlir::DialectRegistry registry;
  codegen::registerDialects(registry);
  codegen::registerSpirvDialects(registry);
  mlir::MLIRContext context(registry);
  context.loadAllAvailableDialects();
  codegen::Diagnostics diagnostics(&context);
  mlir::OwningOpRef<mlir::ModuleOp> module = mlir::parseSourceFile<mlir::ModuleOp>(path, &context);
  if (!module)
    return diagnostics.error(path + " is no file of mx IR", rt::ErrorCode::file);
  auto folder = temporaryFolder();
  if (!folder)
    return folder;
  codegen::CompileOptions options;
  int number = 0;
  for (auto func : module->getOps<mlir::func::FuncOp>()) {
    if (func.isPrivate() || func.isExternal())
      continue;
    mlir::OwningOpRef<mlir::ModuleOp> copy = module->clone();
    options.dumpFolder = *folder + llvm::formatv("/{0,0+4}-{1}", number++, func.getName()).str();
    if (auto program = codegen::Compiler(**backend, options).compile(*copy, func.getName()); !program)
      return program.error();
  }
  return folder;
}

} // namespace mx::inspect
