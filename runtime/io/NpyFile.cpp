// The format is NpyFormat's; here are sizes against the file, and the order of axes.
#include "runtime/io/NpyFile.h"

#include "runtime/Allocator.h"
#include "runtime/base/Files.h"
#include "runtime/io/NpyFormat.h"

#include <algorithm>
#include <cstring>

namespace mx::rt::io {
namespace {

/// Copies column-major elements to row-major order.
void transpose(const std::byte *from, std::byte *to, std::span<const int32_t> shape, int64_t bytes, size_t width) {
  std::vector<int64_t> index(shape.size()), strides;
  int64_t stride = static_cast<int64_t>(width);
  for (int32_t size : shape) {
    strides.push_back(stride);
    stride *= size;
  }
  int64_t source = 0;
  for (int64_t done = 0; done < bytes; done += static_cast<int64_t>(width)) {
    std::memcpy(to + done, from + source, width);
    for (size_t axis = shape.size(); axis-- > 0;) {
      source += strides[axis];
      if (++index[axis] < shape[axis])
        break;
      source -= strides[axis] * shape[axis];
      index[axis] = 0;
    }
  }
}

} // namespace

Result<NpyTensor> readNpy(const std::string &path) {
  auto fail = [&](const std::string &what) { return Error{ErrorCode::file, "file " + path + ": " + what}; };
  auto file = mapFile(path);
  if (!file)
    return file.error();
  const std::span bytes(reinterpret_cast<const char *>(file->bytes.data()), file->bytes.size());
  auto prefix = parseNpyPrefix(bytes.first(std::min(bytes.size(), kNpyMaxPrefix)));
  if (!prefix)
    return fail(prefix.error().message);
  if (prefix->headerBytes > bytes.size() - prefix->prefixBytes)
    return fail("ends inside the header");
  auto header = parseNpyHeader(bytes.subspan(prefix->prefixBytes, prefix->headerBytes));
  if (!header)
    return fail(header.error().message);
  const auto data = file->bytes.subspan(prefix->prefixBytes + prefix->headerBytes);
  const auto wanted = static_cast<size_t>(header->dataBytes);
  if (data.size() != wanted)
    return fail("needs " + std::to_string(wanted) + " bytes of elements; there are " + std::to_string(data.size()));
  auto buffer = hostAllocator().allocate(wanted);
  if (!buffer)
    return fail(buffer.error().message);
  auto *elements = static_cast<std::byte *>((*buffer)->data);
  if (header->fortranOrder && header->shape.size() > 1)
    transpose(data.data(), elements, header->shape, header->dataBytes, static_cast<size_t>(sizeOf(header->dtype)));
  else if (wanted)
    std::memcpy(elements, data.data(), wanted);
  toHostElements(reinterpret_cast<char *>(elements), header->dataBytes, header->dtype, header->bigEndian);
  return NpyTensor{std::move(*buffer), header->dtype, std::move(header->shape)};
}

Status writeNpy(const std::string &path, DType dtype, std::span<const int32_t> shape, const void *data) {
  const std::string header = formatNpyHeader(dtype, shape, /*fortranOrder=*/false);
  auto bytes = static_cast<size_t>(sizeOf(dtype));
  for (int32_t size : shape)
    bytes *= static_cast<size_t>(size);
  const std::span<const std::byte> parts[] = {std::as_bytes(std::span(header)), {static_cast<const std::byte *>(data), bytes}};
  return writeFile(path, parts);
}

} // namespace mx::rt::io
