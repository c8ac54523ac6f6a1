// What this process may use of the machine, containers and affinity masks taken into account.
#pragma once

#include <cstddef>

namespace mx::rt {

/// Cores this process may run on: affinity mask and cgroup quota, at least 1.
int usableCores();
/// Bytes of memory of the machine or of the container, whichever is less.
size_t usableMemoryBytes();

} // namespace mx::rt
