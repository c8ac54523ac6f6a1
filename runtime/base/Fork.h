// Tells a forked child that its parent's threads are not there. Owners of threads compare generations before
// they use them and start over when it changed.
#pragma once

#include <cstdint>

namespace mx::rt {

/// 0 in the process that started first, one more in each forked child. Costs a load.
uint32_t forkGeneration();

} // namespace mx::rt
