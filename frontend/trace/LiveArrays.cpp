// A set of nodes under a lock of its own. Whether a node is in it follows from its shape, so that leaving needs no look
// at the set for all the small ones.
#include "frontend/trace/LiveArrays.h"

#include "frontend/trace/Errors.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <unordered_set>

namespace mx::graph {
namespace {

constexpr int64_t kListedBytes = 4096;
constexpr size_t kReported = 5;

struct LiveArrays {
  std::mutex mutex;
  std::unordered_set<const Node *> nodes;
};

LiveArrays &liveArrays() {
  static auto *all = new LiveArrays; // arrays in static objects may outlive it
  return *all;
}

bool isListed(const Node &node) { return node.size() * rt::sizeOf(node.dtype) >= kListedBytes; }

struct Entry {
  size_t bytes;
  Shape shape;
  rt::DType dtype;
  const void *source;
};

/// One entry for each buffer: of the arrays that share it, the largest.
std::vector<Entry> largest() {
  std::map<const rt::Buffer *, const Node *> byBuffer;
  std::vector<Entry> entries;
  LiveArrays &all = liveArrays();
  std::lock_guard lock(all.mutex);
  for (const Node *node : all.nodes) {
    const Node *&first = byBuffer[node->buffer.get()];
    if (!first || first->size() < node->size())
      first = node;
  }
  for (const auto &[buffer, node] : byBuffer)
    entries.push_back({buffer->bytes, node->shape, node->dtype, node->source});
  const auto end = entries.begin() + std::min(kReported, entries.size());
  std::partial_sort(entries.begin(), end, entries.end(), [](const Entry &a, const Entry &b) { return a.bytes > b.bytes; });
  entries.erase(end, entries.end());
  return entries;
}

} // namespace

void noteLive(Node &node) {
  if (!isListed(node) || !node.buffer)
    return;
  LiveArrays &all = liveArrays();
  std::lock_guard lock(all.mutex);
  all.nodes.insert(&node);
}

void noteGone(Node &node) noexcept {
  if (!node.available() || !isListed(node))
    return;
  LiveArrays &all = liveArrays();
  std::lock_guard lock(all.mutex);
  all.nodes.erase(&node);
}

rt::Error withLiveArrays(rt::Error error) {
  if (error.code != rt::ErrorCode::outOfMemory)
    return error;
  const char *separator = "; the largest live arrays are ";
  for (const Entry &e : largest()) {
    error.message += separator + str(e.shape) + " " + std::string(rt::nameOf(e.dtype)) + " of " + std::to_string(e.bytes) + " bytes";
    if (e.source)
      error.message += " made at " + describeSource(e.source);
    separator = ", ";
  }
  return error;
}

} // namespace mx::graph
