// Views of data that exists: reshape, transpose, slice and broadcast of an available array are a new layout on the
// same buffer, no kernel.
#pragma once

#include "frontend/trace/Node.h"

namespace mx::graph {

/// Makes `node` available as a view when it is a view op on an available array that a layout can express. True when it did.
bool resolveView(Node &node);

} // namespace mx::graph
