// From an error code below the frontend to the exception of the public API; for libraries with and without arrays.
#pragma once

#include "frontend/include/mx/error.h"
#include "runtime/base/Status.h"

namespace mx {

/// Throws the exception of `error`'s code. Code, hint and, from the `[op] ` that the message starts with, the op are filled in.
[[noreturn]] void throwTyped(const rt::Error &error, Error::Details details = {});

} // namespace mx
