// Where a debugger finds things in a node. gdb's printer of mx::array (scripts/gdb-printer.py, installed beside the library)
// reads this table and the nodes from memory: it calls nothing, so it works on core files and evaluates nothing. The order
// here is the order of FIELDS there.
#include "frontend/trace/Node.h"

#include <cstddef>

namespace mx::graph {

struct DebugLayout {
  int64_t offsets[15];
  const void *ops;
};

MX_PUBLIC_BEGIN
/// Read by name.
extern const DebugLayout debugLayout;
MX_PUBLIC_END

// The printer follows these as bare pointers, and takes small vectors apart.
static_assert(sizeof(ir::OpKind) == 2 && sizeof(rt::BufferPtr) == sizeof(void *) && sizeof(std::atomic<Layout *>) == sizeof(void *));
template <typename V> constexpr int64_t offsetOfPointer = sizeof(V) - sizeof(void *) - 2 * sizeof(size_t);

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Winvalid-offsetof"
const DebugLayout debugLayout = {{
                                     offsetof(Node, kind),
                                     offsetof(Node, op),
                                     offsetof(Node, dtype),
                                     offsetof(Node, status),
                                     offsetof(Node, hostScalar),
                                     offsetof(Node, index),
                                     offsetof(Node, shape) + offsetOfPointer<Shape>,
                                     offsetof(Node, stream) + offsetof(Stream, device),
                                     offsetof(Node, scalar),
                                     offsetof(Node, buffer),
                                     offsetof(Node, layout),
                                     offsetof(Layout, strides) + offsetOfPointer<Strides>,
                                     offsetof(Layout, offset),
                                     sizeof(ir::OpRow),
                                     offsetof(ir::OpRow, mnemonic),
                                 },
                                 &ir::rowOf(ir::OpKind{})};
#pragma GCC diagnostic pop

} // namespace mx::graph
