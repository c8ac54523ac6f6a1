// Which arrays hold memory, for errors that say it has run out. Only those of a page or more are kept in the list: what
// is smaller matters to nobody, and costs nothing.
#pragma once

#include "frontend/trace/Node.h"
#include "runtime/base/Status.h"

namespace mx::graph {

/// Puts a node that has a buffer on the list; takes it off, before its buffer goes.
void noteLive(Node &node);
void noteGone(Node &node) noexcept;

/// Adds the largest live arrays to the message of an error of kind outOfMemory; returns other errors as they are.
rt::Error withLiveArrays(rt::Error error);

} // namespace mx::graph
