// mx::debug::check_ops. The op table says what there is to call: attributes get values by their kinds, and a dtype is taken
// when the row's rule takes it. A call that the rule refuses is no problem; whatever fails after that is one.
#include "frontend/compile/Interpret.h"
#include "frontend/include/mx/debug.h"
#include "frontend/include/mx/ops.h"
#include "frontend/include/mx/transforms.h"
#include "frontend/trace/Dtypes.h"
#include "frontend/trace/Errors.h"
#include "frontend/trace/Node.h"
#include "ir/interp/CompareTensors.h"
#include "ir/interp/Elements.h"
#include "ir/interp/Evaluate.h"
#include "runtime/Allocator.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <random>

namespace mx::debug {
namespace {

using ir::interp::Tensor;
using rt::DType;

// Odd, and more than a vector of any dtype.
constexpr int kRows = 13, kColumns = 37;

struct Call {
  std::vector<Tensor> inputs;
  ir::Attrs attrs;
  DType dtype;
};

/// Element-wise ops meet the special values too; in a reduction they would hide all others.
Tensor inputOf(DType dtype, unsigned seed, bool special) {
  Tensor t = ir::interp::zeros(dtype, {kRows, kColumns});
  std::mt19937_64 random(seed);
  std::uniform_real_distribution<double> real(-2, 2);
  constexpr double inf = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();
  constexpr double kSpecial[] = {0.0, -0.0, 1.0, -1.0, inf, -inf, nan, 100.0};
  ir::interp::visit(dtype, [&]<typename T>(std::type_identity<T>) {
    size_t i = 0;
    for (T &e : ir::interp::elements<T>(t)) {
      const size_t n = i++;
      // Two operands meet in all combinations.
      const double value = special && n < 64 ? kSpecial[seed % 2 ? n % 8 : n / 8] : real(random);
      if constexpr (std::is_same_v<T, ir::interp::Complex>)
        e = ir::interp::Complex(float(value), float(real(random)));
      else if constexpr (ir::interp::isReal<T>)
        e = ir::interp::write<T>(value);
      else if constexpr (std::is_same_v<T, ir::interp::Bool>)
        e = ir::interp::write<T>(random() % 2 != 0);
      else
        e = T(int(random() % 16) - (std::is_signed_v<T> ? 8 : 0));
    }
  });
  return t;
}

/// Values for the attributes of a row: both of a flag, axes alone and together, every dtype.
std::vector<ir::Attrs> attributesOf(const ir::OpRow &row) {
  std::vector<ir::Attrs> choices{{}};
  for (const ir::AttrSpec &spec : row.attrs) {
    std::vector<ir::AttrValue> values;
    switch (spec.kind) {
    case ir::AttrKind::Int:
    case ir::AttrKind::Flag: values = {int64_t(0), int64_t(1)}; break;
    case ir::AttrKind::Ints: values = {std::vector<int64_t>{0}, std::vector<int64_t>{1}, std::vector<int64_t>{0, 1}}; break;
    case ir::AttrKind::Dtype:
      for (int i = 0; i < rt::kNumDTypes; ++i)
        values.push_back(int64_t(i));
      break;
    default: return {};
    }
    std::vector<ir::Attrs> longer;
    for (const ir::Attrs &attrs : choices)
      for (const ir::AttrValue &value : values)
        longer.emplace_back(attrs).push_back(value);
    choices = std::move(longer);
  }
  return choices;
}

bool isChecked(const ir::OpRow &row) {
  return !row.variadic && row.numInputs > 0 && (row.isElementwise() || row.family == "Reduce" || row.family == "Scan");
}

/// Sums, products and scans may add up in another order. Of two zeros a gpu may take either for the larger one, and these are
/// less than a unit apart.
ir::interp::Tolerance toleranceOf(const ir::OpRow &row, DType dtype, Device device) {
  if (row.isElementwise()) {
    ir::interp::Tolerance tolerance = ir::interp::toleranceOf(row);
    tolerance.ulps = std::max(tolerance.ulps, device == Device::gpu ? 0.25 : 0.0);
    return tolerance;
  }
  return {dtype == DType::float32 || dtype == DType::float64 ? 64.0 : 4.0, /*ofLargest=*/true};
}

array arrayOf(const Tensor &t) {
  auto buffer = rt::hostAllocator().allocate(t.data.size());
  if (!buffer)
    graph::raise(buffer.error());
  std::memcpy((*buffer)->data, t.data.data(), t.data.size());
  return graph::makeLeaf(Shape(t.shape.begin(), t.shape.end()), t.dtype, std::move(*buffer));
}

bool contains(const std::vector<DType> &dtypes, DType dtype) { return std::find(dtypes.begin(), dtypes.end(), dtype) != dtypes.end(); }

struct Calls {
  std::vector<array> results;
  std::vector<std::string> names;
};

Calls callsOf(const ir::OpRow &row, const std::vector<DType> &dtypes, Device device) {
  Calls calls;
  const std::vector<ir::Attrs> choices = attributesOf(row);
  // Casts have a choice for each dtype; of these each dtype has some, and together they have all.
  const size_t perDtype = std::min<size_t>(choices.size(), 8);
  for (size_t d = 0; d < dtypes.size(); ++d)
    for (size_t c = 0; c < perDtype; ++c) {
      const DType dtype = dtypes[d];
      const ir::Attrs &attrs = choices[(d * perDtype + c) % choices.size()];
      std::vector<ir::TensorType> types(row.numInputs, {dtype, {kRows, kColumns}});
      if (row.dtypeRule == ir::DtypeRule::Select)
        types[0].dtype = DType::bool_;
      const auto result = ir::inferType(row.kind, types, attrs);
      if (!result || !contains(dtypes, result->dtype))
        continue;
      std::vector<array> inputs;
      for (size_t i = 0; i < types.size(); ++i)
        inputs.push_back(arrayOf(inputOf(types[i].dtype, unsigned(i), row.isElementwise())));
      calls.results.push_back(graph::make(row.kind, inputs, attrs, device));
      calls.names.push_back(std::string(row.mnemonic) + " of " + std::string(rt::nameOf(dtype)) + " to " + std::string(rt::nameOf(result->dtype)));
    }
  return calls;
}

OpCheck check(const ir::OpRow &row, const std::vector<DType> &dtypes, Device device) {
  OpCheck found;
  found.op = row.mnemonic;
  try {
    const Calls calls = callsOf(row, dtypes, device);
    found.calls = int(calls.results.size());
    const auto expected = graph::interpret(calls.results);
    if (!expected)
      graph::raise(expected.error());
    eval(calls.results);
    for (size_t i = 0; i < calls.results.size() && found.problem.empty(); ++i) {
      const Tensor &wanted = (*expected)[i];
      const std::string difference = firstDifference(graph::tensorOf(calls.results[i]), wanted, toleranceOf(row, wanted.dtype, device), &found.worst);
      if (!difference.empty())
        found.problem = calls.names[i] + ": " + difference;
    }
  } catch (const Error &error) {
    found.problem = error.what();
  }
  return found;
}

/// Those that the device can compute with; a gpu need not have all.
std::vector<DType> supported(const std::vector<Dtype> &dtypes, Device device) {
  std::vector<DType> list;
  for (int i = 0; i < rt::kNumDTypes; ++i) {
    const DType dtype = static_cast<DType>(i);
    if (!dtypes.empty() && std::find(dtypes.begin(), dtypes.end(), graph::fromRt(dtype)) == dtypes.end())
      continue;
    try {
      if (device == Device::gpu && dtype != DType::float32)
        eval(where(array(true), zeros({kColumns}, graph::fromRt(dtype), device), ones({kColumns}, graph::fromRt(dtype), device), device));
      list.push_back(dtype);
    } catch (const Error &) {
    }
  }
  return list;
}

} // namespace

void check_ops(Device device, const std::function<void(const OpCheck &)> &report, const std::vector<Dtype> &dtypes) {
  const std::vector<DType> taken = supported(dtypes, device);
  for (int kind = 0; kind < ir::kNumOps; ++kind)
    if (const ir::OpRow &row = ir::rowOf(static_cast<ir::OpKind>(kind)); isChecked(row))
      report(check(row, taken, device));
}

} // namespace mx::debug
