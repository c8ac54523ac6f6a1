// Planning walks what roots need twice: once for order and for what users hold, once per program for its key.
#include "frontend/eval/Plan.h"

#include "frontend/eval/Placement.h"
#include "frontend/eval/Views.h"
#include "frontend/trace/Errors.h"
#include "frontend/trace/Tracing.h"

#include <algorithm>
#include <iterator>
#include <map>

namespace mx::graph {
namespace {

// Larger graphs are cut, so that repeated pieces share programs and compile time stays bounded.
constexpr size_t kSegmentOps = 2000;

} // namespace

void Plan::clear() {
  jobs.clear();
  pending.clear();
  for (auto *list : {&roots, &ops, &results, &values})
    list->clear();
}

void Plan::make(std::span<const array> arrays, Passes how) {
  clear();
  passes = how;
  keepHistory = TracingScope::active();
  std::lock_guard lock(graphMutex());
  for (const array &a : arrays) {
    Node *node = nodeOf(a);
    if (node->status == Status::Scheduled)
      pending.push_back(node->event);
    else if (!node->available())
      roots.push_back(node);
  }
  if (roots.empty())
    return;
  collect();
  for (auto *list : {&roots, &results})
    for (Node *node : *list)
      if (const Node *value = resolve(node); value->kind == NodeKind::Op && value->unscheduled())
        values.push_back(node);
  try {
    cut();
    placeResults();
  } catch (...) {
    // Under the lock nobody has seen the events.
    for (Job &job : jobs)
      (void)publish(job, rt::Error{rt::ErrorCode::internal, "[eval] not planned"}, Status::Unscheduled);
    throw;
  }
}

// Ops below the roots in topological order, each kept alive by its readers. View ops whose value somebody holds become
// views where they can.
void Plan::collect() {
  const uint32_t mark = nextMark();
  struct Frame {
    Node *node;
    uint32_t next;
  };
  std::vector<Frame> stack;
  auto enter = [&](Node *node) {
    for (; node->kind == NodeKind::Result && node->unscheduled(); node = resultOf(*node)) {
      if (node->mark == mark)
        return;
      node->mark = mark;
      if (node->handles.load(std::memory_order_relaxed) > 0)
        results.push_back(node);
    }
    if (node->mark == mark)
      return;
    node->mark = mark;
    if (node->status == Status::Failed)
      raise(node->event->wait().error());
    if (!node->unscheduled())
      return;
    if (node->kind == NodeKind::Placeholder)
      fail("eval", "an array that depends on the input of a function being traced has no value yet; return it from the function instead", {node->shape});
    stack.push_back({node, 0});
  };
  for (Node *root : roots) {
    enter(root);
    while (!stack.empty()) {
      Frame &top = stack.back();
      if (top.next < top.node->inputs.size()) {
        enter(top.node->inputs[top.next++]);
        continue;
      }
      Node *node = top.node;
      stack.pop_back();
      if (node->handles.load(std::memory_order_relaxed) > 0 && resolveView(*node)) {
        becomeAvailable(*node, keepHistory);
        continue;
      }
      ops.push_back(node);
    }
  }
}

// Ops in pieces that become jobs: of one device each, and bounded. An op that reads another device's result is a level above
// it, so that pieces in ascending order of level need only pieces before them.
std::vector<std::vector<Node *>> Plan::pieces() {
  for (size_t i = 0; i < ops.size(); ++i)
    ops[i]->number = i;
  std::vector<uint32_t> levels(ops.size());
  std::map<std::pair<uint32_t, Device>, std::vector<std::vector<Node *>>> byLevel;
  for (Node *op : ops) {
    uint32_t &level = levels[op->number];
    for (Node *in : op->inputs)
      if (Node *value = resolve(in); value->kind == NodeKind::Op && value->unscheduled())
        level = std::max(level, levels[value->number] + (value->stream.device != op->stream.device));
    auto &list = byLevel[{level, op->stream.device}];
    if (list.empty() || list.back().size() == kSegmentOps)
      list.emplace_back();
    list.back().push_back(op);
  }
  std::vector<std::vector<Node *>> result;
  for (auto &[where, list] : byLevel)
    std::move(list.begin(), list.end(), std::back_inserter(result));
  return result;
}

// A graph that is large or of several devices becomes a job per piece: what a later piece or the user reads of a piece are
// its outputs.
void Plan::cut() {
  if (ops.size() <= kSegmentOps && onOneDevice(ops))
    return schedule(values);
  const uint32_t needed = nextMark();
  std::vector<std::vector<Node *>> parts = pieces();
  for (size_t i = 0; i < parts.size(); ++i)
    for (Node *op : parts[i])
      op->number = i;
  for (Node *value : values)
    resolve(value)->mark = needed;
  for (Node *op : ops) {
    if (op->handles.load(std::memory_order_relaxed) > 0)
      op->mark = needed;
    for (Node *in : op->inputs) {
      Node *value = resolve(in);
      if (value->kind == NodeKind::Op && value->unscheduled() && value->number != op->number)
        value->mark = needed;
    }
  }
  // Walks of the pieces set marks and numbers anew.
  for (auto &part : parts)
    std::erase_if(part, [&](Node *op) { return op->mark != needed; });
  for (const auto &outputs : parts)
    schedule(outputs);
}

void Plan::schedule(std::span<Node *const> outputs) {
  traceGraph(outputs, Sizes::Dynamic, /*keepHeld=*/true, trace, passes);
  if (trace.outputs.empty())
    return;
  Job &job = newJob();
  job.program = programFor(trace, "eval", deviceFor(trace, trace.outputs[0]->stream.device));
  job.symbols = trace.symbols;
  job.checksNans = passes.checksNans;
  job.inputs.reserve(trace.inputs.size());
  for (Node *node : trace.inputs) {
    job.inputs.emplace_back(node);
    if (!node->available() && std::find(job.waits.begin(), job.waits.end(), node->event) == job.waits.end())
      job.waits.push_back(node->event);
  }
  job.outputs.reserve(trace.outputs.size());
  for (Node *node : trace.outputs) {
    job.outputs.emplace_back(node);
    node->event = job.done;
    node->status.store(Status::Scheduled, std::memory_order_relaxed);
  }
}

// Results of groups take their values along with the job that computes these, or, when that is another evaluation's, by
// a job of their own.
void Plan::placeResults() {
  for (size_t i = 0; i < jobs.size(); ++i)
    for (const NodeRef &node : jobs[i].outputs)
      node->number = i;
  for (Node *result : results) {
    Node *value = resolve(result);
    if (value->available()) {
      forward(*result, keepHistory);
      continue;
    }
    Job *job = value->number < jobs.size() ? &jobs[value->number] : nullptr;
    if (!job || job->done != value->event) {
      job = &newJob();
      job->waits.push_back(value->event);
    }
    job->results.emplace_back(result);
    result->event = job->done;
    result->status.store(Status::Scheduled, std::memory_order_relaxed);
  }
}

Job &Plan::newJob() {
  Job &job = jobs.emplace_back();
  job.keepHistory = keepHistory;
  job.done = std::make_shared<rt::Event>();
  return job;
}

} // namespace mx::graph
