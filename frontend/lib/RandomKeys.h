// The key of a draw that names none.
#pragma once

#include "frontend/include/mx/array.h"

namespace mx::random {

/// The next key of the thread's graph::KeySource, or of the process-wide sequence when there is none.
array implicitKey();

} // namespace mx::random
