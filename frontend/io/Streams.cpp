// What npy and safetensors share between their format and the streams.
#include "frontend/io/Streams.h"

#include "frontend/include/mx/ops.h"
#include "frontend/trace/Errors.h"
#include "runtime/Allocator.h"
#include "runtime/io/NpyFormat.h"

#include <bit>

namespace mx::io {

static_assert(std::endian::native == std::endian::little, "elements are written as they lie in memory");

void failFile(std::string_view op, const std::string &label, const rt::Error &error) {
  graph::raise({error.code, "[" + std::string(op) + "] " + label + ": " + error.message});
}
void failFile(std::string_view op, const std::string &label, const std::string &what) {
  failFile(op, label, rt::Error{rt::ErrorCode::file, what});
}

void checkStream(std::string_view op, const std::shared_ptr<Reader> &stream) {
  if (!stream || !stream->is_open() || !stream->good())
    failFile(op, stream ? stream->label() : "no stream", "cannot be read");
}
void checkStream(std::string_view op, const std::shared_ptr<Writer> &stream) {
  if (!stream || !stream->is_open() || !stream->good())
    failFile(op, stream ? stream->label() : "no stream", "cannot be written");
}

uint64_t remainingBytes(Reader &stream) {
  const size_t here = stream.tell();
  stream.seek(0, std::ios_base::end);
  const size_t end = stream.tell();
  stream.seek(static_cast<int64_t>(here));
  return end > here ? end - here : 0;
}

rt::BufferPtr readElements(std::string_view op, Reader &stream, uint64_t offset, int64_t bytes,
                           rt::DType dtype, bool bigEndian) {
  auto buffer = rt::hostAllocator().allocate(static_cast<size_t>(bytes));
  if (!buffer)
    failFile(op, stream.label(), buffer.error());
  char *data = static_cast<char *>((*buffer)->data);
  if (bytes > 0)
    stream.read(data, static_cast<size_t>(bytes), offset);
  rt::io::toHostElements(data, bytes, dtype, bigEndian);
  return std::move(*buffer);
}

array writable(array a, bool columnMajor) {
  a.eval();
  const array::Flags flags = a.flags();
  if (flags.row_contiguous || (columnMajor && flags.col_contiguous))
    return a;
  array copy = contiguous(a);
  copy.eval();
  return copy;
}

} // namespace mx::io
