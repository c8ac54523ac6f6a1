// Diagnostics carry nothing but a location, a text and notes: the mark is metadata of the location.
#include "ir/Blame.h"

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Location.h"

using namespace mlir;

namespace mx::ir {

static StringAttr mark(MLIRContext *ctx) { return StringAttr::get(ctx, "mx.input_error"); }

InFlightDiagnostic emitInputError(Operation *op) {
  MLIRContext *ctx = op->getContext();
  return emitError(FusedLoc::get(ctx, {op->getLoc()}, mark(ctx)));
}

bool blamesInput(const Diagnostic &diagnostic) {
  auto loc = dyn_cast<FusedLoc>(diagnostic.getLocation());
  return loc && loc.getMetadata() == mark(loc.getContext());
}

} // namespace mx::ir
