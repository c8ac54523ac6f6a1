// MX_DUMP: one folder per compiled program with every phase and kernel: NNNN-name/{00-traced, ..., 05-target}.mlir,
// program.json, times.json (measured, once it has run), kernels/K.{ll,s,o,h} with kernels/KernelAbi.h, which the headers include, or kernels/K.{spv,spvasm}.
#pragma once

#include "codegen/ProgramListing.h"

#include "mlir/IR/BuiltinOps.h"

namespace mx::codegen {

/// What a dump shows of one kernel.
struct KernelListing {
  /// Its module in phases tiled and target.
  std::string tiled, target;
  /// Further files by their extensions.
  std::vector<std::pair<std::string, std::string>> files;
  std::vector<EntryFacts> facts;
};

/// `op` as text, with a line feed.
std::string textOf(mlir::Operation *op);

/// Writes the dump of one program; does nothing unless a folder is named.
class Dump {
public:
  /// Dumps into `folder`, where an earlier dump is replaced; empty: into a new folder in MX_DUMP, numbered past those that are
  /// there. A folder that cannot be written is an error of kind file that names it.
  static rt::Result<Dump> open(llvm::StringRef programName, const std::string &folder = {});
  /// Removes the files of a dump, and nothing else, from a folder, which need not exist.
  static rt::Status clear(const std::string &folder);

  bool enabled() const { return !folder.empty(); }
  /// The path of a file in the folder.
  std::string path(llvm::StringRef file) const { return folder + "/" + file.str(); }
  /// `NN-phase.mlir`.
  rt::Status phase(int number, llvm::StringRef name, mlir::Operation *op) const;
  /// Writes one kernel's files and appends its modules to `04-tiled.mlir` and `05-target.mlir`; call in kernel order.
  rt::Status kernel(llvm::StringRef name, const KernelListing &listing) const;
  /// Writes `program.json` and has the program measure its steps, for `times.json`.
  rt::Status program(rt::CompiledProgram &program, const ListingSource &source) const;

private:
  rt::Status write(const std::string &file, llvm::StringRef text, bool append = false) const;
  std::string folder;
};

} // namespace mx::codegen
