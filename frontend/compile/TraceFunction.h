// A function traced for export, at the shapes of its examples or at others. What one would get wrong: arrays that the function
// captured while they were lazy are computed first, or each trace would compute them anew.
#pragma once

#include "frontend/eval/Trace.h"
#include "frontend/trace/Tracing.h"
#include "runtime/ProgramFile.h"
#include "runtime/base/Hash.h"

#include <array>
#include <functional>
#include <span>
#include <unordered_map>
#include <vector>

namespace mx::graph {

/// What a trace is made of, apart from its nodes: two traces of the same work differ in numbers and scalars alone.
struct TraceContent {
  /// Ops, operands, dtypes and ranks, attributes that are no sizes, data of captured arrays, and what the results are.
  rt::Hash128 structure{};
  /// For each op in order: the sizes and offsets among its attributes, then its shape.
  std::vector<int64_t> numbers;
  struct Scalar {
    rt::DType dtype;
    std::array<char, 16> value;
    bool operator==(const Scalar &) const = default;
  };
  /// Inputs that are numbers of the host.
  std::vector<Scalar> scalars;
};

/// Where a value that the function returned comes from: an output of its trace, an argument, or an array it captured.
struct TracedResult {
  rt::ResultSpec::Source source;
  uint32_t index;
};

class TraceFunction {
public:
  using Function = std::function<std::vector<array>(const std::vector<array> &)>;
  /// `anySizes`: it is traced for sizes that vary. Otherwise results that no argument has a part in are computed while tracing and
  /// are captured arrays from then on.
  TraceFunction(const char *op, Function fun, const std::vector<array> &examples, bool anySizes)
      : op(op), fun(std::move(fun)), examples(examples), anySizes(anySizes) {}

  /// What a call returned, and what sizes it saw where they vary.
  struct Call {
    std::vector<array> outputs;
    SizesSeen seen;
  };

  /// The shapes of the examples.
  std::vector<Shape> shapes() const;
  /// Calls the function on placeholders and computes what it captured. Throws what the function throws.
  Call call(const std::vector<Shape> &shapes) const;
  /// The graph of what a call returned. The caller holds graphMutex, here and below.
  static void trace(const std::vector<array> &outputs, Sizes sizes, Trace &trace);
  /// What `outputs` are; arrays that are neither computed nor arguments go to the end of `captured`.
  static std::vector<TracedResult> resultsOf(const std::vector<array> &outputs, const Trace &trace, std::vector<array> &captured);
  /// The content of the trace of a call; the first one outlives the others. Takes graphMutex itself.
  TraceContent contentOf(const Call &call);

private:
  rt::Hash128 dataOf(Node &node);

  const char *op;
  Function fun;
  const std::vector<array> &examples;
  bool anySizes;
  /// Hashes of what the first trace met, which has captured data that each trace meets again. Its call keeps it.
  std::unordered_map<const Node *, rt::Hash128> hashes;
  bool isFirst = true;
};

} // namespace mx::graph
