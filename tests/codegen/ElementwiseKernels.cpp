// Every element-wise op in every dtype it takes, at sizes around the lanes, and how shapes and fusion change nothing.
#include "tests/codegen/DifferentialHarness.h"

#include <gtest/gtest.h>

namespace mx::codegen::test {
namespace {

using rt::DType;

std::vector<const ir::OpRow *> elementwiseRows() {
  std::vector<const ir::OpRow *> rows;
  for (int i = 0; i < ir::kNumOps; ++i)
    if (const ir::OpRow &row = ir::rowOf(OpKind(i)); row.isElementwise())
      rows.push_back(&row);
  return rows;
}

/// The op on operands of one dtype, or null when it does not take the dtype.
Value apply(Build &b, const ir::OpRow &row, DType dtype, const Dims &dims, Fill fill) {
  ir::Attrs attrs;
  for (const ir::AttrSpec &spec : row.attrs)
    attrs.push_back(spec.kind == ir::AttrKind::Dtype ? int64_t(DType::float32) : int64_t(0));
  std::vector<ir::TensorType> types(row.numInputs, {dtype, dims});
  if (!ir::inferType(row.kind, types, attrs))
    return {};
  std::vector<Value> operands;
  for (int i = 0; i < row.numInputs; ++i)
    operands.push_back(b.input(dtype, dims, fill));
  return b.op(row.kind, operands, attrs);
}

class Elementwise : public testing::TestWithParam<const ir::OpRow *> {};

// Odd sizes reach the masked tail; special values reach every branch of a body.
TEST_P(Elementwise, EveryDtype) {
  const ir::OpRow &row = *GetParam();
  for (DType dtype : kRealDtypes)
    for (Fill fill : {Fill::Small, Fill::Special}) {
      bool accepted = true;
      const std::string name = std::string(row.mnemonic) + " " + std::string(nameOf(dtype)) + (fill == Fill::Small ? "" : " special");
      auto program = [&](Build &b) {
        Dim n = b.size(fill == Fill::Small ? 37 : 300);
        Value r = apply(b, row, dtype, {n}, fill);
        accepted = bool(r);
        b.results(r ? std::vector{r} : std::vector{b.exp(b.input(DType::float32, {n}))});
      };
      Build probe(Build::Sizes::Static, 0);
      program(probe);
      if (accepted)
        check(name, program, ir::interp::toleranceOf(row));
    }
}

INSTANTIATE_TEST_SUITE_P(Table, Elementwise, testing::ValuesIn(elementwiseRows()),
                         [](const auto &info) { return std::string(info.param->mnemonic); });

// Sizes without, with and between whole vectors, and enough for several units.
TEST(ElementwiseKernels, Sizes) {
  for (int64_t n : {0, 1, 2, 15, 16, 17, 31, 32, 8191, 8192, 8193, 40000})
    check("exp(x) * y, " + std::to_string(n), [&](Build &b) {
      Dim d = b.size(n);
      b.results({b.mul(b.exp(b.input(DType::float32, {d})), b.input(DType::float32, {d}))});
    }, {4});
  check("scalars", [](Build &b) { b.results({b.add(b.exp(b.input(DType::float32, {})), b.input(DType::int32, {}))}); }, {4});
  check("an empty axis among others", [](Build &b) {
    Dims dims{b.size(3), b.size(0), b.size(5)};
    b.results({b.exp(b.input(DType::float32, dims))});
  });
}

} // namespace
} // namespace mx::codegen::test
