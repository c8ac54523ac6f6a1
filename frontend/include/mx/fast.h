// Building blocks of transformers that compile to one kernel each: norms, rotary positions, attention.
// float16 and bfloat16 arguments keep their dtype outside; statistics and softmax are computed in float32.
#pragma once

#include "mx/array.h"
#include "mx/stream.h"

#include <optional>
#include <string>

MX_PUBLIC_BEGIN
namespace mx::fast {

/// x / sqrt(mean(x^2) + eps) over the last axis, times `weight` (one entry per element of that axis).
/// Source: Zhang, Sennrich: Root Mean Square Layer Normalization, NeurIPS 2019.
/// Throws InvalidArgument for a scalar x, an integer dtype, a weight of another shape.
array rms_norm(const array &x, const std::optional<array> &weight, float eps, StreamOrDevice s = {});

/// (x - mean(x)) / sqrt(var(x) + eps) over the last axis, times `weight`, plus `bias`.
/// Source: Ba, Kiros, Hinton: Layer Normalization, 2016, arXiv:1607.06450.
/// Throws InvalidArgument for a scalar x, an integer dtype, a weight or bias of another shape.
array layer_norm(const array &x, const std::optional<array> &weight, const std::optional<array> &bias,
                 float eps, StreamOrDevice s = {});

/// Rotary positions: pair i of the first `dims` elements of the last axis turns by (t + offset) * scale *
/// base^(-2i/dims), t the index along the axis before. Pairs are (2i, 2i + 1) when `traditional`, else (i, i
/// + dims/2). `freqs`, of shape (dims/2,), replaces base^(2i/dims): pass exactly one of both. x is (B, ...,
/// T, D). Source: Su et al.: RoFormer, 2021, arXiv:2104.09864. Throws InvalidArgument for fewer than three
/// axes, an integer dtype, odd or too large `dims`.
array rope(const array &x, int dims, bool traditional, std::optional<float> base, float scale, int offset,
           const std::optional<array> &freqs = std::nullopt, StreamOrDevice s = {});
/// The same with an integer `offset` of one element, or one per entry of the first axis.
array rope(const array &x, int dims, bool traditional, std::optional<float> base, float scale,
           const array &offset, const std::optional<array> &freqs = std::nullopt, StreamOrDevice s = {});

/// softmax(scale * queries @ keys^T + mask) @ values for queries (B, H, L, D), keys (B, G, M, D), values (B,
/// G, M, E); H is a multiple of G, and consecutive heads share keys and values. `mask_mode` is "" or "array"
/// for `mask_arr`, which broadcasts to (B, H, L, M) and is bool (true: attend) or added; or "causal", where
/// query i sees keys up to i + M - L. `sinks`, of shape (H,), are logits that take part in the softmax and
/// have no value. `force_fused` is accepted and changes nothing: the compiler decides. Sources: Vaswani et
/// al.: Attention Is All You Need, 2017; Ainslie et al.: GQA, 2023, arXiv:2305.13245; for the gradient Dao et
/// al.: FlashAttention, 2022, arXiv:2205.14135; for sinks Xiao et al., 2023, arXiv:2309.17453. Throws
/// InvalidArgument for shapes, dtypes and modes that do not fit.
array scaled_dot_product_attention(const array &queries, const array &keys, const array &values, float scale,
                                   const std::string &mask_mode = "", std::optional<array> mask_arr = {},
                                   const std::optional<array> &sinks = {}, bool force_fused = false,
                                   StreamOrDevice s = {});

} // namespace mx::fast
MX_PUBLIC_END
