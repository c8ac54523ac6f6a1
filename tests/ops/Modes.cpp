// Every row of the op table in every dtype it takes: eager, compiled and shapeless results have the same bits and lie
// within bounds of the reference interpreter. All samples of a row are one program, for compiling is what takes time.
#include "frontend/compile/Import.h"
#include "frontend/trace/Node.h"
#include "ir/MxDialect.h"
#include "tests/ir/CompareTensors.h"
#include "tests/ops/Samples.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/MLIRContext.h"

#include <gtest/gtest.h>

#include <cstring>
#include <map>

namespace mx::test {
namespace {

using Arrays = std::vector<array>;
using ir::interp::Tensor;
using ir::interp::Tolerance;

const Dtype kDtypes[] = {bool_, uint8,   uint16,  uint32,  uint64,   int8,     int16,
                         int32, int64,   float16, float32, float64, bfloat16, complex64};

/// The samples of a row, or of a composite by its first name: what is compiled together.
struct Case {
  std::string name;
  std::vector<const Sample *> samples;
};
void PrintTo(const Case &c, std::ostream *os) { *os << c.name; }

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

/// One sample in one dtype, and where its operands are in the list of all.
struct Call {
  const Sample *sample;
  Dtype dtype;
  size_t first, count;
  std::string name() const { return sample->name + " of " + to_string(dtype); }
};

struct Program {
  std::vector<Call> calls;
  Arrays inputs;

  explicit Program(const Case &c) {
    for (const Sample *s : c.samples)
      for (Dtype dtype : kDtypes)
        if (contains(s->dtypes, dtype)) {
          Values values(dtype, inputs.size() + 1);
          Arrays in = s->inputs(values);
          calls.push_back({s, dtype, inputs.size(), in.size()});
          inputs.insert(inputs.end(), in.begin(), in.end());
        }
    eval(inputs);
  }
  Arrays operator()(const Arrays &in) const {
    Arrays results;
    for (const Call &c : calls)
      results.push_back(c.sample->function(Arrays(in.begin() + c.first, in.begin() + c.first + c.count)));
    return results;
  }
};

Tensor tensorOf(const array &a) {
  const graph::Node &node = *graph::nodeOf(a);
  if (!node.available() || !graph::layoutOf(node).rowContiguous) {
    array rowMajor = contiguous(a);
    rowMajor.eval();
    return tensorOf(rowMajor);
  }
  Tensor t{node.dtype, {node.shape.begin(), node.shape.end()}, std::vector<std::byte>(a.nbytes())};
  if (!t.data.empty())
    std::memcpy(t.data.data(), graph::dataOf(node), t.data.size());
  return t;
}

mlir::MLIRContext &context() {
  static auto *ctx = [] {
    auto *c = new mlir::MLIRContext(mlir::MLIRContext::Threading::DISABLED);
    c->loadDialect<ir::MxDialect, mlir::func::FuncDialect>();
    return c;
  }();
  return *ctx;
}

/// What the interpreter makes of lazy arrays, in their order.
rt::Result<std::vector<Tensor>> interpret(const Arrays &lazy) {
  std::lock_guard lock(graph::graphMutex());
  std::vector<graph::Node *> roots;
  for (const array &a : lazy)
    if (graph::Node *node = graph::resolve(graph::nodeOf(a)); !node->available())
      roots.push_back(node);
  graph::Trace trace;
  graph::traceGraph(roots, graph::Sizes::Dynamic, /*keepHeld=*/false, trace);
  auto module = graph::importTrace(&context(), trace, "main");
  std::vector<Tensor> inputs;
  for (graph::Node *node : trace.inputs)
    inputs.push_back(tensorOf(graph::toArray(node)));
  auto values = ir::interp::run(module->lookupSymbol<mlir::func::FuncOp>("main"), inputs, trace.symbols);
  if (!values)
    return values.error();
  std::vector<Tensor> results;
  for (const array &a : lazy) {
    auto it = std::find(trace.outputs.begin(), trace.outputs.end(), graph::resolve(graph::nodeOf(a)));
    results.push_back(it == trace.outputs.end() ? tensorOf(a) : (*values)[it - trace.outputs.begin()]);
  }
  return results;
}

/// Sums and products in another order, chains of roundings: units of the largest element.
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

class Modes : public testing::TestWithParam<Case> {};

TEST_P(Modes, Agree) {
  ASSERT_FALSE(GetParam().samples.empty()) << "a row without a sample; tests/ops/Samples*.cpp have them";
  const Program program(GetParam());
  Arrays eager = program(program.inputs);
  auto expected = interpret(eager);
  ASSERT_TRUE(expected) << expected.error().message;
  eval(eager);
  const Arrays compiled = compile(ArraysFn(program))(program.inputs);
  const Arrays shapeless = compile(ArraysFn(program), /*shapeless=*/true)(program.inputs);
  for (size_t i = 0; i < program.calls.size(); ++i) {
    const Call &call = program.calls[i];
    const Tensor value = tensorOf(eager[i]);
    EXPECT_EQ(ir::interp::firstDifference(value, (*expected)[i], toleranceOf(call)), "") << call.name() << " against the interpreter";
    // NaNs too have the same bits.
    EXPECT_TRUE(tensorOf(compiled[i]) == value) << call.name() << ", compiled: " << ir::interp::firstDifference(tensorOf(compiled[i]), value);
    EXPECT_TRUE(tensorOf(shapeless[i]) == value) << call.name() << ", shapeless: " << ir::interp::firstDifference(tensorOf(shapeless[i]), value);
  }
}

INSTANTIATE_TEST_SUITE_P(Table, Modes, testing::ValuesIn(cases()), [](const auto &info) {
  std::string name = info.param.name;
  for (char &c : name)
    c = std::isalnum(static_cast<unsigned char>(c)) ? c : '_';
  return name;
});

/// True when the sample's operands have the dtype asked for; others have a fixed one.
bool follows(const Sample &s, Dtype dtype) {
  auto dtypesOf = [&](Dtype asked) {
    Values values(asked, 1);
    std::vector<Dtype> dtypes;
    for (const array &a : s.inputs(values))
      dtypes.push_back(a.dtype());
    return dtypes;
  };
  return dtypesOf(dtype) != dtypesOf(dtype == float32 ? float64 : float32);
}

// A dtype that no sample of a row takes is one that the row refuses.
TEST(Dtypes, OthersAreRefused) {
  for (const Case &c : cases())
    for (Dtype dtype : kDtypes) {
      if (std::any_of(c.samples.begin(), c.samples.end(), [&](const Sample *s) { return contains(s->dtypes, dtype); }))
        continue;
      for (const Sample *s : c.samples)
        if (s->kind && follows(*s, dtype)) {
          Values values(dtype, 1);
          EXPECT_THROW(s->function(s->inputs(values)), InvalidArgument) << s->name << " of " << to_string(dtype);
        }
    }
}

} // namespace
} // namespace mx::test
