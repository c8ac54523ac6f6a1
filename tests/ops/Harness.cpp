// Programs made of samples, and the interpreter's word on them.
#include "tests/ops/Harness.h"

#include <gtest/gtest.h>

#include <cctype>
#include <cstring>
#include <map>
#include <ostream>

namespace mx::test {

const std::vector<Dtype> kDtypes = {bool_, uint8,   uint16,  uint32,  uint64,   int8,     int16,
                                    int32, int64,   float16, float32, float64, bfloat16, complex64};

void PrintTo(const Case &c, std::ostream *os) { *os << c.name; }

std::string identifier(const Case &c) {
  std::string name = c.name;
  for (char &letter : name)
    letter = std::isalnum(static_cast<unsigned char>(letter)) ? letter : '_';
  return name;
}

std::vector<Case> cases() {
  std::map<std::string, std::vector<const Sample *>> byName;
  for (int k = 0; k < ir::kNumOps; ++k)
    byName[std::string(ir::rowOf(static_cast<ir::OpKind>(k)).mnemonic)];
  for (const Sample &s : samples())
    byName[s.kind ? std::string(ir::rowOf(*s.kind).mnemonic) : "composite " + s.name.substr(0, s.name.find('/'))].push_back(&s);
  std::vector<Case> list;
  for (auto &[name, of] : byName)
    list.push_back({name, of});
  return list;
}

Program::Program(const Case &c, const std::function<bool(Dtype)> &takes) {
  for (const Sample *s : c.samples)
    for (Dtype dtype : kDtypes)
      if (contains(s->dtypes, dtype) && takes(dtype)) {
        Values values(dtype, inputs.size() + 1);
        Arrays in = s->inputs(values);
        calls.push_back({s, dtype, inputs.size(), in.size()});
        inputs.insert(inputs.end(), in.begin(), in.end());
      }
  eval(inputs);
}

Arrays Program::operator()(const Arrays &in) const {
  Arrays results;
  for (const Call &c : calls)
    results.push_back(c.sample->function(Arrays(in.begin() + c.first, in.begin() + c.first + c.count)));
  return results;
}

// Sums and products in another order, chains of roundings: units of the largest element.
Tolerance toleranceOf(const Call &c) {
  const Tolerance chain{c.dtype == float32 || c.dtype == float64 ? 64.0 : 4.0, /*ofLargest=*/true};
  if (!c.sample->kind) // rope's angles are float32 whatever its dtype: two units of that
    return c.dtype == float64 ? Tolerance{0x1p30, /*ofLargest=*/true} : chain;
  switch (*c.sample->kind) {
  case ir::OpKind::Sum:
  case ir::OpKind::Prod:
  case ir::OpKind::Cumsum:
  case ir::OpKind::Cumprod:
  case ir::OpKind::Scatter:
  case ir::OpKind::ScatterAxis:
  case ir::OpKind::Matmul:
    return chain;
  case ir::OpKind::Max:
  case ir::OpKind::Min:
  case ir::OpKind::Cummax:
  case ir::OpKind::Cummin:
    return {0.25}; // exact, but that of two zeros either is taken
  default:
    return ir::interp::toleranceOf(ir::rowOf(*c.sample->kind));
  }
}

ModeResults runInAllModes(const Program &program, Arrays eager) {
  eval(eager);
  return {std::move(eager), compile(ArraysFn(program))(program.inputs), compile(ArraysFn(program), /*shapeless=*/true)(program.inputs)};
}

Tensor expectAgreement(const Call &call, size_t i, const ModeResults &results, const Tensor &expected) {
  const Tensor value = tensorOf(results.eager[i]), compiled = tensorOf(results.compiled[i]), shapeless = tensorOf(results.shapeless[i]);
  EXPECT_EQ(ir::interp::firstDifference(value, expected, toleranceOf(call)), "") << call.name() << " against the interpreter";
  // NaNs too have the same bits.
  EXPECT_TRUE(compiled == value) << call.name() << ", compiled: " << ir::interp::firstDifference(compiled, value);
  EXPECT_TRUE(shapeless == value) << call.name() << ", shapeless: " << ir::interp::firstDifference(shapeless, value);
  return value;
}

} // namespace mx::test
