// Outputs are read in the order of the program. Inputs are only looked at when an output has a NaN, which is rare.
#include "frontend/eval/NanCheck.h"

#include "frontend/include/mx/debug.h"
#include "frontend/trace/Errors.h"

#include <atomic>
#include <cstring>
#include <unordered_map>

namespace mx {
namespace graph {
namespace {

std::atomic<bool> nansChecked{false};

// NaN by its bits: whatever the flags of the build, and as integers that vectorise.
template <typename Bits> bool isNan(Bits bits, Bits infinity) { return (bits & ~(Bits(1) << (8 * sizeof(Bits) - 1))) > infinity; }

template <typename Bits> int64_t firstNan(const void *data, int64_t count, Bits infinity) {
  const auto *bytes = static_cast<const char *>(data);
  constexpr int64_t kBlock = 1024;
  for (int64_t from = 0; from < count; from += kBlock) {
    const int64_t end = std::min(count, from + kBlock);
    bool found = false;
    auto at = [&](int64_t i) {
      Bits bits;
      std::memcpy(&bits, bytes + i * int64_t(sizeof(Bits)), sizeof(Bits));
      return isNan(bits, infinity);
    };
    for (int64_t i = from; i < end; ++i)
      found |= at(i);
    for (int64_t i = from; found && i < end; ++i)
      if (at(i))
        return i;
  }
  return -1;
}

// The place of the first NaN among `count` elements that lie in a row; -1 for none.
int64_t firstNan(const void *data, int64_t count, rt::DType dtype) {
  switch (dtype) {
  case rt::DType::float16: return firstNan<uint16_t>(data, count, 0x7c00);
  case rt::DType::bfloat16: return firstNan<uint16_t>(data, count, 0x7f80);
  case rt::DType::float32: return firstNan<uint32_t>(data, count, 0x7f800000);
  case rt::DType::float64: return firstNan<uint64_t>(data, count, 0x7ff0000000000000);
  case rt::DType::complex64: {
    const int64_t part = firstNan<uint32_t>(data, 2 * count, 0x7f800000);
    return part < 0 ? part : part / 2;
  }
  default: return -1;
  }
}

// True when an available array has a NaN among its own elements.
rt::Result<bool> hasNan(const Node &node) {
  if (!rt::isFloat(node.dtype) && !rt::isComplex(node.dtype))
    return false;
  const auto *first = static_cast<const char *>(dataOf(node));
  if (!node.hostScalar)
    if (rt::Status status = rt::hostAccess(first); !status)
      return status.error();
  if (node.hostScalar || layoutOf(node).rowContiguous)
    return firstNan(first, node.size(), node.dtype) >= 0;
  // Element by element, the last axis fastest.
  const Strides &strides = layoutOf(node).strides;
  SmallVector<int64_t, 8> index(node.shape.size());
  for (int64_t n = node.size(); n > 0; --n) {
    int64_t offset = 0;
    for (size_t axis = 0; axis < index.size(); ++axis)
      offset += index[axis] * strides[axis];
    if (firstNan(first + offset * rt::sizeOf(node.dtype), 1, node.dtype) >= 0)
      return true;
    for (size_t axis = index.size(); axis-- > 0;) {
      if (++index[axis] < node.shape[axis])
        break;
      index[axis] = 0;
    }
  }
  return false;
}

std::string elementText(int64_t position, const Shape &shape) {
  Shape index = shape;
  for (size_t axis = shape.size(); axis-- > 0;) {
    index[axis] = static_cast<int32_t>(position % shape[axis]);
    position /= shape[axis];
  }
  return str(index);
}

rt::Error nanError(const Node &node, int64_t position) {
  std::string text = "[" + std::string(ir::rowOf(node.op).api) + "] makes a NaN of inputs that have none: element " +
                     elementText(position, node.shape) + " of " + std::string(rt::nameOf(node.dtype)) + " " + str(node.shape);
  if (node.source)
    text.append(kCalledAt).append(describeSource(node.source));
  text += "; keep its inputs where it is defined, with where, maximum or clip";
  return {rt::ErrorCode::invalidArgument, std::move(text)};
}

} // namespace

bool checkingNans() { return nansChecked.load(std::memory_order_relaxed); }

rt::Status findNan(const Job &job) {
  std::unordered_map<const Node *, bool> known; // whether it has a NaN, by output
  for (size_t i = 0; i < job.outputs.size(); ++i) {
    const Node &node = *job.outputs[i].get();
    const rt::BufferPtr &buffer = i < job.buffers.size() && job.buffers[i] ? job.buffers[i] : node.buffer;
    if (rt::Status status = rt::hostAccess(buffer->data); !status)
      return status;
    const int64_t position = firstNan(buffer->data, node.size(), node.dtype);
    known[&node] = position >= 0;
    if (position < 0)
      continue;
    bool passedOn = false;
    for (Node *edge : node.inputs) {
      const Node *input = resolve(edge);
      if (auto it = known.find(input); it != known.end()) {
        passedOn |= it->second;
      } else if (input->available()) {
        auto found = hasNan(*input);
        if (!found)
          return found.error();
        passedOn |= *found;
      }
    }
    if (!passedOn)
      return nanError(node, position);
  }
  return {};
}

} // namespace graph

void debug::nan_check(bool on) { graph::nansChecked.store(on, std::memory_order_relaxed); }

} // namespace mx
