// One program run of an evaluation, apart from the graph: arguments, and the nodes that get the results. Jobs wait for
// the jobs their inputs come from, and each only for jobs that were planned before it; so whoever runs the jobs it has
// in the order of planning cannot deadlock.
#pragma once

#include "frontend/eval/Programs.h"
#include "runtime/Event.h"

namespace mx::graph {

struct Job {
  /// Null when values that are computed elsewhere only have to be passed on.
  LazyProgramPtr program;
  /// Available nodes, or outputs of jobs in `waits`.
  std::vector<NodeRef> inputs;
  std::vector<rt::EventPtr> waits;
  std::vector<int64_t> symbols;
  /// Scheduled with `done`: ops that the program computes, in its order, and results of groups that forward to them.
  std::vector<NodeRef> outputs, results;
  /// Nodes keep what they were made from: a transformation is tracing them.
  bool keepHistory = false;
  /// The outputs are searched for a NaN before anybody has them.
  bool checksNans = false;
  /// Completed by whoever runs the job, after publish.
  rt::EventPtr done;
  /// Filled by start: the outputs' memory until the nodes have it, and that of inputs that are not available yet.
  std::vector<rt::BufferPtr> buffers, held;
};

/// Compiles the program if need be, waits for inputs that are neither there nor being written by a device, and starts the
/// program. What is left to wait for before publish is the run that comes back, null when nothing is; others may read the
/// outputs on a device. Without graphMutex. It may be called again after a failure.
rt::Result<rt::RunPtr> start(Job &job);
/// Gives the nodes their data, or after a failure the status `ifFailed`: Unscheduled, so that they can be evaluated again, or
/// Failed. Then lets go of all nodes. What comes back is the run's `status`, or what a check of the results found. Takes
/// graphMutex.
rt::Status publish(Job &job, rt::Status status, Status ifFailed);

/// Gives a Result of a group the value it forwards to, which is available. The caller holds graphMutex.
void forward(Node &result, bool keepHistory);

} // namespace mx::graph
