// save_safetensors and load_safetensors.
#include "frontend/include/mx/transforms.h"
#include "frontend/io/SafetensorsFormat.h"
#include "frontend/io/Streams.h"
#include "frontend/trace/Dtypes.h"
#include "frontend/trace/Node.h"

namespace mx {

SafetensorsLoad load_safetensors(std::shared_ptr<io::Reader> in_stream, StreamOrDevice) {
  constexpr const char *op = "load_safetensors";
  io::checkStream(op, in_stream);
  io::Reader &in = *in_stream;
  const auto fail = [&](const auto &why) { io::failFile(op, in.label(), why); };
  const uint64_t start = in.tell(), available = io::remainingBytes(in);
  char prefix[8];
  if (available < sizeof prefix)
    fail("ends inside the header length, at offset " + std::to_string(start + available));
  in.read(prefix, sizeof prefix);
  auto headerBytes = io::parseSafetensorsPrefix(prefix, available);
  if (!headerBytes)
    fail(headerBytes.error());
  std::string text(*headerBytes, '\0');
  in.read(text.data(), text.size());
  const uint64_t dataStart = start + sizeof prefix + *headerBytes;
  auto index = io::parseSafetensorsHeader(text, available - sizeof prefix - *headerBytes);
  if (!index)
    fail(index.error());

  SafetensorsLoad result;
  for (const io::SafetensorsEntry &t : index->tensors) {
    rt::BufferPtr buffer = io::readElements(op, in, dataStart + t.begin, t.end - t.begin, t.dtype, false);
    result.first.emplace(t.name, graph::makeLeaf(t.shape, t.dtype, std::move(buffer)));
  }
  in.seek(0, std::ios_base::end);
  result.second.insert(index->metadata.begin(), index->metadata.end());
  return result;
}

SafetensorsLoad load_safetensors(const std::string &file, StreamOrDevice s) {
  return load_safetensors(std::make_shared<io::ParallelFileReader>(file), s);
}

void save_safetensors(std::shared_ptr<io::Writer> out_stream, std::unordered_map<std::string, array> arrays,
                      std::unordered_map<std::string, std::string> metadata) {
  constexpr const char *op = "save_safetensors";
  io::checkStream(op, out_stream);
  io::SafetensorsIndex index;
  std::vector<array> all;
  for (const auto &[name, a] : arrays) {
    all.push_back(a);
    index.tensors.push_back({name, graph::toRt(a.dtype()), a.shape()});
  }
  index.metadata.insert(metadata.begin(), metadata.end());
  auto header = io::formatSafetensorsHeader(index);
  if (!header)
    io::failFile(op, out_stream->label(), header.error());
  eval(all);
  for (auto &[name, a] : arrays)
    a = io::writable(a, false);

  out_stream->write(header->data(), header->size());
  for (const io::SafetensorsEntry &t : index.tensors) {
    const array &data = arrays.at(t.name);
    if (data.nbytes() > 0)
      out_stream->write(data.data<char>(), data.nbytes());
  }
  out_stream->finish();
}

void save_safetensors(std::string file, std::unordered_map<std::string, array> arrays,
                      std::unordered_map<std::string, std::string> metadata) {
  if (!file.ends_with(".safetensors"))
    file += ".safetensors";
  save_safetensors(std::make_shared<io::FileWriter>(std::move(file)), std::move(arrays), std::move(metadata));
}

} // namespace mx
