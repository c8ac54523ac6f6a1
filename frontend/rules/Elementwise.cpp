// Partial derivatives of the element-wise ops. Each function returns `t` times the derivative of the output with
// respect to operand `index`; where the output is at hand it is used, for it is computed anyway.
#include "frontend/rules/Rules.h"

#include <cmath>
#include <numbers>

namespace mx::rules {

#define MX_DERIVATIVE(mnemonic)                                                                                        \
  array derivative_##mnemonic([[maybe_unused]] const Elementwise &op, [[maybe_unused]] int index, const array &t)

// Identities and signs.
MX_DERIVATIVE(add) { return t; }
MX_DERIVATIVE(subtract) { return index == 0 ? t : negative(t); }
MX_DERIVATIVE(negative) { return negative(t); }
MX_DERIVATIVE(copy) { return t; }
MX_DERIVATIVE(barrier) { return t; }
MX_DERIVATIVE(astype) { return t; }
MX_DERIVATIVE(abs) { return t * sign(op.x()); }

// Products and powers.
MX_DERIVATIVE(multiply) { return t * op.x(1 - index); }
MX_DERIVATIVE(square) { return t * (op.constant(2) * op.x()); }
MX_DERIVATIVE(divide) { return index == 0 ? t / op.x(1) : negative(t) * op.output / op.x(1); }
MX_DERIVATIVE(reciprocal) { return negative(t) * square(op.output); }
MX_DERIVATIVE(sqrt) { return t * op.constant(0.5) / op.output; }
MX_DERIVATIVE(rsqrt) { return t * op.constant(-0.5) * op.output / op.x(); }
// x^0 is constant, and its derivative 0 * x^-1 would be NaN at 0: the exponent 0 is lowered to 0. Likewise 0^y does
// not change with y > 0, though log 0 is infinite.
MX_DERIVATIVE(power) {
  array x = op.x(0), y = op.x(1), zero = op.constant(0), one = op.constant(1);
  if (index == 0)
    return t * (y * power(x, where(equal(y, zero), zero, y - one)));
  return t * (log(where(equal(x, zero), one, x)) * op.output);
}
// a - floor(a / b) * b
MX_DERIVATIVE(remainder) { return index == 0 ? t : negative(t) * floor_divide(op.x(0), op.x(1)); }

// Exponentials and logarithms.
MX_DERIVATIVE(exp) { return t * op.output; }
MX_DERIVATIVE(expm1) { return t * (op.output + op.constant(1)); }
MX_DERIVATIVE(log) { return t / op.x(); }
MX_DERIVATIVE(log2) { return t / (op.constant(std::numbers::ln2) * op.x()); }
MX_DERIVATIVE(log10) { return t / (op.constant(std::numbers::ln10) * op.x()); }
MX_DERIVATIVE(log1p) { return t / (op.constant(1) + op.x()); }
MX_DERIVATIVE(logaddexp) { return t * sigmoid(op.x(index) - op.x(1 - index)); }
MX_DERIVATIVE(sigmoid) { return t * (op.output * (op.constant(1) - op.output)); }

// Trigonometric and hyperbolic functions.
MX_DERIVATIVE(sin) { return t * cos(op.x()); }
MX_DERIVATIVE(cos) { return negative(t) * sin(op.x()); }
MX_DERIVATIVE(tan) { return t * (op.constant(1) + square(op.output)); }
MX_DERIVATIVE(arcsin) { return t * rsqrt(op.constant(1) - square(op.x())); }
MX_DERIVATIVE(arccos) { return negative(t) * rsqrt(op.constant(1) - square(op.x())); }
MX_DERIVATIVE(arctan) { return t / (op.constant(1) + square(op.x())); }
MX_DERIVATIVE(arctan2) {
  array a = op.x(0), b = op.x(1), norm = square(a) + square(b);
  return index == 0 ? t * (b / norm) : negative(t) * (a / norm);
}
MX_DERIVATIVE(sinh) { return t * cosh(op.x()); }
MX_DERIVATIVE(cosh) { return t * sinh(op.x()); }
MX_DERIVATIVE(tanh) { return t * (op.constant(1) - square(op.output)); }
MX_DERIVATIVE(arcsinh) { return t * rsqrt(square(op.x()) + op.constant(1)); }
// sqrt(x - 1) sqrt(x + 1) keeps the branch below -1 NaN, as arccosh is there.
MX_DERIVATIVE(arccosh) { return t * (rsqrt(op.x() - op.constant(1)) * rsqrt(op.x() + op.constant(1))); }
MX_DERIVATIVE(arctanh) { return t / (op.constant(1) - square(op.x())); }

// Error function.
MX_DERIVATIVE(erf) {
  return t * (op.constant(2 * std::numbers::inv_sqrtpi) * exp(negative(square(op.x()))));
}
MX_DERIVATIVE(erfinv) {
  return t * (op.constant(0.5 / std::numbers::inv_sqrtpi) * exp(square(op.output)));
}

// Selections. Of equal operands the second counts as selected. Masking, not multiplying, keeps an infinite or NaN
// cotangent out of the operand that was not selected.
MX_DERIVATIVE(maximum) {
  array a = op.x(0), b = op.x(1);
  return masked(index == 0 ? greater(a, b) : less_equal(a, b), t);
}
MX_DERIVATIVE(minimum) {
  array a = op.x(0), b = op.x(1);
  return masked(index == 0 ? less(a, b) : greater_equal(a, b), t);
}
MX_DERIVATIVE(where) {
  array zero = op.constant(0);
  if (index == 0) // a floating-point condition
    return zero;
  return index == 1 ? where(op.inputs[0], t, zero) : where(op.inputs[0], zero, t);
}

#undef MX_DERIVATIVE

array Elementwise::x(int i) const { return astype(inputs[i], output.dtype()); }
array Elementwise::constant(double value) const { return scalarLike(value, output); }

array vmapElementwise(const VmapArgs &op) {
  int rank = 0;
  for (size_t i = 0; i < op.inputs.size(); ++i)
    rank = std::max(rank, op.rank(i));
  std::vector<array> inputs;
  inputs.reserve(op.inputs.size());
  for (size_t i = 0; i < op.inputs.size(); ++i)
    inputs.push_back(op.aligned(i, rank));
  return again(op, inputs);
}

} // namespace mx::rules
