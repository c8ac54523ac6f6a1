// What a transformation makes from a node runs where the node does.
#pragma once

#include "frontend/trace/Node.h"
#include "mx/stream.h"
#include "mx/utils.h"

#include <optional>

namespace mx::transforms {

/// Makes the node's stream the default of this thread while it lives.
class NodeStream {
public:
  explicit NodeStream(const graph::Node &node) {
    if (!(node.stream == default_stream(default_device())))
      scope.emplace(node.stream);
  }

private:
  std::optional<StreamContext> scope;
};

} // namespace mx::transforms
