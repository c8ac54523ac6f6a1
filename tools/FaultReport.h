// What mx-opt leaves of a fault of a pass: the IR and the pipeline, in a file that mx-opt --run-reproducer replays. A pass that
// reports an error and fails is no such fault: its message and the command line say it all.
#pragma once

#include "mlir/Pass/PassManager.h"

namespace mx::tools {

/// From here on a signal that ends the process, LLVM giving up included, writes the file of the pipeline that runs. The
/// arguments are the command line's, whose plugins a replay loads again.
void reportFaults(int argc, char **argv);

/// Keeps what the pipeline starts from for reportFaults, and writes the file if a pass leaves IR that does not verify.
void watchForFaults(mlir::PassManager &pm);

} // namespace mx::tools
