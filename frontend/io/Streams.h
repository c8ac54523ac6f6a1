// What npy and safetensors share between their format and the streams: error texts, sizes, buffers.
#pragma once

#include "frontend/include/mx/io.h"
#include "runtime/Buffer.h"
#include "runtime/base/DType.h"
#include "runtime/base/Status.h"

#include <cstdint>
#include <string>

namespace mx::io {

/// Throws FileError `[op] label: what`.
[[noreturn]] void failFile(std::string_view op, const std::string &label, const std::string &what);
/// Throws the exception of `error`'s code with the text `[op] label: message`.
[[noreturn]] void failFile(std::string_view op, const std::string &label, const rt::Error &error);

/// Throws unless the stream is there, open and good.
void checkStream(std::string_view op, const std::shared_ptr<Reader> &stream);
void checkStream(std::string_view op, const std::shared_ptr<Writer> &stream);

/// Bytes from the position to the end. The position stays.
uint64_t remainingBytes(Reader &stream);

/// A new buffer with `bytes` bytes of the stream from `offset` on, as elements of `dtype` in the host's byte
/// order. Booleans become 0 or 1.
rt::BufferPtr readElements(std::string_view op, Reader &stream, uint64_t offset, int64_t bytes,
                           rt::DType dtype, bool bigEndian);

/// `a`, evaluated and row-major without gaps; a column-major one stays as it is when `columnMajor` allows it.
array writable(array a, bool columnMajor);

} // namespace mx::io
