// A hash map from nodes to numbers: open addressing, no removal. Walks of large graphs spend most of their time here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace mx::graph {
struct Node;
}

namespace mx::transforms {

/// Numbers of nodes. An address is only a key: the map holds no reference.
class NodeMap {
public:
  NodeMap() : slots(64) {}

  /// The number of `node`, made `fresh` when it had none; `inserted` says which.
  int32_t &findOrInsert(const graph::Node *node, int32_t fresh, bool &inserted) {
    if (2 * (count + 1) > slots.size())
      grow();
    Slot &slot = slotOf(node);
    inserted = !slot.node;
    if (inserted) {
      slot = {node, fresh};
      ++count;
    }
    return slot.number;
  }
  /// The number of `node`, or null.
  int32_t *find(const graph::Node *node) {
    Slot &slot = slotOf(node);
    return slot.node ? &slot.number : nullptr;
  }
  const int32_t *find(const graph::Node *node) const { return const_cast<NodeMap *>(this)->find(node); }

private:
  struct Slot {
    const graph::Node *node = nullptr;
    int32_t number = 0;
  };

  Slot &slotOf(const graph::Node *node) {
    const size_t mask = slots.size() - 1;
    // Nodes are some hundred bytes apart: multiply, then take the well-mixed high bits.
    size_t i = (reinterpret_cast<uintptr_t>(node) * 0x9E3779B97F4A7C15ull >> 32) & mask;
    while (slots[i].node && slots[i].node != node)
      i = (i + 1) & mask;
    return slots[i];
  }
  void grow() {
    std::vector<Slot> old(2 * slots.size());
    old.swap(slots);
    for (const Slot &slot : old)
      if (slot.node)
        slotOf(slot.node) = slot;
  }

  std::vector<Slot> slots;
  size_t count = 0;
};

} // namespace mx::transforms
