// What an evaluation has to do: the programs to run, found under the graph's lock in one go. From then on the nodes are
// scheduled, and other evaluations take them for inputs to wait for.
#pragma once

#include "frontend/eval/Job.h"

namespace mx::graph {

class Plan {
public:
  Plan() = default;
  Plan(const Plan &) = delete;

  /// Plans what `arrays` need, and every intermediate result on the way that a user holds. Throws on an array that depends
  /// on the input of a function being traced, and the error of a node that failed; then nothing is scheduled. Takes graphMutex.
  void make(std::span<const array> arrays, Passes how = {});

  /// In an order in which they can run.
  std::vector<Job> jobs;
  /// Completions of requested arrays that other evaluations compute.
  std::vector<rt::EventPtr> pending;

private:
  void clear();
  void collect();
  void cut();
  std::vector<std::vector<Node *>> pieces();
  void schedule(std::span<Node *const> outputs);
  void placeResults();
  Job &newJob();

  bool keepHistory = false;
  Passes passes;
  /// What is asked for, ops to compute in topological order, results of groups that somebody holds, and the values that
  /// roots and results stand for.
  std::vector<Node *> roots, ops, results, values;
  Trace trace;
};

} // namespace mx::graph
