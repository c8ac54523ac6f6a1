// One tensor as an npy file, for tools that have no arrays.
#pragma once

#include "runtime/Buffer.h"
#include "runtime/base/DType.h"
#include "runtime/base/Status.h"

#include <span>
#include <string>
#include <vector>

namespace mx::rt::io {

/// Elements in row-major order.
struct NpyTensor {
  BufferPtr buffer;
  DType dtype = DType::float32;
  std::vector<int32_t> shape;
};

/// Reads the file; the error names it and what is wrong.
Result<NpyTensor> readNpy(const std::string &path);
/// Writes it, whole or not at all.
Status writeNpy(const std::string &path, DType dtype, std::span<const int32_t> shape, const void *data);

} // namespace mx::rt::io
