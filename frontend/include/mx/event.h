// The completion of an evaluation.
#pragma once

#include "mx/config.h"
#include "mx/stream.h"

#include <memory>
#include <utility>

MX_PUBLIC_BEGIN
namespace mx {

namespace rt {
class Event;
}

/// What array::event returns. Copies are the same event.
class Event {
public:
  explicit Event(Stream stream, std::shared_ptr<rt::Event> impl = nullptr) : impl(std::move(impl)), where(stream) {}
  /// True when there is an evaluation to wait for, under way or ended in the background by a failure.
  bool valid() const { return impl != nullptr; }
  /// True when there is nothing left to wait for. Never blocks.
  bool is_signaled() const;
  /// Blocks until the evaluation is done; throws what it failed with, at every call.
  void wait() const;
  /// The stream of the array.
  const Stream &stream() const { return where; }

private:
  std::shared_ptr<rt::Event> impl;
  Stream where;
};

} // namespace mx
MX_PUBLIC_END
