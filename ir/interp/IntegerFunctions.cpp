// Integer scalar functions of exact width: everything wraps, nothing traps. A zero divisor gives 0.
#include "ir/interp/Functions.h"

namespace mx::ir::interp {
namespace {

template <typename I> I subtract(I a, I b) { return static_cast<I>(static_cast<uint64_t>(a) - static_cast<uint64_t>(b)); }
template <typename I> bool isMinusOne(I x) { return std::is_signed_v<I> && x == static_cast<I>(-1); }

template <typename I> I floorDivide(I a, I b) {
  if (b == 0)
    return 0;
  if (isMinusOne(b))
    return subtract(I(0), a); // the one quotient that overflows
  return a / b - (a % b != 0 && (a < 0) != (b < 0));
}

template <typename I> I remainder(I a, I b) {
  if (b == 0 || isMinusOne(b))
    return 0;
  I r = a % b;
  return r != 0 && (r < 0) != (b < 0) ? r + b : r;
}

template <typename I> I power(I base, I exponent) {
  if (exponent < 0) {
    if (isMinusOne(base))
      return exponent % 2 ? base : I(1);
    return base == 1;
  }
  I result = 1;
  for (; exponent; exponent /= 2, base = multiply(base, base))
    if (exponent % 2)
      result = multiply(result, base);
  return result;
}

/// A distance past the width; negative ones count as such.
template <typename I> bool isPastWidth(I distance) { return static_cast<uint64_t>(distance) >= 8 * sizeof(I); }

template <typename I> I leftShift(I a, I distance) {
  return isPastWidth(distance) ? I(0) : static_cast<I>(static_cast<uint64_t>(a) << distance);
}
template <typename I> I rightShift(I a, I distance) {
  return isPastWidth(distance) ? (a < 0 ? static_cast<I>(-1) : I(0)) : static_cast<I>(a >> distance);
}

} // namespace

template <typename T> Unary<T> integerUnary(OpKind op) {
  switch (op) {
  case OpKind::Abs: return [](T x) { return x < 0 ? subtract(T(0), x) : x; };
  case OpKind::Negative: return [](T x) { return subtract(T(0), x); };
  case OpKind::Sign: return [](T x) { return T((x > 0) - (x < 0)); };
  case OpKind::Square: return [](T x) { return multiply(x, x); };
  case OpKind::Floor:
  case OpKind::Ceil:
  case OpKind::Trunc:
  case OpKind::Rint: return [](T x) { return x; };
  case OpKind::BitwiseInvert: return [](T x) { return T(~x); };
  default: return nullptr;
  }
}

template <typename T> Binary<T> integerBinary(OpKind op) {
  switch (op) {
  case OpKind::Add: return add<T>;
  case OpKind::Subtract: return subtract<T>;
  case OpKind::Multiply: return multiply<T>;
  case OpKind::FloorDivide: return floorDivide<T>;
  case OpKind::Remainder: return remainder<T>;
  case OpKind::Power: return power<T>;
  case OpKind::Maximum: return maximum<T>;
  case OpKind::Minimum: return minimum<T>;
  case OpKind::BitwiseAnd: return [](T a, T b) { return T(a & b); };
  case OpKind::BitwiseOr: return [](T a, T b) { return T(a | b); };
  case OpKind::BitwiseXor: return [](T a, T b) { return T(a ^ b); };
  case OpKind::LeftShift: return leftShift<T>;
  case OpKind::RightShift: return rightShift<T>;
  default: return nullptr;
  }
}

#define MX_INTEGER_FUNCTIONS(T)                                                                                        \
  template Unary<T> integerUnary<T>(OpKind);                                                                           \
  template Binary<T> integerBinary<T>(OpKind);
MX_INTEGER_FUNCTIONS(uint8_t)
MX_INTEGER_FUNCTIONS(uint16_t)
MX_INTEGER_FUNCTIONS(uint32_t)
MX_INTEGER_FUNCTIONS(uint64_t)
MX_INTEGER_FUNCTIONS(int8_t)
MX_INTEGER_FUNCTIONS(int16_t)
MX_INTEGER_FUNCTIONS(int32_t)
MX_INTEGER_FUNCTIONS(int64_t)
#undef MX_INTEGER_FUNCTIONS

} // namespace mx::ir::interp
