// Scaled dot-product attention. Heads that share keys and values get an axis of their own, (B, G, H / G, L,
// D), so that matmul broadcasts instead of copying. The gradient recomputes the probabilities from the
// arguments: nothing of size L x M has to outlive the forward pass.
#include "frontend/include/mx/fast.h"
#include "frontend/include/mx/ops.h"
#include "frontend/include/mx/utils.h"
#include "frontend/lib/Composite.h"

#include <limits>

namespace mx::fast {
namespace {

constexpr const char *kName = "scaled_dot_product_attention";

/// What attention depends on beside its arrays: queries, keys, values, then mask and sinks where present.
struct AttentionOptions {
  float scale;
  bool causal;
  bool hasMask;
  bool hasSinks;
  /// Heads of queries per head of keys.
  int sharing;
  Dtype dtype;
  StreamOrDevice s;

  Dtype wide() const { return lib::accumulationDtype(dtype); }
};

/// The axis of heads as two, groups and heads of a group; nothing to do when nothing is shared.
array splitHeads(const array &a, const AttentionOptions &o) {
  if (o.sharing == 1)
    return a;
  const int axis = static_cast<int>(a.ndim()) - 3;
  if (a.shape(axis) == 1)
    return expand_dims(a, axis, o.s);
  return unflatten(a, axis, Shape{a.shape(axis) / o.sharing, o.sharing}, o.s);
}

/// Keys or values with an axis of length 1 for the heads that share them.
array sharedHeads(const array &a, const AttentionOptions &o) {
  return o.sharing == 1 ? a : expand_dims(a, 2, o.s);
}

/// The inverse of splitHeads.
array joinHeads(const array &a, const AttentionOptions &o) {
  return o.sharing == 1 ? a : flatten(a, 1, 2, o.s);
}

/// The operands in their common dtype.
struct Operands {
  array q, k, v;
};
Operands operandsOf(const std::vector<array> &args, const AttentionOptions &o) {
  const array q = astype(args[0], o.dtype, o.s);
  const array k = astype(args[1], o.dtype, o.s), v = astype(args[2], o.dtype, o.s);
  return {splitHeads(multiply(q, array(o.scale, o.dtype), o.s), o), sharedHeads(k, o), sharedHeads(v, o)};
}

/// True where a query may look; none without a boolean mask.
std::optional<array> visible(const std::vector<array> &args, const AttentionOptions &o) {
  if (o.causal) {
    const int queries = args[0].shape(2), keys = args[1].shape(2);
    const array last = expand_dims(arange(keys - queries, keys, 1, o.s), 1, o.s);
    return greater_equal(last, arange(0, keys, 1, o.s), o.s);
  }
  if (!o.hasMask || args[3].dtype() != bool_)
    return std::nullopt;
  return args[3].ndim() < 3 ? args[3] : splitHeads(args[3], o);
}

/// Logits of the sinks, one per head, aligned with the rows of the scores.
array sinkLogits(const std::vector<array> &args, const AttentionOptions &o) {
  const array sinks = astype(args.back(), o.wide(), o.s);
  return splitHeads(reshape(sinks, Shape{1, sinks.shape(0), 1, 1}, o.s), o);
}

/// Softmax of the masked scores; `sink` is the share that the sinks take of each row.
struct Probabilities {
  array p;
  std::optional<array> sink;
};
Probabilities probabilities(const std::vector<array> &args, const Operands &in, const AttentionOptions &o) {
  array scores = astype(matmul(in.q, swapaxes(in.k, -1, -2, o.s), o.s), o.wide(), o.s);
  if (auto seen = visible(args, o)) {
    // The lowest finite value: a row that sees nothing becomes the mean of the values instead of NaN.
    const double lowest =
        o.wide() == float64 ? std::numeric_limits<double>::lowest() : std::numeric_limits<float>::lowest();
    scores = where(*seen, scores, array(lowest, o.wide()), o.s);
  } else if (o.hasMask) {
    scores = add(scores, astype(args[3].ndim() < 3 ? args[3] : splitHeads(args[3], o), o.wide(), o.s), o.s);
  }
  array top = max(scores, -1, true, o.s);
  if (o.hasSinks)
    top = maximum(top, sinkLogits(args, o), o.s);
  top = stop_gradient(top, o.s);
  const array e = exp(subtract(scores, top, o.s), o.s);
  array total = sum(e, -1, true, o.s);
  if (!o.hasSinks)
    return {divide(e, total, o.s), std::nullopt};
  const array sink = exp(subtract(sinkLogits(args, o), top, o.s), o.s);
  total = add(total, sink, o.s);
  return {divide(e, total, o.s), divide(sink, total, o.s)};
}

array attend(const std::vector<array> &args, const AttentionOptions &o) {
  const Operands in = operandsOf(args, o);
  const array p = astype(probabilities(args, in, o).p, o.dtype, o.s);
  return joinHeads(matmul(p, in.v, o.s), o);
}

/// a^T @ b over rows, the heads that share a group taken as one run of rows.
array contractRows(const array &a, const array &b, const AttentionOptions &o) {
  auto rows = [&](const array &x) { return o.sharing == 1 ? x : flatten(x, 2, 3, o.s); };
  return matmul(swapaxes(rows(a), -1, -2, o.s), rows(b), o.s);
}

/// With P the probabilities and O the output: dV = P^T g, dS = P * (g V^T - rowsum(g * O)), dQ = scale dS K,
/// dK = dS^T (scale Q); Dao et al. 2022, appendix B.2.
std::vector<array> attentionVjp(const std::vector<array> &args, const array &cotangent, const array &output,
                                const AttentionOptions &o) {
  const Operands in = operandsOf(args, o);
  const Probabilities prob = probabilities(args, in, o);
  const array g = splitHeads(cotangent, o), out = splitHeads(output, o);
  const array dp = astype(matmul(g, swapaxes(in.v, -1, -2, o.s), o.s), o.wide(), o.s);
  const array along = sum(multiply(astype(g, o.wide(), o.s), astype(out, o.wide(), o.s), o.s), -1, true, o.s);
  array ds = multiply(prob.p, subtract(dp, along, o.s), o.s);
  if (auto seen = visible(args, o))
    ds = where(*seen, ds, array(0.0, o.wide()), o.s);

  const array narrow = astype(ds, o.dtype, o.s);
  const array dq = joinHeads(multiply(matmul(narrow, in.k, o.s), array(o.scale, o.dtype), o.s), o);
  const array dk = contractRows(narrow, in.q, o);
  const array dv = contractRows(astype(prob.p, o.dtype, o.s), g, o);
  std::vector<array> result{astype(dq, args[0].dtype(), o.s), astype(dk, args[1].dtype(), o.s),
                            astype(dv, args[2].dtype(), o.s)};
  if (o.hasMask && args[3].dtype() == bool_)
    result.push_back(zeros_like(args[3], o.s));
  else if (o.hasMask)
    result.push_back(astype(lib::sumTo(joinHeads(ds, o), args[3].shape(), o.s), args[3].dtype(), o.s));
  if (o.hasSinks) {
    const array taken = joinHeads(negative(multiply(*prob.sink, along, o.s), o.s), o);
    result.push_back(astype(sum(taken, {0, 2, 3}, false, o.s), args.back().dtype(), o.s));
  }
  return result;
}

void checkOperands(const array &q, const array &k, const array &v) {
  const std::vector<Shape> shapes{q.shape(), k.shape(), v.shape()};
  const std::string text = "queries " + graph::str(q.shape()) + ", keys " + graph::str(k.shape()) +
                           ", values " + graph::str(v.shape());
  if (q.ndim() != 4 || k.ndim() != 4 || v.ndim() != 4)
    graph::fail(kName, "operands must have 4 axes: " + text + "; reshape them to (batch, heads, length, size)", shapes);
  if (k.shape(0) != q.shape(0) || v.shape(0) != q.shape(0))
    graph::fail(kName, "batch sizes differ: " + text + "; broadcast_to gives all of them one", shapes);
  if (q.shape(3) != k.shape(3))
    graph::fail(kName, "queries and keys differ in the last axis: " + text + "; project both to one size", shapes);
  if (k.shape(1) != v.shape(1) || k.shape(2) != v.shape(2))
    graph::fail(kName, "keys and values differ in heads or length: " + text + "; take both from the same sequence", shapes);
  if (k.shape(1) == 0 || q.shape(1) % k.shape(1))
    graph::fail(kName, "heads of queries are no multiple of heads of keys: " + text + "; each head of keys serves as many of queries", shapes);
}

/// Throws unless `extra` promotes to `dtype` and broadcasts to `full`.
void checkExtra(const char *what, const array &extra, Dtype dtype, const Shape &full) {
  if (promote_types(extra.dtype(), dtype) != dtype)
    graph::fail(kName, std::string(what) + " of dtype " + to_string(extra.dtype()) + " does not promote to " +
                           to_string(dtype) + "; convert it with astype");
  bool fits = extra.ndim() <= full.size();
  for (size_t i = 0; fits && i < extra.ndim(); ++i) {
    const int size = extra.shape(static_cast<int>(i));
    fits = size == 1 || size == full[full.size() - extra.ndim() + i];
  }
  if (!fits)
    graph::fail(kName,
                std::string(what) + " of shape " + graph::str(extra.shape()) + " does not broadcast to " +
                    graph::str(full) + "; give it these sizes, or 1",
                {extra.shape(), full});
}

} // namespace

array scaled_dot_product_attention(const array &queries, const array &keys, const array &values, float scale,
                                   const std::string &mask_mode, std::optional<array> mask_arr,
                                   const std::optional<array> &sinks, bool, StreamOrDevice s) {
  MX_API_SCOPE;
  checkOperands(queries, keys, values);
  const Dtype dtype = result_type(queries, keys, values);
  lib::checkFloating(kName, dtype);
  if (mask_mode != "" && mask_mode != "causal" && mask_mode != "array")
    graph::fail(kName, "mask_mode '" + mask_mode + "' is none of '', 'causal', 'array'; leave it empty for no mask");
  if (mask_mode == "causal" && mask_arr)
    graph::fail(kName, "mask_mode 'causal' takes no mask array; leave the mode empty to give one");
  if (mask_mode == "array" && !mask_arr)
    graph::fail(kName, "mask_mode 'array' wants a mask array; give one as mask_arr");

  std::vector<array> args{queries, keys, values};
  if (mask_arr) {
    checkExtra("mask", *mask_arr, dtype,
               Shape{queries.shape(0), queries.shape(1), queries.shape(2), keys.shape(2)});
    args.push_back(*mask_arr);
  }
  if (sinks) {
    checkExtra("sinks", *sinks, dtype, Shape{queries.shape(1)});
    if (sinks->shape() != Shape{queries.shape(1)})
      graph::fail(kName, "sinks must have one entry per head, got shape " + graph::str(sinks->shape()) + "; reshape them",
                  {sinks->shape()});
    args.push_back(*sinks);
  }
  const AttentionOptions o{scale,
                           mask_mode == "causal",
                           mask_arr.has_value(),
                           sinks.has_value(),
                           queries.shape(1) / keys.shape(1),
                           dtype,
                           s};
  const lib::CompositeAttrs attrs{{"scale", lib::number(scale)},
                                  {"causal", int64_t{o.causal}},
                                  {"mask", int64_t{o.hasMask}},
                                  {"sinks", int64_t{o.hasSinks}}};
  return lib::composite(kName, attrs, args, attend(args, o),
                        [o](const std::vector<array> &args, const array &cotangent, const array &output) {
                          return attentionVjp(args, cotangent, output, o);
                        });
}

} // namespace mx::fast
