// Each message with its line in the user's program where it has one.
#include "codegen/Diagnostics.h"

#include "codegen/SourceLines.h"
#include "ir/Blame.h"

using namespace mlir;

namespace mx::codegen {

static std::string placeOf(Location loc) {
  auto line = resolveLoc(loc)->findInstanceOf<FileLineColLoc>();
  return line ? line.getFilename().str() + ":" + std::to_string(line.getLine()) + ": " : "";
}

Diagnostics::Diagnostics(MLIRContext *ctx) : thread(std::this_thread::get_id()), handler(ctx, [this](Diagnostic &d) {
  if (std::this_thread::get_id() != thread)
    return failure();
  if (d.getSeverity() != DiagnosticSeverity::Error)
    return success();
  inputAtFault |= ir::blamesInput(d);
  text += (text.empty() ? "" : "; ") + placeOf(d.getLocation()) + d.str();
  return success();
}) {}

} // namespace mx::codegen
