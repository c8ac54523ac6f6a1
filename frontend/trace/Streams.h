// What of the runtime is behind a public device or stream.
#pragma once

#include "frontend/include/mx/stream.h"
#include "runtime/Stream.h"

#include <memory>
#include <string_view>

namespace mx::graph {

/// How messages call a kind of device.
std::string_view nameOf(Device::DeviceType type);
/// A device by its public name; Device::automatic is none. Throws DeviceError when it is not available.
rt::Device &runtimeDevice(const Device &d);
/// The queue of a stream. Throws InvalidArgument for one that does not exist, DeviceError without its device.
rt::Stream &runtimeStream(const Stream &s);
/// The queue for work on arrays of a stream, whichever thread it belongs to: the device's default one when the stream is gone.
std::shared_ptr<rt::Stream> queueOf(const Stream &s);

} // namespace mx::graph
