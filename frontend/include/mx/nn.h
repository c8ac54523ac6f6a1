// Activations and losses. float16 and bfloat16 are computed in float32 inside and rounded once.
#pragma once

#include "mx/array.h"
#include "mx/stream.h"

MX_PUBLIC_BEGIN
namespace mx::nn {

/// x * Phi(x) = x * (1 + erf(x / sqrt(2))) / 2. Integers become float32.
/// Source: Hendrycks, Gimpel: Gaussian Error Linear Units, 2016, arXiv:1606.08415.
array gelu(const array &a, StreamOrDevice s = {});

/// The same source's approximation: x * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x^3))) / 2.
array gelu_approx(const array &a, StreamOrDevice s = {});

/// x * sigmoid(x). Source: Elfwing, Uchibe, Doya: Sigmoid-Weighted Linear Units, 2017, arXiv:1702.03118.
array silu(const array &a, StreamOrDevice s = {});

/// max(x, 0), of x's dtype; NaN stays NaN.
array relu(const array &a, StreamOrDevice s = {});

/// logsumexp(logits, axis) - logits[targets], in nats, one loss per target: integer `targets` have the shape
/// of logits without `axis`. A negative target counts from the end; after that one out of range is clamped.
/// Throws InvalidArgument for targets that are not integers or of another shape.
array cross_entropy(const array &logits, const array &targets, int axis = -1, StreamOrDevice s = {});

} // namespace mx::nn
MX_PUBLIC_END
