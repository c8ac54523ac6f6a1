// Rows of mx-bench-compile about SPIR-V.
#pragma once

namespace mx::bench {

void addSpirvRows();

} // namespace mx::bench
