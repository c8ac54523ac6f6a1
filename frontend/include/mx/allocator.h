// Raw buffers, for code that makes arrays around memory of its own.
#pragma once

#include "mx/config.h"

#include <cstddef>

MX_PUBLIC_BEGIN
namespace mx::allocator {

/// A handle on an allocation; copies share it, none owns it.
class Buffer {
public:
  explicit Buffer(void *handle = nullptr) : handle(handle) {}
  /// The memory.
  void *raw_ptr();
  const void *raw_ptr() const;
  /// Opaque identity.
  void *ptr() { return handle; }
  const void *ptr() const { return handle; }

private:
  void *handle;
};

/// At least `size` bytes, aligned to 64. Throws DeviceError when memory or the memory limit is exhausted.
Buffer malloc(size_t size);
/// Gives a buffer of malloc back.
void free(Buffer buffer);

} // namespace mx::allocator
MX_PUBLIC_END
