// Numbers as functions of the sizes that vary: what a number of a trace is made of, found from its values in several traces. A
// number is a constant, a size met before, a product or quotient of these, a sum or difference of two, or a size divided by a
// stride; whoever asks holds the answer against other traces.
#pragma once

#include "frontend/compile/TraceFunction.h"
#include "ir/shape/Dim.h"

#include <map>
#include <optional>

namespace mx::graph {

class SizeFit {
public:
  /// `samples[i][n]` is the value of the symbol n in trace i.
  explicit SizeFit(std::vector<std::vector<int64_t>> samples);

  /// The number whose values in the traces are `values`; `operands` are the shapes it most likely follows from.
  std::optional<ir::Dim> number(std::span<const int64_t> values, std::span<const ir::Dims> operands) const;

  /// A host scalar as a size converted to its dtype, or as one divided by such a size.
  struct Scalar {
    ir::Dim size;
    bool inverted;
  };
  /// The scalar whose values in the traces are `values`; `shapes` are those of all that was computed.
  std::optional<Scalar> scalar(std::span<const TraceContent::Scalar> values, std::span<const ir::Dims> shapes) const;

  /// The values of an expression in the traces.
  std::vector<int64_t> valuesOf(ir::Dim d) const;
  /// Makes the sizes of a shape known to later questions.
  void learn(const ir::Dims &shape);

private:
  /// An expression with its values.
  struct Known {
    ir::Dim dim;
    std::vector<int64_t> values;
  };

  std::vector<std::vector<int64_t>> samples;
  std::vector<Known> known;
  std::map<std::vector<int64_t>, ir::Dim> byValues;
};

/// `size`, or one divided by it, as what a host scalar of that dtype holds.
TraceContent::Scalar scalarOf(rt::DType dtype, int64_t size, bool inverted);

} // namespace mx::graph
