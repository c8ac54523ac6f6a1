// From return addresses to lines of the user's program. An op carries the address of the call that made it, which costs
// nothing; it is looked up when a location is shown, in dumps and errors.
#pragma once

#include "mlir/IR/Location.h"
#include "mlir/IR/Operation.h"

#include <string>

namespace mx::codegen {

/// The call that returns to `address`.
struct SourceLine {
  /// As the compiler was given it; empty without debug information.
  std::string file;
  uint32_t line = 0, column = 0;
  /// `function+0x1c`, or `module+0x1c` where no symbol is known.
  std::string place;

  /// `file:line`, or the place.
  std::string str() const { return file.empty() ? place : file + ":" + std::to_string(line); }
};

/// Looks an address up, once: answers are kept. The file is not one of mx's headers unless nothing else is known. Thread-safe.
SourceLine lineOf(const void *address);

/// A location that stands for the address; unknown for null.
mlir::Location addressLoc(mlir::MLIRContext *ctx, const void *address);
/// What an address location stands for: file, line and column, or the place as a name. Other locations are returned as they are.
mlir::Location resolveLoc(mlir::Location loc);
/// Resolves the locations of all ops below `root`.
void resolveLocs(mlir::Operation *root);

} // namespace mx::codegen
