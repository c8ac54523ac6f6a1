// MX_DUMP: one folder per compiled program with every phase and kernel, NNNN-name/{00-traced,01-core,...}.mlir
// and kernels/K.{ll,s,o}.
#pragma once

#include "codegen/cpu/CpuPipeline.h"
#include "runtime/Program.h"

namespace mx::codegen {

/// Writes the dump of one program; does nothing unless MX_DUMP names a directory.
class Dump {
public:
  /// Creates the folder. An unwritable directory is an error of kind file that names it.
  static rt::Result<Dump> open(llvm::StringRef programName);

  bool enabled() const { return !folder.empty(); }
  /// `NN-phase.mlir`.
  rt::Status phase(int number, llvm::StringRef name, mlir::Operation *op) const;
  /// Appends one kernel's module to `04-tiled.mlir` or `05-target.mlir`; call in kernel order.
  rt::Status kernel(llvm::StringRef name, llvm::StringRef tiled, llvm::StringRef targetIR, const ObjectCode &code) const;
  rt::Status program(const rt::Program &program) const;

private:
  rt::Status write(const std::string &file, llvm::StringRef text, bool append = false) const;
  std::string folder;
};

} // namespace mx::codegen
