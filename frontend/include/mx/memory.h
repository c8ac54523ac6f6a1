// Statistics and limits of the allocator.
#pragma once

#include "mx/config.h"

#include <cstddef>

MX_PUBLIC_BEGIN
namespace mx {

/// Bytes in use by arrays and running programs; the cache not counted.
size_t get_active_memory();
/// Largest active memory since the start or the last reset.
size_t get_peak_memory();
/// Starts the peak anew from the active memory.
void reset_peak_memory();
/// Bytes kept for reuse.
size_t get_cache_memory();
/// Sets the limit of active memory in bytes and returns the former one. Past it allocations throw DeviceError.
size_t set_memory_limit(size_t limit);
size_t get_memory_limit();
/// Sets how many bytes may be kept for reuse and returns the former limit.
size_t set_cache_limit(size_t limit);
/// Gives the kept memory back to the system.
void clear_cache();
/// Accepted for programs that set it; memory is not wired here. Returns the former value.
size_t set_wired_limit(size_t limit);

} // namespace mx
MX_PUBLIC_END
