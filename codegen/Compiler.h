// Module and backend in, rt::CompiledProgram out: the only place that joins the pipelines.
#pragma once

#include "codegen/Backend.h"
#include "passes/Pipelines.h"

#include "mlir/IR/DialectRegistry.h"

#include <functional>
#include <string>

namespace mx::codegen {

/// What a compilation did.
struct CompileStats {
  int opsIn = 0, kernels = 0, dispatches = 0;
  /// externalMs: in LLVM or SPIRV-Tools, summed over threads.
  double totalMs = 0, passesMs = 0, codegenMs = 0, externalMs = 0;
  /// A fault of the compiler ended in a signal, which was caught. The module and its context are to be left as they are:
  /// not even destroyed.
  bool crashed = false;
};

struct CompileOptions {
  /// Off: every op is a kernel of its own. The results are the same.
  bool fuse = true;
  /// Off: no folding and no merging of equal ops. The results are the same.
  bool simplify = true;
  /// The folder the program is dumped into; empty: a new one where MX_DUMP says.
  std::string dumpFolder;
  /// Appends passes of others after those of a phase: what tools load as plugins.
  std::function<void(mlir::OpPassManager &pm, passes::Phase phase)> extend = nullptr;
  /// Off: all kernels are compiled anew and bear this program's names, so that equal programs give equal bytes.
  bool reuseKernels = true;
};

/// Registers every dialect and translation the compiler uses.
void registerDialects(mlir::DialectRegistry &registry);

class Compiler {
public:
  explicit Compiler(const Backend &backend, CompileOptions options = {}) : backend(backend), options(options) {}

  /// Compiles `func`, phase traced, of `module`; the module is consumed. The error is of kind internal unless the
  /// program itself is at fault, carries MLIR's diagnostics, and says how to replay it.
  rt::Result<rt::CompiledProgram> compile(mlir::ModuleOp module, llvm::StringRef func, CompileStats *stats = nullptr);

private:
  void addPasses(mlir::OpPassManager &pm, passes::Phase phase) const;

  const Backend &backend;
  CompileOptions options;
};

} // namespace mx::codegen
