// Element-wise ops: operands are cast to the op's compute dtype and broadcast first, then one scalar function runs over
// flat arrays.
#include "ir/interp/Evaluate.h"
#include "ir/interp/Functions.h"

#include <algorithm>
#include <cstring>

namespace mx::ir::interp {
namespace {

/// bool as a one-bit unsigned integer.
Unary<Bool> boolUnary(OpKind op) {
  switch (op) {
  case OpKind::LogicalNot:
  case OpKind::BitwiseInvert: return [](bool x) { return !x; };
  case OpKind::Abs:
  case OpKind::Sign:
  case OpKind::Square:
  case OpKind::Floor:
  case OpKind::Ceil:
  case OpKind::Trunc:
  case OpKind::Rint: return [](bool x) { return x; };
  default: return nullptr;
  }
}

Binary<Bool> boolBinary(OpKind op) {
  switch (op) {
  case OpKind::Add:
  case OpKind::Maximum:
  case OpKind::LogicalOr:
  case OpKind::BitwiseOr: return [](bool a, bool b) { return a || b; };
  case OpKind::Multiply:
  case OpKind::Minimum:
  case OpKind::FloorDivide:
  case OpKind::LogicalAnd:
  case OpKind::BitwiseAnd: return [](bool a, bool b) { return a && b; };
  case OpKind::LogicalXor:
  case OpKind::BitwiseXor: return [](bool a, bool b) { return a != b; };
  case OpKind::Remainder: return [](bool, bool) { return false; };
  case OpKind::Power: return [](bool a, bool b) { return a || !b; };
  case OpKind::LeftShift:
  case OpKind::RightShift: return [](bool a, bool b) { return a && !b; };
  default: return nullptr;
  }
}

template <typename T> Unary<T> unaryOf(OpKind op) {
  if constexpr (isReal<T>)
    return realUnary<T>(op);
  else if constexpr (std::is_same_v<T, Bool>)
    return boolUnary(op);
  else
    return integerUnary<T>(op);
}

template <typename T> Binary<T> binaryOf(OpKind op) {
  if constexpr (isReal<T>)
    return realBinary<T>(op);
  else if constexpr (std::is_same_v<T, Bool>)
    return boolBinary(op);
  else
    return integerBinary<T>(op);
}

template <typename T> Relation<T> relationOf(OpKind op) {
  using C = Compute<T>;
  switch (op) {
  case OpKind::Equal: return [](C a, C b) { return a == b; };
  case OpKind::NotEqual: return [](C a, C b) { return a != b; };
  case OpKind::Less: return [](C a, C b) { return a < b; };
  case OpKind::LessEqual: return [](C a, C b) { return a <= b; };
  case OpKind::Greater: return [](C a, C b) { return a > b; };
  case OpKind::GreaterEqual: return [](C a, C b) { return a >= b; };
  default: return nullptr;
  }
}

Tensor select(const Tensor &condition, const Tensor &a, const Tensor &b) {
  Tensor result = b;
  int64_t bytes = sizeOf(a.dtype);
  auto chosen = elements<Bool>(condition);
  for (size_t i = 0; i < chosen.size(); ++i)
    if (read(chosen[i]))
      std::memcpy(&result.data[i * bytes], &a.data[i * bytes], bytes);
  return result;
}

rt::Result<Tensor> compare(const OpCall &call, const Tensor &a, const Tensor &b) {
  return visit(a.dtype, [&]<typename T>(std::type_identity<T>) -> rt::Result<Tensor> {
    if constexpr (!std::is_same_v<T, Complex>)
      if (auto relation = relationOf<T>(call.row.kind)) {
        Tensor result = zeros(call.dtype, call.shape);
        std::ranges::transform(elements<T>(a), elements<T>(b), elements<Bool>(result).begin(),
                               [&](T x, T y) { return Bool{relation(read(x), read(y))}; });
        return result;
      }
    return unknownOp(call);
  });
}

rt::Result<Tensor> compute(const OpCall &call, std::span<const Tensor> operands) {
  return visit(call.dtype, [&]<typename T>(std::type_identity<T>) -> rt::Result<Tensor> {
    if constexpr (!std::is_same_v<T, Complex>) {
      Tensor result = zeros(call.dtype, call.shape);
      auto to = elements<T>(result).begin();
      if (auto f = operands.size() == 1 ? unaryOf<T>(call.row.kind) : nullptr) {
        std::ranges::transform(elements<T>(operands[0]), to, [&](T x) { return write<T>(f(read(x))); });
        return result;
      }
      if (auto f = operands.size() == 2 ? binaryOf<T>(call.row.kind) : nullptr) {
        std::ranges::transform(elements<T>(operands[0]), elements<T>(operands[1]), to,
                               [&](T x, T y) { return write<T>(f(read(x), read(y))); });
        return result;
      }
    }
    return unknownOp(call);
  });
}

} // namespace

rt::Result<Tensor> evaluateElementwise(const OpCall &call) {
  std::vector<Tensor> operands;
  for (size_t i = 0; i < call.inputs.size(); ++i) {
    auto dtype = operandDtype(call.row, call.inputTypes, call.attrs, i);
    if (!dtype)
      return dtype.error();
    operands.push_back(broadcastTo(convert(call.in(i), *dtype), call.shape));
  }
  switch (call.row.kind) {
  case OpKind::Astype:
    return convert(operands[0], call.dtype);
  case OpKind::Copy:
  case OpKind::StopGradient:
  case OpKind::Barrier:
    return std::move(operands[0]);
  case OpKind::Where:
    return select(operands[0], operands[1], operands[2]);
  default:
    return call.row.dtypeRule == DtypeRule::Compare ? compare(call, operands[0], operands[1]) : compute(call, operands);
  }
}

} // namespace mx::ir::interp
