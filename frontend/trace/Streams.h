// The runtime's queue behind a public stream.
#pragma once

#include "frontend/include/mx/stream.h"
#include "runtime/Stream.h"

namespace mx::graph {

/// The queue of a stream. Throws InvalidArgument for one that does not exist, DeviceError without its device.
rt::Stream &runtimeStream(const Stream &s);

} // namespace mx::graph
