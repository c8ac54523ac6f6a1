// The end of a Buffer's life: back to its allocator, or to the user's deleter.
#include "runtime/Buffer.h"

#include "runtime/Allocator.h"

namespace mx::rt {
namespace {

struct ForeignBuffer : Buffer {
  std::function<void(void *)> deleter;
};

} // namespace

void destroy(Buffer *buffer) noexcept {
  if (buffer->owner)
    return buffer->owner->release(buffer);
  auto *foreign = static_cast<ForeignBuffer *>(buffer);
  if (foreign->deleter)
    foreign->deleter(foreign->data);
  delete foreign;
}

BufferPtr wrapForeign(void *data, size_t bytes, std::function<void(void *)> deleter) {
  auto *buffer = new ForeignBuffer;
  buffer->data = data;
  buffer->bytes = bytes;
  buffer->deleter = std::move(deleter);
  return BufferPtr::adopt(buffer);
}

} // namespace mx::rt
