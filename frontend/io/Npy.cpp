// save and load: one array in NumPy's npy format.
#include "frontend/include/mx/ops.h"
#include "frontend/io/Streams.h"
#include "frontend/trace/Dtypes.h"
#include "frontend/trace/Errors.h"
#include "frontend/trace/Node.h"
#include "runtime/io/NpyFormat.h"

#include <algorithm>

namespace mx {
namespace {

/// Reads the array at the stream's position and moves past it. `whole`: nothing may follow.
array readNpy(io::Reader &in, bool whole) {
  const auto fail = [&](const auto &why) { io::failFile("load", in.label(), why); };
  const uint64_t start = in.tell(), available = io::remainingBytes(in);
  char bytes[rt::io::kNpyMaxPrefix];
  const size_t head = std::min<uint64_t>(available, sizeof bytes);
  in.read(bytes, head);
  auto prefix = rt::io::parseNpyPrefix({bytes, head});
  if (!prefix)
    fail(prefix.error());
  if (prefix->headerBytes > available - prefix->prefixBytes)
    fail("ends inside the header, which needs " + std::to_string(prefix->headerBytes) +
         " bytes from offset " + std::to_string(start + prefix->prefixBytes));

  std::string text(prefix->headerBytes, '\0');
  in.read(text.data(), text.size(), start + prefix->prefixBytes);
  auto header = rt::io::parseNpyHeader(text);
  if (!header)
    fail(header.error());
  const uint64_t dataStart = prefix->prefixBytes + prefix->headerBytes, held = available - dataStart;
  const Shape shape(header->shape.begin(), header->shape.end());
  const uint64_t wanted = static_cast<uint64_t>(header->dataBytes);
  if (wanted > held || (whole && wanted < held))
    fail("shape " + graph::str(shape) + " of " + std::string(rt::nameOf(header->dtype)) + " needs " +
         std::to_string(wanted) + " bytes from offset " + std::to_string(start + dataStart) + "; there are " +
         std::to_string(held));

  rt::BufferPtr buffer =
      io::readElements("load", in, start + dataStart, header->dataBytes, header->dtype, header->bigEndian);
  in.seek(static_cast<int64_t>(start + dataStart + wanted));
  if (!header->fortranOrder || shape.size() < 2)
    return graph::makeLeaf(shape, header->dtype, std::move(buffer));

  // Column-major data is row-major data of the transposed array; the view costs nothing.
  const Shape reversed(shape.rbegin(), shape.rend());
  const array rows = graph::makeLeaf(reversed, header->dtype, std::move(buffer));
  graph::Layout layout;
  int64_t stride = 1;
  for (int32_t size : shape) {
    layout.strides.push_back(stride);
    stride *= size;
  }
  layout.dataSize = stride;
  layout.rowContiguous =
      std::count_if(shape.begin(), shape.end(), [](int32_t d) { return d != 1; }) < 2;
  return graph::makeView(rows, shape, std::move(layout));
}

void writeNpy(io::Writer &out, const array &a) {
  const array data = io::writable(a, true);
  const bool fortranOrder = !data.flags().row_contiguous;
  const std::string header = rt::io::formatNpyHeader(graph::toRt(data.dtype()), data.shape(), fortranOrder);
  out.write(header.data(), header.size());
  if (data.nbytes() > 0)
    out.write(data.data<char>(), data.nbytes());
  out.finish();
}

} // namespace

void save(std::shared_ptr<io::Writer> out_stream, array a) {
  io::checkStream("save", out_stream);
  writeNpy(*out_stream, a);
}

void save(std::string file, array a) {
  if (!file.ends_with(".npy"))
    file += ".npy";
  // Evaluated first, so that an array that cannot be computed leaves no trace on the disk.
  a.eval();
  save(std::make_shared<io::FileWriter>(std::move(file)), std::move(a));
}

array load(std::shared_ptr<io::Reader> in_stream, StreamOrDevice) {
  io::checkStream("load", in_stream);
  return readNpy(*in_stream, false);
}

array load(std::string file, StreamOrDevice) {
  std::shared_ptr<io::Reader> in = std::make_shared<io::ParallelFileReader>(std::move(file));
  io::checkStream("load", in);
  return readNpy(*in, true);
}

} // namespace mx
