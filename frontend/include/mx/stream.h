// Streams: ordered queues of work on a device.
#pragma once

#include "mx/device.h"

#include <variant>
#include <vector>

MX_PUBLIC_BEGIN
namespace mx {

/// A queue of a device. What async_eval starts on one stream runs in order, on the stream's thread; eval runs on the caller and
/// waits only for what it needs.
struct Stream {
  int index;
  Device device;
  Stream(int index, Device device) : index(index), device(device) {}
};

/// Stands for one stream per thread: each thread that uses it gets its own.
struct ThreadLocalStream {
  int index;
  Device device;
  ThreadLocalStream(int index, Device device) : index(index), device(device) {}
};

inline bool operator==(const Stream &a, const Stream &b) { return a.index == b.index && a.device == b.device; }
inline bool operator!=(const Stream &a, const Stream &b) { return !(a == b); }

/// Where an op runs: nothing named (the default stream of the default device), a stream or a device.
using StreamOrDevice = std::variant<std::monostate, Stream, ThreadLocalStream, Device, Device::DeviceType>;

/// The calling thread's default stream on a device. Throws DeviceError when the device is not available.
Stream default_stream(Device d);
/// Makes `s` the calling thread's default on its device.
void set_default_stream(Stream s);
/// A new stream that belongs to the calling thread.
Stream new_stream(Device d);
/// A new stream that any thread may use; keeping their work apart is the caller's job.
Stream new_thread_unsafe_stream(Device d);
/// A handle that means another stream in each thread.
ThreadLocalStream new_thread_local_stream(Device d);
/// The calling thread's stream behind a thread-local one.
Stream stream_from_thread_local_stream(ThreadLocalStream tls);
/// All streams that exist.
std::vector<Stream> get_streams();
/// Waits for the default stream, or for one stream.
void synchronize();
void synchronize(Stream s);
void synchronize(ThreadLocalStream s);
/// Lets go of the calling thread's streams; default streams come back on demand.
void clear_streams();

/// The stream that a StreamOrDevice means.
Stream to_stream(const StreamOrDevice &s);
/// The same with another default device.
Stream to_stream(const StreamOrDevice &s, Device default_);

} // namespace mx
MX_PUBLIC_END
