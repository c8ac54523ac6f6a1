// What a transformation makes from a node runs where the node does, and has its source line.
#pragma once

#include "frontend/trace/Node.h"
#include "mx/stream.h"
#include "mx/utils.h"

#include <optional>

namespace mx::transforms {

/// Makes the node's stream the default of this thread, and its call that of new nodes, while it lives.
class NodeStream {
public:
  explicit NodeStream(const graph::Node &node) : source(node.source) {
    if (!(node.stream == default_stream(default_device())))
      scope.emplace(node.stream);
  }

private:
  graph::SourceScope source;
  std::optional<StreamContext> scope;
};

} // namespace mx::transforms
