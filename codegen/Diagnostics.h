// MLIR's diagnostics as the text of an error.
#pragma once

#include "runtime/base/Status.h"

#include "mlir/IR/Diagnostics.h"

#include <string>
#include <thread>

namespace mx::codegen {

/// Collects the errors that this thread reports while it lives; other threads compile in the same context.
class Diagnostics {
public:
  explicit Diagnostics(mlir::MLIRContext *ctx);
  /// An error: `what`, and what was reported. Not internal where a report blames the input (ir/Blame.h), but an invalid argument.
  rt::Error error(std::string what, rt::ErrorCode code = rt::ErrorCode::internal) const {
    return {inputAtFault && code == rt::ErrorCode::internal ? rt::ErrorCode::invalidArgument : code, what + (text.empty() ? "" : ": " + text)};
  }

private:
  std::thread::id thread;
  std::string text;
  bool inputAtFault = false;
  mlir::ScopedDiagnosticHandler handler;
};

} // namespace mx::codegen
