// Running and publishing. Everything a job refers to is its own, so no lock is held while it waits, compiles or runs.
#include "frontend/eval/Job.h"

#include "frontend/trace/LiveArrays.h"
#include "runtime/base/Trace.h"

#include <cstring>
#include <new>

namespace mx::graph {
namespace {

// Of an input as its program sees it.
void *lowestAddress(const Node &node) {
  auto *first = static_cast<char *>(dataOf(node));
  return isRowMajor(node) ? first : first - elementsBefore(node) * rt::sizeOf(node.dtype);
}

rt::Status runProgram(Job &job) {
  auto program = job.program->get();
  if (!program)
    return program.error();
  SmallVector<void *, 16> inputs(job.inputs.size());
  for (size_t i = 0; i < job.inputs.size(); ++i)
    inputs[i] = lowestAddress(*job.inputs[i].get());
  job.buffers.assign(job.outputs.size(), {});
  rt::RunArgs args{{inputs.data(), inputs.size()}, job.symbols, {}, job.buffers};
  if (rt::Status status = job.program->device.run(**program, args); !status)
    return withLiveArrays(status.error());
  return {};
}

} // namespace

rt::Status run(Job &job) {
  for (const rt::EventPtr &event : job.waits)
    if (rt::Status status = event->wait(); !status)
      return status;
  if (!job.program)
    return {};
  rt::TraceSpan span("eval", "eval");
  try {
    return runProgram(job);
  } catch (const std::bad_alloc &) {
    return rt::Error{rt::ErrorCode::outOfMemory, "[eval] the system has no more memory"};
  } catch (const std::exception &e) {
    return rt::Error{rt::ErrorCode::internal, std::string("[eval] ") + e.what()};
  }
}

void publish(Job &job, const rt::Status &status, Status ifFailed) {
  {
    std::lock_guard lock(graphMutex());
    if (status) {
      for (size_t i = 0; i < job.outputs.size(); ++i)
        job.outputs[i]->buffer = std::move(job.buffers[i]);
      for (const NodeRef &node : job.outputs)
        becomeAvailable(*node.get(), job.keepHistory);
      for (const NodeRef &node : job.results)
        forward(*node.get(), job.keepHistory);
    } else {
      for (auto *list : {&job.outputs, &job.results})
        for (const NodeRef &node : *list) {
          node->status.store(ifFailed, std::memory_order_release);
          if (ifFailed == Status::Unscheduled)
            node->event.reset();
        }
    }
  }
  job.inputs.clear();
  job.outputs.clear();
  job.results.clear();
  job.buffers.clear();
}

void forward(Node &result, bool keepHistory) {
  const Node &value = *resolve(&result);
  if (&value == &result || result.available())
    return;
  result.buffer = value.buffer;
  if (value.hostScalar) {
    std::memcpy(result.scalar, value.scalar, sizeof(value.scalar));
    result.hostScalar = true;
  } else if (!layoutOf(value).rowContiguous || layoutOf(value).offset != 0) {
    setLayout(result, layoutOf(value));
  }
  becomeAvailable(result, keepHistory);
}

} // namespace mx::graph
