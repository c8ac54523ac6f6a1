// Checks for finding faults in a program.
#pragma once

#include "mx/config.h"

MX_PUBLIC_BEGIN
namespace mx::debug {

/// With `on`, evaluation fails where an operation makes a NaN out of inputs that have none: an InvalidArgument names the first
/// such operation, the element, and the line of the call. NaNs of the user's own data pass. It holds for every device and for
/// what is evaluated from then on; every intermediate result is kept and looked at, and compiled functions run as they
/// would without mx::compile. Off at first; for the whole process.
void nan_check(bool on);

} // namespace mx::debug
MX_PUBLIC_END
