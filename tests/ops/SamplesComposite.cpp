// Samples of functions made from several ops. They belong to no row: some are composites of the IR with gradients of
// their own, the others show that rows work together.
#include "tests/ops/Samples.h"

namespace mx::test {
namespace {

using Arrays = std::vector<array>;

class Table {
public:
  explicit Table(std::vector<Sample> &out) : out(out) {}

  void add(std::string name, unsigned dtypes, std::function<Arrays(Values &)> inputs,
           std::function<array(const Arrays &)> function) {
    out.push_back({std::nullopt, std::move(name), dtypes, std::move(inputs), std::move(function), true});
  }
  /// A function of one array with values in [-2, 2].
  void one(std::string name, const Shape &shape, std::function<array(const array &)> function, unsigned dtypes = kFloat) {
    add(std::move(name), dtypes, [shape](Values &v) { return Arrays{v.uniform(shape)}; },
        [function = std::move(function)](const Arrays &in) { return function(in[0]); });
  }

private:
  std::vector<Sample> &out;
};

void addStatistics(Table &t) {
  const Shape shape{2, 3, 4};
  t.one("mean", shape, [](const array &a) { return mean(a, 1); });
  t.one("mean/all", shape, [](const array &a) { return mean(a); });
  t.one("var", shape, [](const array &a) { return var(a, {0, 2}, true, 1); });
  t.one("std", shape, [](const array &a) { return std(a, -1); });
  t.one("logsumexp", shape, [](const array &a) { return logsumexp(a, -1, true); });
  t.one("logsumexp/two axes", shape, [](const array &a) { return logsumexp(a, std::vector<int>{0, 2}); });
  t.one("softmax", shape, [](const array &a) { return softmax(a, -1); });
  t.one("softmax/first axis", shape, [](const array &a) { return softmax(a, 0); });
  t.one("softmax/two axes", shape, [](const array &a) { return softmax(a, std::vector<int>{1, 2}, true); });
  t.one("logcumsumexp", {3, 4}, [](const array &a) { return logcumsumexp(a, 1); });
}

void addNetworks(Table &t) {
  t.one("gelu", {3, 5}, [](const array &a) { return nn::gelu(a); });
  t.one("gelu_approx", {3, 5}, [](const array &a) { return nn::gelu_approx(a); });
  t.one("silu", {3, 5}, [](const array &a) { return nn::silu(a); });
  t.one("relu", {3, 5}, [](const array &a) { return nn::relu(a); });
  t.add("cross_entropy", kFloat, [](Values &v) { return Arrays{v.uniform({3, 5}), v.integers({3}, -5, 4)}; },
        [](const Arrays &in) { return nn::cross_entropy(in[0], in[1]); });
  t.add("cross_entropy/first axis", kFloat, [](Values &v) { return Arrays{v.uniform({5, 2, 3}), v.integers({2, 3}, 0, 4)}; },
        [](const Arrays &in) { return nn::cross_entropy(in[0], in[1], 0); });
  t.one("rms_norm/bare", {2, 3, 5}, [](const array &a) { return fast::rms_norm(a, std::nullopt, 1e-3f); });
  t.add("rms_norm", kFloat, [](Values &v) { return Arrays{v.uniform({2, 3, 5}), v.uniform({5})}; },
        [](const Arrays &in) { return fast::rms_norm(in[0], in[1], 1e-3f); });
  t.one("layer_norm/bare", {3, 5}, [](const array &a) { return fast::layer_norm(a, std::nullopt, std::nullopt, 1e-3f); });
  t.add("layer_norm", kFloat, [](Values &v) { return Arrays{v.uniform({2, 3, 5}), v.uniform({5}), v.uniform({5})}; },
        [](const Arrays &in) { return fast::layer_norm(in[0], in[1], in[2], 1e-3f); });
  t.add("layer_norm/no bias", kFloat, [](Values &v) { return Arrays{v.uniform({4, 3}), v.uniform({3})}; },
        [](const Arrays &in) { return fast::layer_norm(in[0], in[1], std::nullopt, 1e-3f); });
  t.one("rope", {2, 3, 6}, [](const array &a) { return fast::rope(a, 4, false, 100.f, 0.5f, 3); });
  t.one("rope/traditional", {1, 2, 3, 4}, [](const array &a) { return fast::rope(a, 4, true, 100.f, 1.f, 0); });
  t.add("rope/offsets", kFloat, [](Values &v) { return Arrays{v.uniform({2, 3, 4}), v.integers({2}, 0, 9)}; },
        [](const Arrays &in) { return fast::rope(in[0], 4, false, 100.f, 1.f, in[1]); });
}

void addAttention(Table &t) {
  auto inputs = [](int heads, int groups) {
    return [=](Values &v) {
      return Arrays{v.uniform({2, heads, 3, 4}), v.uniform({2, groups, 5, 4}), v.uniform({2, groups, 5, 2})};
    };
  };
  t.add("attention", kFloat, inputs(2, 2),
        [](const Arrays &in) { return fast::scaled_dot_product_attention(in[0], in[1], in[2], 0.5f); });
  t.add("attention/causal", kFloat, inputs(2, 2),
        [](const Arrays &in) { return fast::scaled_dot_product_attention(in[0], in[1], in[2], 0.5f, "causal"); });
  t.add("attention/shared heads", kFloat, inputs(4, 2),
        [](const Arrays &in) { return fast::scaled_dot_product_attention(in[0], in[1], in[2], 0.5f); });
  auto with = [inputs](std::function<array(Values &)> last) {
    return [=](Values &v) {
      Arrays in = inputs(2, 2)(v);
      in.push_back(last(v));
      return in;
    };
  };
  auto masked = [](const Arrays &in) { return fast::scaled_dot_product_attention(in[0], in[1], in[2], 0.5f, "array", in[3]); };
  t.add("attention/added mask", kFloat, with([](Values &v) { return v.uniform({3, 5}); }), masked);
  t.add("attention/boolean mask", kFloat,
        with([](Values &v) { return logical_or(v.booleans({2, 1, 3, 5}), array({true, false, false, false, false})); }), masked);
  t.add("attention/sinks", kFloat, with([](Values &v) { return v.uniform({2}); }), [](const Arrays &in) {
    return fast::scaled_dot_product_attention(in[0], in[1], in[2], 0.5f, "causal", std::nullopt, in[3]);
  });
}

void addShapes(Table &t) {
  const Shape shape{3, 4};
  t.one("stack", shape, [](const array &a) { return stack({a, a * a, a}, 1); }, kNumbers);
  t.one("repeat", shape, [](const array &a) { return repeat(a, 3, 1); }, kAny);
  t.one("tile", shape, [](const array &a) { return tile(a, {2, 1, 2}); }, kAny);
  t.one("roll", shape, [](const array &a) { return roll(a, 5, 1); }, kAny);
  t.one("flip", shape, [](const array &a) { return flip(a, 0); }, kAny);
  t.one("split", {3, 6}, [](const array &a) {
    std::vector<array> parts = split(a, 3, 1);
    return parts[0] * parts[1] + parts[2];
  }, kNumbers);
  t.one("pad/edge", shape, [](const array &a) { return pad(a, {{1, 2}, {0, 1}}, array(0), "edge"); });
  t.one("tril", {4, 4}, [](const array &a) { return tril(a, -1); }, kNumbers);
  t.one("diag", {4}, [](const array &a) { return diag(a, 1); }, kNumbers);
  t.one("diagonal", shape, [](const array &a) { return diagonal(a, 1); }, kAny);
  t.one("trace", {4, 4}, [](const array &a) { return trace(a); });
  t.one("clip", shape, [](const array &a) { return clip(a, array(-1.f), array(1.f)); });
  t.one("nan_to_num", shape, [](const array &a) { return nan_to_num(a); });
  t.one("take/index", shape, [](const array &a) { return take(a, -1, 1); }, kAny);
  t.add("take", kAny, [](Values &v) { return Arrays{v.uniform({5, 3}), v.integers({2, 3}, -5, 4)}; },
        [](const Arrays &in) { return take(in[0], in[1], 0); });
  t.add("masked_scatter", kFloat, [](Values &v) { return Arrays{v.uniform({7}), v.booleans({7}), v.uniform({7})}; },
        [](const Arrays &in) { return masked_scatter(in[0], in[1], in[2]); });
  t.add("put_along_axis", kFloat, [](Values &v) { return Arrays{v.uniform({3, 4}), array({2, 0, 1}, {3, 1}, int32), v.uniform({3, 1})}; },
        [](const Arrays &in) { return put_along_axis(in[0], in[1], in[2], 1); });
  t.add("slice/start array", kAny, [](Values &v) { return Arrays{v.uniform({4, 5}), array({1, 2}, int32)}; },
        [](const Arrays &in) { return slice(in[0], in[1], {0, 1}, {2, 3}); });
}

void addProducts(Table &t) {
  auto two = [](const Shape &a, const Shape &b) {
    return [=](Values &v) { return Arrays{v.uniform(a), v.uniform(b)}; };
  };
  t.add("matmul/vectors", kFloat, two({4}, {4}), [](const Arrays &in) { return matmul(in[0], in[1]); });
  t.add("matmul/matrix and vector", kFloat, two({2, 3, 4}, {4}), [](const Arrays &in) { return matmul(in[0], in[1]); });
  t.add("outer", kFloat, two({3}, {4}), [](const Arrays &in) { return outer(in[0], in[1]); });
  t.add("inner", kFloat, two({2, 3}, {4, 3}), [](const Arrays &in) { return inner(in[0], in[1]); });
  t.add("tensordot", kFloat, two({2, 3, 4}, {4, 3, 5}), [](const Arrays &in) { return tensordot(in[0], in[1], {2, 1}, {0, 1}); });
  t.add("kron", kFloat, two({2, 2}, {3, 1}), [](const Arrays &in) { return kron(in[0], in[1]); });
  t.add("addmm", kFloat, [](Values &v) { return Arrays{v.uniform({5}), v.uniform({3, 4}), v.uniform({4, 5})}; },
        [](const Arrays &in) { return addmm(in[0], in[1], in[2], 2.f, 0.5f); });
  // A layer of a network: what fusion and autodiff meet together.
  t.add("dense layer", kFloat,
        [](Values &v) { return Arrays{v.uniform({2, 3, 4}), v.uniform({4, 5}), v.uniform({5}), v.uniform({5})}; },
        [](const Arrays &in) { return fast::rms_norm(nn::gelu_approx(matmul(in[0], in[1]) + in[2]), in[3], 1e-3f); });
}

/// Draws from a key that is an argument: mapped keys give independent draws.
void addRandom(Table &t) {
  auto drawn = [&](std::string name, std::function<array(const array &)> draw) {
    t.add("random/" + name, kFloat, [](Values &v) { return Arrays{v.integers({2}, 0, 1 << 30, uint32)}; },
          [draw](const Arrays &in) { return draw(in[0]); });
  };
  drawn("uniform", [](const array &key) { return random::uniform({3, 5}, float32, key); });
  drawn("normal", [](const array &key) { return random::normal({3, 5}, float32, key); });
  drawn("bernoulli", [](const array &key) { return random::bernoulli(array(0.3f), {17}, key); });
  drawn("split", [](const array &key) { return random::split(key, 3); });
  t.add("random/categorical", kFloat,
        [](Values &v) { return Arrays{v.uniform({3, 5}), v.integers({2}, 0, 1 << 30, uint32)}; },
        [](const Arrays &in) { return random::categorical(in[0], -1, 4, in[1]); });
}

} // namespace

void addCompositeSamples(std::vector<Sample> &out) {
  Table t(out);
  addStatistics(t);
  addNetworks(t);
  addAttention(t);
  addShapes(t);
  addProducts(t);
  addRandom(t);
}

} // namespace mx::test
