// Sample calls of every row of the op table, and of composites: what the table-made suites run. A row without one fails them,
// so a new op gets its tests by adding a sample here.
#pragma once

#include "ir/OpTable.h"
#include "mx/mx.h"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace mx::test {

/// Sets of dtypes that a sample accepts.
enum DtypeSet : unsigned {
  kBool = 1,
  kUnsigned = 2,
  kSigned = 4,
  kFloat = 8,
  kComplex = 16,
  kIntegers = kUnsigned | kSigned,
  kNumbers = kIntegers | kFloat,
  kReal = kBool | kNumbers,
  kAny = kReal | kComplex,
};
/// True when the dtype belongs to the set.
bool contains(unsigned set, Dtype dtype);

/// Deterministic values: the same for the same dtype and seed.
class Values {
public:
  Values(Dtype dtype, uint64_t seed);

  /// Uniform in [low, high]; integers from a range four times as wide, unsigned ones from 0.
  array uniform(const Shape &shape, double low = -2, double high = 2);
  /// No two alike, at least 0.1 apart, within [-2, 2] up to 40 elements: derivatives of extrema are safe.
  array distinct(const Shape &shape);
  /// NaN, infinities, zeros of both signs, subnormals, and the limits of the dtype.
  array special(const Shape &shape);
  /// Integers in [low, high] whatever the dtype.
  array integers(const Shape &shape, int low, int high, Dtype dtype = int32);
  array booleans(const Shape &shape);

private:
  uint64_t next();
  array make(const std::vector<double> &values, const Shape &shape) const;
  Dtype dtype;
  uint64_t state;
};

/// One call of an op.
struct Sample {
  /// The row it calls; none for a function made from several ops.
  std::optional<ir::OpKind> kind;
  /// `add/broadcast`: the row's mnemonic and what is special.
  std::string name;
  /// The dtypes that `inputs` may be asked for.
  unsigned dtypes;
  /// The operands; index operands keep their integer dtype.
  std::function<std::vector<array>(Values &)> inputs;
  /// The call: its result's graph contains a node of the row.
  std::function<array(const std::vector<array> &)> function;
  /// True when the function is differentiable around its floating-point inputs, and small.
  bool smooth = false;
};

/// All samples, by family.
const std::vector<Sample> &samples();

// The families.
void addElementwiseSamples(std::vector<Sample> &out);
void addViewSamples(std::vector<Sample> &out);
void addReduceSamples(std::vector<Sample> &out);
void addIndexingSamples(std::vector<Sample> &out);
void addLinalgSamples(std::vector<Sample> &out);
void addCreationSamples(std::vector<Sample> &out);
void addCompositeSamples(std::vector<Sample> &out);

} // namespace mx::test
