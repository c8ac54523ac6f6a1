// Running and publishing. Everything a job refers to is its own, so no lock is held while it waits, compiles or runs.
#include "frontend/eval/Job.h"

#include "frontend/eval/NanCheck.h"
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

// The nodes get their memory. Called with graphMutex.
void giveBuffers(Job &job) {
  for (size_t i = 0; i < job.buffers.size(); ++i)
    job.outputs[i]->buffer = std::move(job.buffers[i]);
  job.buffers.clear();
}

// Addresses of the inputs. A run in `after` that fails takes the memory from its nodes, so the job holds on to that.
rt::Status addressInputs(Job &job, std::span<const rt::RunPtr> after, SmallVector<void *, 16> &inputs) {
  std::unique_lock lock(graphMutex(), std::defer_lock);
  if (!after.empty())
    lock.lock();
  job.held.clear();
  for (const NodeRef &node : job.inputs) {
    if (!after.empty() && !node->hostScalar) {
      if (!node->buffer)
        break;
      job.held.push_back(node->buffer);
    }
    inputs.push_back(lowestAddress(*node.get()));
  }
  if (inputs.size() == job.inputs.size())
    return {};
  lock.unlock();
  for (const rt::RunPtr &run : after)
    if (rt::Status status = run->wait(); !status)
      return status;
  return rt::Error{rt::ErrorCode::internal, "[eval] an input has no memory"};
}

rt::Result<rt::RunPtr> startProgram(Job &job, std::span<const rt::RunPtr> after) {
  auto program = job.program->get();
  if (!program)
    return program.error();
  SmallVector<void *, 16> inputs;
  if (rt::Status status = addressInputs(job, after, inputs); !status)
    return status.error();
  job.buffers.assign(job.outputs.size(), {});
  rt::RunArgs args{{inputs.data(), inputs.size()}, job.symbols, {}, job.buffers};
  auto run = job.program->device.start(**program, args, after);
  if (!run)
    return withLiveArrays(run.error());
  if (*run) {
    {
      std::lock_guard lock(graphMutex());
      giveBuffers(job);
    }
    job.done->start(*run);
  }
  return run;
}

} // namespace

rt::Result<rt::RunPtr> start(Job &job) {
  std::vector<rt::RunPtr> after;
  for (const rt::EventPtr &event : job.waits) {
    // A job without a program passes on what others have published.
    if (rt::RunPtr run = job.program ? event->started() : nullptr)
      after.push_back(std::move(run));
    else if (rt::Status status = event->wait(); !status)
      return status.error();
  }
  if (!job.program)
    return rt::RunPtr();
  rt::TraceSpan span("eval", "eval");
  try {
    return startProgram(job, after);
  } catch (const std::bad_alloc &) {
    return rt::Error{rt::ErrorCode::outOfMemory, "[eval] the system has no more memory"};
  } catch (const std::exception &e) {
    return rt::Error{rt::ErrorCode::internal, std::string("[eval] ") + e.what()};
  }
}

rt::Status publish(Job &job, rt::Status status, Status ifFailed) {
  if (job.checksNans && status) [[unlikely]]
    status = findNan(job);
  {
    std::lock_guard lock(graphMutex());
    if (status) {
      giveBuffers(job);
      for (const NodeRef &node : job.outputs)
        becomeAvailable(*node.get(), job.keepHistory);
      for (const NodeRef &node : job.results)
        forward(*node.get(), job.keepHistory);
    } else {
      for (auto *list : {&job.outputs, &job.results})
        for (const NodeRef &node : *list) {
          node->buffer.reset();
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
  job.held.clear();
  return status;
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
