// Which build of the compiler this is: caches that outlive the process ask for it.
#pragma once

#include <string>

namespace mx::codegen {

/// The build id that the linker gave the file this code is in, in its bytes: another compiler, another id. Empty when it has none.
const std::string &buildId();

} // namespace mx::codegen
