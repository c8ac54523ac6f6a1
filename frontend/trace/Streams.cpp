// Devices and streams. Stream 0 is the CPU's default in every thread; a stream that new_stream made belongs to its
// thread, and naming it in another is an error.
#include "frontend/trace/Streams.h"

#include "frontend/include/mx/error.h"
#include "frontend/include/mx/utils.h"
#include "frontend/trace/Errors.h"

#include <cstdlib>
#include <deque>
#include <map>
#include <mutex>
#include <pthread.h>
#include <thread>

namespace mx {
namespace {

struct Entry {
  Device device;
  /// Null for a stream that is gone.
  std::shared_ptr<rt::Stream> queue;
  /// The only thread that may name it; no id: any.
  std::thread::id owner;
};

/// All streams by index, the defaults of devices, and the threads' streams behind thread-local ones.
struct Registry {
  std::mutex mutex;
  std::deque<Entry> streams;
  std::map<std::pair<Device, int>, int> defaults;
  std::map<std::pair<int, std::thread::id>, int> threadLocals;
  int numThreadLocals = 0;
};

/// Waits for all that was submitted to streams.
void finishStreams();

Registry &registry() {
  static auto *all = [] {
    // At exit nothing may still be running on a stream's thread: it would use what static destructors take away. In a
    // forked process the threads and what they were to compute would be missing.
    std::atexit(finishStreams);
    pthread_atfork(finishStreams, nullptr, nullptr);
    return new Registry;
  }();
  return *all;
}

void finishStreams() {
  std::vector<std::shared_ptr<rt::Stream>> queues;
  {
    std::lock_guard lock(registry().mutex);
    for (const Entry &entry : registry().streams)
      if (entry.queue)
        queues.push_back(entry.queue);
  }
  for (const auto &queue : queues)
    queue->finish();
}

struct Defaults {
  Device device{Device::cpu};
  int cpuStream = 0;
};
constinit thread_local Defaults threadDefaults;

rt::Device *find(Device d) {
  return rt::findDevice(d.type == Device::gpu ? rt::DeviceKind::gpu : rt::DeviceKind::cpu, d.index);
}

std::string textOf(const Device &d) {
  return std::string(graph::nameOf(d.type)) + (d.index ? " " + std::to_string(d.index) : std::string());
}

/// Programs of Device::automatic are queued like the processor's.
rt::Device &require(Device d, const char *op) {
  if (rt::Device *found = find(d))
    return *found;
  const std::string reason = d.type == Device::gpu ? rt::gpuReason() : std::string();
  graph::raise({rt::ErrorCode::device, "[" + std::string(op) + "] device " + textOf(d) + " is not available" + (reason.empty() ? "" : ": " + reason)});
}

/// Called with the lock held.
int add(Device d, rt::Device &target, std::thread::id owner) {
  auto &streams = registry().streams;
  streams.push_back({d, std::make_shared<rt::Stream>(target), owner});
  return static_cast<int>(streams.size()) - 1;
}

/// Called with the lock held. The CPU's default is stream 0.
int defaultOf(Device d, rt::Device &target) {
  auto &all = registry();
  if (all.streams.empty())
    all.defaults[{Device(Device::cpu), 0}] = add(Device::cpu, *rt::findDevice(rt::DeviceKind::cpu), {});
  auto [it, fresh] = all.defaults.try_emplace({d, 0}, -1);
  if (fresh)
    it->second = add(d, target, {});
  return it->second;
}

} // namespace

// --- Devices ------------------------------------------------------------------------------------------------------

Device default_device() { return threadDefaults.device; }

void set_default_device(const Device &d) {
  require(d, "set_default_device");
  threadDefaults.device = d;
}

bool is_available(const Device &d) {
  return find(d) != nullptr;
}

int device_count(Device::DeviceType type) {
  if (type == Device::automatic)
    return 1;
  return rt::countDevices(type == Device::cpu ? rt::DeviceKind::cpu : rt::DeviceKind::gpu);
}

std::unordered_map<std::string, std::variant<std::string, size_t>> device_info(const Device &d) {
  std::unordered_map<std::string, std::variant<std::string, size_t>> info;
  rt::Device *device = find(d);
  if (!device)
    return {{"reason", rt::gpuReason()}};
  info["device_name"] = device->name();
  for (auto &[key, value] : device->info())
    info[key] = value;
  return info;
}

std::vector<gpu::DeviceReport> gpu::info() {
  std::vector<DeviceReport> reports;
  for (rt::GpuReport &report : rt::gpuReports())
    reports.push_back({std::move(report.name), report.chosen, std::move(report.reason)});
  return reports;
}

// --- Streams ------------------------------------------------------------------------------------------------------

Stream default_stream(Device d) {
  if (d == Device(Device::cpu))
    return Stream(threadDefaults.cpuStream, d);
  rt::Device &target = require(d, "default_stream");
  std::lock_guard lock(registry().mutex);
  return Stream(defaultOf(d, target), d);
}

void set_default_stream(Stream s) {
  graph::runtimeStream(s);
  if (s.device == Device(Device::cpu)) {
    threadDefaults.cpuStream = s.index;
    return;
  }
  std::lock_guard lock(registry().mutex);
  registry().defaults[{s.device, 0}] = s.index;
}

static Stream newStream(Device d, const char *op, std::thread::id owner) {
  rt::Device &target = require(d, op);
  std::lock_guard lock(registry().mutex);
  defaultOf(d, target);
  return Stream(add(d, target, owner), d);
}

Stream new_stream(Device d) { return newStream(d, "new_stream", std::this_thread::get_id()); }
Stream new_thread_unsafe_stream(Device d) { return newStream(d, "new_thread_unsafe_stream", {}); }

ThreadLocalStream new_thread_local_stream(Device d) {
  require(d, "new_thread_local_stream");
  std::lock_guard lock(registry().mutex);
  return ThreadLocalStream(registry().numThreadLocals++, d);
}

Stream stream_from_thread_local_stream(ThreadLocalStream tls) {
  const auto key = std::pair(tls.index, std::this_thread::get_id());
  {
    std::lock_guard lock(registry().mutex);
    if (auto it = registry().threadLocals.find(key); it != registry().threadLocals.end())
      return Stream(it->second, tls.device);
  }
  Stream fresh = new_stream(tls.device);
  std::lock_guard lock(registry().mutex);
  registry().threadLocals[key] = fresh.index;
  return fresh;
}

std::vector<Stream> get_streams() {
  std::lock_guard lock(registry().mutex);
  defaultOf(Device::cpu, *rt::findDevice(rt::DeviceKind::cpu));
  std::vector<Stream> result;
  const auto &streams = registry().streams;
  for (size_t i = 0; i < streams.size(); ++i)
    if (streams[i].queue)
      result.emplace_back(static_cast<int>(i), streams[i].device);
  return result;
}

void synchronize() { synchronize(default_stream(default_device())); }
void synchronize(ThreadLocalStream s) { synchronize(stream_from_thread_local_stream(s)); }
void synchronize(Stream s) {
  if (rt::Status status = graph::runtimeStream(s).synchronize(); !status)
    graph::raise(status.error());
}

void clear_streams() {
  const std::thread::id self = std::this_thread::get_id();
  std::vector<std::shared_ptr<rt::Stream>> gone; // their destructors wait, so after the lock
  std::lock_guard lock(registry().mutex);
  for (Entry &entry : registry().streams)
    if (entry.owner == self && entry.queue)
      gone.push_back(std::move(entry.queue));
  std::erase_if(registry().threadLocals, [&](const auto &item) { return item.first.second == self; });
  threadDefaults.cpuStream = 0;
}

Stream to_stream(const StreamOrDevice &s) {
  if (std::holds_alternative<std::monostate>(s))
    return default_stream(threadDefaults.device);
  return to_stream(s, threadDefaults.device);
}

Stream to_stream(const StreamOrDevice &s, Device default_) {
  struct Visitor {
    Device fallback;
    Stream operator()(std::monostate) const { return default_stream(fallback); }
    Stream operator()(const Stream &named) const {
      if (named.index != 0)
        graph::runtimeStream(named);
      return named;
    }
    Stream operator()(const ThreadLocalStream &named) const { return stream_from_thread_local_stream(named); }
    Stream operator()(const Device &d) const { return default_stream(d); }
    Stream operator()(Device::DeviceType type) const { return default_stream(Device(type)); }
  };
  return std::visit(Visitor{default_}, s);
}

std::string_view graph::nameOf(Device::DeviceType type) {
  constexpr std::string_view names[] = {"cpu", "gpu", "automatic"};
  return names[static_cast<int>(type)];
}

rt::Device &graph::runtimeDevice(const Device &d) {
  // Every evaluation asks: the processor is always there, and costs no lock.
  static rt::Device &processor = *rt::findDevice(rt::DeviceKind::cpu);
  return d == Device(Device::cpu) ? processor : require(d, "eval");
}

rt::Stream &graph::runtimeStream(const Stream &s) {
  rt::Device &target = require(s.device, "stream");
  std::lock_guard lock(registry().mutex);
  defaultOf(s.device, target);
  auto &streams = registry().streams;
  if (s.index < 0 || static_cast<size_t>(s.index) >= streams.size() || !streams[s.index].queue)
    fail("stream", "stream " + std::to_string(s.index) + " does not exist; make streams with new_stream");
  const Entry &entry = streams[s.index];
  if (entry.device != s.device)
    fail("stream", "stream " + std::to_string(s.index) + " is not one of device " + textOf(s.device) + "; make one with new_stream");
  if (entry.owner != std::thread::id() && entry.owner != std::this_thread::get_id())
    fail("stream", "stream " + std::to_string(s.index) + " belongs to another thread; use new_thread_local_stream");
  return *entry.queue;
}

std::shared_ptr<rt::Stream> graph::queueOf(const Stream &s) {
  rt::Device &target = require(s.device, "stream");
  std::lock_guard lock(registry().mutex);
  const int fallback = defaultOf(s.device, target);
  auto &streams = registry().streams;
  const bool there = s.index >= 0 && static_cast<size_t>(s.index) < streams.size() && streams[s.index].queue;
  return streams[there ? s.index : fallback].queue;
}

StreamContext::StreamContext(const StreamOrDevice &s) : device(default_device()), stream(default_stream(device)) {
  if (std::holds_alternative<std::monostate>(s))
    graph::fail("StreamContext", "needs a stream or a device; Device::cpu is always there");
  const Stream inside = to_stream(s);
  set_default_device(inside.device);
  set_default_stream(inside);
}

StreamContext::~StreamContext() {
  set_default_device(device);
  set_default_stream(stream);
}

} // namespace mx
