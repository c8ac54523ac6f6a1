// The table's samples as programs: all samples of a row, in every dtype they take, are one, for compiling is what takes time.
#pragma once

#include "frontend/compile/Interpret.h"
#include "ir/interp/CompareTensors.h"
#include "tests/ops/Samples.h"

#include "runtime/base/Status.h"

#include <iosfwd>
#include <string>
#include <vector>

namespace mx::test {

using Arrays = std::vector<array>;
using graph::interpret, graph::tensorOf;
using ir::interp::Tensor;
using ir::interp::Tolerance;

extern const std::vector<Dtype> kDtypes;

/// The samples of a row, or of a composite by its first name: what is compiled together.
struct Case {
  std::string name;
  std::vector<const Sample *> samples;
};
void PrintTo(const Case &c, std::ostream *os);
/// A case's name as that of a test.
std::string identifier(const Case &c);

/// Every row of the op table, with or without samples, and every composite.
std::vector<Case> cases();

/// One sample in one dtype, and where its operands are in the list of all.
struct Call {
  const Sample *sample;
  Dtype dtype;
  size_t first, count;
  std::string name() const { return sample->name + " of " + to_string(dtype); }
};

/// All samples of a case as one function over all their operands.
struct Program {
  std::vector<Call> calls;
  Arrays inputs;

  explicit Program(const Case &c, const std::function<bool(Dtype)> &takes = [](Dtype) { return true; });
  Arrays operator()(const Arrays &in) const;
};

/// A case in its three modes on the default device.
struct ModeResults {
  Arrays eager, compiled, shapeless;
};
ModeResults runInAllModes(const Program &program, Arrays eager);
/// Expects call `i` to be within bounds of the interpreter, and to have the same bits in every mode. Returns the eager value.
Tensor expectAgreement(const Call &call, size_t i, const ModeResults &results, const Tensor &expected);
/// How far from the interpreter a compiled result may be.
Tolerance toleranceOf(const Call &c);

} // namespace mx::test
