// A program as JSON: what `program.json` of a dump says. Sizes are numbers, or expressions over s0, s1, ... as the IR
// writes them.
#pragma once

#include "codegen/KernelFacts.h"
#include "runtime/CompiledProgram.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/StringMap.h"

namespace mx::codegen {

/// What a listing says of a program beside the plain data.
struct ListingSource {
  /// Phase program, with the dispatches in the order of the steps.
  mlir::func::FuncOp func;
  /// Of each kernel.
  const llvm::StringMap<std::vector<EntryFacts>> &facts;
  std::string target;
};

std::string programListing(const rt::CompiledProgram &program, const ListingSource &source);

/// The lines of the user's program that a location stands for, each once, innermost first: `file:line`, or the place
/// where no line is known.
std::vector<std::string> linesOf(mlir::Location loc);

} // namespace mx::codegen
