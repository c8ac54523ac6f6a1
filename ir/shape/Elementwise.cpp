// Broadcasting, promotion and the one rule of all element-wise ops. Called at every eager op: two operands of one
// shape and dtype take the short way.
#include "ir/shape/Checks.h"
#include "ir/shape/Rules.h"

#include <algorithm>
#include <array>

namespace mx::ir {
namespace {

using rt::DType;

constexpr DType integerOf(bool isSigned, int64_t bytes) {
  int step = bytes == 1 ? 0 : bytes == 2 ? 1 : bytes == 4 ? 2 : 3;
  return static_cast<DType>(static_cast<int>(isSigned ? DType::int8 : DType::uint8) + step);
}

constexpr DType promoted(DType a, DType b) {
  if (a == b || isBool(b))
    return a;
  if (isBool(a))
    return b;
  if (isComplex(a) || isComplex(b))
    return DType::complex64;
  if (isFloat(a) && isFloat(b)) {
    if (sizeOf(a) == sizeOf(b))
      return DType::float32; // float16 with bfloat16: neither holds the other
    return sizeOf(a) > sizeOf(b) ? a : b;
  }
  if (isFloat(a) || isFloat(b))
    return isFloat(a) ? a : b;
  if (isSigned(a) == isSigned(b))
    return sizeOf(a) > sizeOf(b) ? a : b;
  DType s = isSigned(a) ? a : b, u = isSigned(a) ? b : a;
  if (sizeOf(s) > sizeOf(u))
    return s;
  return u == DType::uint64 ? DType::float32 : integerOf(true, 2 * sizeOf(u));
}

constexpr auto kPromotion = [] {
  std::array<std::array<DType, rt::kNumDTypes>, rt::kNumDTypes> table{};
  for (int a = 0; a < rt::kNumDTypes; ++a)
    for (int b = 0; b < rt::kNumDTypes; ++b)
      table[a][b] = promoted(static_cast<DType>(a), static_cast<DType>(b));
  return table;
}();

/// Ops that move values without looking at them.
bool holdsAnyValue(const OpRow &row) {
  switch (row.kind) {
  case OpKind::Copy:
  case OpKind::StopGradient:
  case OpKind::Barrier:
  case OpKind::Where:
  case OpKind::Astype:
    return true;
  default:
    return false;
  }
}

std::string dtypesOf(std::span<const TensorType> inputs) {
  std::string r;
  for (size_t i = 0; i < inputs.size(); ++i)
    r += (i ? " and " : "") + shape::name(inputs[i].dtype);
  return r;
}

/// The dtype an element-wise op computes in: what its operands are cast to, the condition of a selection excepted.
rt::Result<DType> computeDtype(const OpRow &row, std::span<const TensorType> inputs) {
  auto values = row.dtypeRule == DtypeRule::Select ? inputs.subspan(1) : inputs;
  DType t = values.front().dtype;
  for (const TensorType &in : values.subspan(1))
    t = promoteTypes(t, in.dtype);
  if (isComplex(t) && !holdsAnyValue(row))
    return shape::checkReal(row.api, t).error();
  switch (row.dtypeRule) {
  case DtypeRule::Float:
    return isFloat(t) ? t : DType::float32;
  case DtypeRule::Logical:
    return DType::bool_;
  case DtypeRule::Bits:
    if (isFloat(t))
      return shape::invalid("needs integers or bool, got " + dtypesOf(inputs) + " (" + shape::name(t) + " together); convert with astype");
    return t;
  case DtypeRule::Select:
    if (isComplex(inputs.front().dtype))
      return shape::invalid("complex64 is a storage type and no condition; compare its parts");
    return t;
  case DtypeRule::Promote:
    if (isBool(t) && row.kind == OpKind::Negative)
      return shape::invalid("bool has no negative; use logical_not");
    if (isBool(t) && row.kind == OpKind::Subtract)
      return shape::invalid("bool has no difference; use logical_xor");
    return t;
  case DtypeRule::None:
  case DtypeRule::Compare:
  case DtypeRule::Cast:
    return t;
  }
  __builtin_unreachable();
}

} // namespace

DType promoteTypes(DType a, DType b) { return kPromotion[static_cast<int>(a)][static_cast<int>(b)]; }

rt::Result<DType> operandDtype(const OpRow &row, std::span<const TensorType> inputs, const Attrs &, int index) {
  if (row.dtypeRule == DtypeRule::Cast)
    return inputs[index].dtype;
  auto t = computeDtype(row, inputs);
  if (t && row.dtypeRule == DtypeRule::Select && index == 0)
    return DType::bool_;
  return t;
}

rt::Result<Dims> broadcastDims(const Dims &a, const Dims &b) {
  if (a == b)
    return a;
  const Dims &longer = a.size() >= b.size() ? a : b, &shorter = a.size() >= b.size() ? b : a;
  Dims result = longer;
  size_t offset = longer.size() - shorter.size();
  for (size_t i = 0; i < shorter.size(); ++i) {
    Dim &x = result[offset + i], y = shorter[i];
    if (x == y || y.is(1))
      continue;
    if (x.is(1))
      x = y;
    else if (provablyDifferent(x, y))
      return shape::invalid("shapes " + str(a) + " and " + str(b) + " cannot be broadcast; sizes, counted from the last axis, are equal or 1");
    else
      x = shape::known(x, y);
  }
  if (auto status = shape::checkSizes(result); !status)
    return status.error();
  return result;
}

namespace shape {

rt::Result<TensorType> infer_elementwise(const OpRow &row, std::span<const TensorType> inputs, const Attrs &attrs) {
  auto t = computeDtype(row, inputs);
  if (!t)
    return t.error();
  if (row.dtypeRule == DtypeRule::Cast) {
    t = dtypeAttribute(attrs, 0);
    if (!t)
      return t.error();
  }
  DType dtype = row.dtypeRule == DtypeRule::Compare ? DType::bool_ : *t;

  const Dims &first = inputs.front().dims;
  if (std::all_of(inputs.begin() + 1, inputs.end(), [&](const TensorType &in) { return in.dims == first; }))
    return TensorType{dtype, first};
  auto dims = broadcastDims(first, inputs[1].dims);
  for (size_t i = 2; dims && i < inputs.size(); ++i)
    dims = broadcastDims(*dims, inputs[i].dims);
  if (!dims)
    return dims.error();
  return TensorType{dtype, std::move(*dims)};
}

} // namespace shape
} // namespace mx::ir
