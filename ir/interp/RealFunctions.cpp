// Real scalar functions. float16, bfloat16 and float32 compute in double; float64 takes its transcendental functions
// from long double, but + - * / and sqrt from double itself, for rounding those twice would be wrong.
#include "ir/interp/Functions.h"

#include <numbers>

namespace mx::ir::interp {
namespace {

/// Inverse of erf: a rational first guess and Halley steps. Beyond 1/2 the steps use erfc, which keeps the digits of 1 - x.
template <typename M> M inverseErf(M x) {
  if (!(std::abs(x) < 1))
    return std::abs(x) == 1 ? std::copysign(std::numeric_limits<M>::infinity(), x) : std::numeric_limits<M>::quiet_NaN();
  // Source of the guess: Winitzki, A handy approximation for the error function and its inverse (2008).
  M magnitude = std::abs(x), log = std::log1p(-magnitude * magnitude), a = M(0.147);
  M half = 2 / (std::numbers::pi_v<M> * a) + log / 2;
  M y = std::sqrt(std::sqrt(half * half - log / a) - half);
  for (int i = 0; i < 4 && std::isfinite(y); ++i) {
    M error = magnitude < M(0.5) ? std::erf(y) - magnitude : (1 - magnitude) - std::erfc(y);
    M step = error / (2 * std::numbers::inv_sqrtpi_v<M> * std::exp(-y * y));
    y -= step / (1 + y * step);
  }
  return std::copysign(y, x);
}

double floorRemainder(double a, double b) {
  double r = std::fmod(a, b);
  if (r == 0)
    return std::copysign(r, b);
  return (r < 0) != (b < 0) ? r + b : r;
}

template <typename M> M logAddExp(M a, M b) {
  if (a == b)
    return a + std::numbers::ln2_v<M>; // equal infinities too
  return std::isnan(a) || std::isnan(b) ? a + b : std::max(a, b) + std::log1p(std::exp(-std::abs(a - b)));
}

} // namespace

template <typename T> Unary<T> realUnary(OpKind op) {
  using M = Wide<T>;
  switch (op) {
  case OpKind::Abs: return [](double x) { return std::abs(x); };
  case OpKind::Negative: return [](double x) { return -x; };
  case OpKind::Sign: return [](double x) { return std::isnan(x) ? x : double((x > 0) - (x < 0)); };
  case OpKind::Square: return [](double x) { return x * x; };
  case OpKind::Floor: return [](double x) { return std::floor(x); };
  case OpKind::Ceil: return [](double x) { return std::ceil(x); };
  case OpKind::Trunc: return [](double x) { return std::trunc(x); };
  case OpKind::Rint: return [](double x) { return std::nearbyint(x); };
  case OpKind::Exp: return [](double x) { return double(std::exp(M(x))); };
  case OpKind::Expm1: return [](double x) { return double(std::expm1(M(x))); };
  case OpKind::Log: return [](double x) { return double(std::log(M(x))); };
  case OpKind::Log2: return [](double x) { return double(std::log2(M(x))); };
  case OpKind::Log10: return [](double x) { return double(std::log10(M(x))); };
  case OpKind::Log1p: return [](double x) { return double(std::log1p(M(x))); };
  case OpKind::Sin: return [](double x) { return double(std::sin(M(x))); };
  case OpKind::Cos: return [](double x) { return double(std::cos(M(x))); };
  case OpKind::Tan: return [](double x) { return double(std::tan(M(x))); };
  case OpKind::Arcsin: return [](double x) { return double(std::asin(M(x))); };
  case OpKind::Arccos: return [](double x) { return double(std::acos(M(x))); };
  case OpKind::Arctan: return [](double x) { return double(std::atan(M(x))); };
  case OpKind::Sinh: return [](double x) { return double(std::sinh(M(x))); };
  case OpKind::Cosh: return [](double x) { return double(std::cosh(M(x))); };
  case OpKind::Tanh: return [](double x) { return double(std::tanh(M(x))); };
  case OpKind::Arcsinh: return [](double x) { return double(std::asinh(M(x))); };
  case OpKind::Arccosh: return [](double x) { return double(std::acosh(M(x))); };
  case OpKind::Arctanh: return [](double x) { return double(std::atanh(M(x))); };
  case OpKind::Sqrt: return [](double x) { return std::sqrt(x); };
  case OpKind::Rsqrt: return [](double x) { return double(1 / std::sqrt(M(x))); };
  case OpKind::Reciprocal: return [](double x) { return 1 / x; };
  case OpKind::Erf: return [](double x) { return double(std::erf(M(x))); };
  case OpKind::Erfinv: return [](double x) { return double(inverseErf(M(x))); };
  case OpKind::Sigmoid: return [](double x) { return double(1 / (1 + std::exp(-M(x)))); };
  default: return nullptr;
  }
}

template <typename T> Binary<T> realBinary(OpKind op) {
  using M = Wide<T>;
  switch (op) {
  case OpKind::Add: return add<double>;
  case OpKind::Subtract: return [](double a, double b) { return a - b; };
  case OpKind::Multiply: return multiply<double>;
  case OpKind::Divide: return [](double a, double b) { return a / b; };
  // The floor of the quotient as the dtype computes it: float16 and bfloat16 in float32.
  case OpKind::FloorDivide: return [](double a, double b) {
    using Quotient = std::conditional_t<std::is_same_v<T, double>, double, float>;
    return double(std::floor(static_cast<Quotient>(a / b)));
  };
  case OpKind::Remainder: return floorRemainder;
  case OpKind::Power: return [](double a, double b) { return double(std::pow(M(a), M(b))); };
  case OpKind::Maximum: return maximum<double>;
  case OpKind::Minimum: return minimum<double>;
  case OpKind::Arctan2: return [](double a, double b) { return double(std::atan2(M(a), M(b))); };
  case OpKind::Logaddexp: return [](double a, double b) { return double(logAddExp(M(a), M(b))); };
  default: return nullptr;
  }
}

template Unary<Float16> realUnary<Float16>(OpKind);
template Unary<Bfloat16> realUnary<Bfloat16>(OpKind);
template Unary<float> realUnary<float>(OpKind);
template Unary<double> realUnary<double>(OpKind);
template Binary<Float16> realBinary<Float16>(OpKind);
template Binary<Bfloat16> realBinary<Bfloat16>(OpKind);
template Binary<float> realBinary<float>(OpKind);
template Binary<double> realBinary<double>(OpKind);

} // namespace mx::ir::interp
