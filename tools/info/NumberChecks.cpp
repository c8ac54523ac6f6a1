// Against what is known without mx: the C library, a plain loop in double, published values, finite differences, or the same
// program evaluated another way. The interpreter's word on every op is Selftest's business.
#include "tools/info/Check.h"

#include "runtime/base/Env.h"

#include <algorithm>
#include <cmath>

namespace mx::info {
namespace {

// Sizes below, at and past what vectors, tiles and work groups hold.
constexpr int kSizes[] = {1, 7, 64, 1000, 100003};

void elementwise(Findings &found, Effort) {
  struct Function {
    const char *name;
    array (*run)(const array &);
    double (*exact)(double);
  };
  const Function functions[] = {
      {"exp", [](const array &x) { return exp(x); }, [](double x) { return std::exp(x); }},
      {"log", [](const array &x) { return log(abs(x) + 1.0f); }, [](double x) { return std::log(std::abs(x) + 1); }},
      {"sin", [](const array &x) { return sin(x); }, [](double x) { return std::sin(x); }},
      {"tanh", [](const array &x) { return tanh(x); }, [](double x) { return std::tanh(x); }},
      {"sqrt", [](const array &x) { return sqrt(abs(x)); }, [](double x) { return std::sqrt(std::abs(x)); }},
      {"where", [](const array &x) { return where(x > 0.0f, x * 2.0f, -x); }, [](double x) { return x > 0 ? 2 * x : -x; }},
  };
  for (int size : kSizes) {
    const array x = random::uniform(-4.0f, 4.0f, {size}, float32, random::key(static_cast<uint64_t>(size)));
    const std::vector<float> inputs = valuesOf(x);
    for (const Function &f : functions)
      found.near(std::string(f.name) + " of " + std::to_string(size), f.run(x), [&](size_t i) { return f.exact(inputs[i]); }, 1e-5);
  }
}

void reductions(Findings &found, Effort) {
  for (int size : kSizes) {
    const std::string of = " of " + std::to_string(size);
    const array x = random::uniform(-1.0f, 1.0f, {size}, float32, random::key(3));
    const std::vector<float> inputs = valuesOf(x);
    double total = 0;
    size_t top = 0;
    for (size_t i = 0; i < inputs.size(); ++i) {
      total += inputs[i];
      top = inputs[i] > inputs[top] ? i : top;
    }
    found.near("sum" + of, sum(x), [&](size_t) { return total; }, 1e-4 * std::sqrt(size));
    found.same("max" + of, max(x), [&](size_t) { return inputs[top]; });
    found.same("argmax" + of, argmax(x), [&](size_t) { return double(top); });
  }
  const array table = reshape(arange(0, 6000, 1, int32), {20, 300});
  found.same("sum over rows", sum(table, 0), [](size_t j) { return 20.0 * j + 300.0 * 190; });
  found.same("sum over columns", sum(table, 1), [](size_t i) { return 300.0 * 300 * i + 300 * 299 / 2; });
}

void scans(Findings &found, Effort) {
  for (int size : kSizes) {
    const std::string of = " of " + std::to_string(size);
    const array x = random::uniform(-1.0f, 1.0f, {size}, float32, random::key(4));
    const std::vector<float> inputs = valuesOf(x);
    double running = 0, top = -2, total = 0;
    for (float v : inputs)
      total += v > 0;
    found.same("cumsum" + of, cumsum(astype(x > 0.0f, int32)), [&](size_t i) { return running += inputs[i] > 0; });
    found.same("cummax" + of, cummax(x), [&](size_t i) { return top = std::max<double>(top, inputs[i]); });
    double left = total;
    found.same("reverse cumsum" + of, cumsum(astype(x > 0.0f, int32), 0, /*reverse=*/true), [&](size_t i) {
      const double here = left;
      left -= inputs[i] > 0;
      return here;
    });
  }
}

void products(Findings &found, Effort effort) {
  std::vector<std::vector<int>> shapes{{1, 1, 1}, {3, 5, 7}, {64, 64, 64}, {129, 65, 200}, {1, 1000, 300}};
  if (effort == Effort::Full)
    shapes.insert(shapes.end(), {{300, 257, 131}, {17, 2049, 33}, {2, 3, 1000}, {511, 1, 255}, {256, 1024, 192}});
  for (const std::vector<int> &shape : shapes) {
    const int m = shape[0], k = shape[1], n = shape[2];
    const array a = random::normal({m, k}, random::key(1)), b = random::normal({k, n}, random::key(2));
    const std::vector<float> left = valuesOf(a), right = valuesOf(b);
    std::vector<double> exact(size_t(m) * n);
    for (int i = 0; i < m; ++i)
      for (int j = 0; j < k; ++j)
        for (int l = 0; l < n; ++l)
          exact[size_t(i) * n + l] += double(left[size_t(i) * k + j]) * right[size_t(j) * n + l];
    const std::string name = std::to_string(m) + "x" + std::to_string(k) + "x" + std::to_string(n);
    found.near("matmul " + name, matmul(a, b), [&](size_t i) { return exact[i]; }, 1e-5 * k);
    found.near("matmul of a transposed operand " + name, matmul(a, transpose(contiguous(transpose(b)))), [&](size_t i) { return exact[i]; }, 1e-5 * k);
  }
}

void norms(Findings &found, Effort) {
  for (int width : {1, 63, 1024, 5000}) {
    const int rows = 9;
    const array x = random::normal({rows, width}, random::key(14)) * 3.0f;
    const std::vector<float> in = valuesOf(x);
    std::vector<double> soft(in.size()), normal(in.size()), log(rows);
    for (int i = 0; i < rows; ++i) {
      const float *row = in.data() + size_t(i) * width;
      double top = row[0], total = 0, mean = 0, square = 0;
      for (int j = 0; j < width; ++j) {
        top = std::max<double>(top, row[j]);
        mean += row[j] / double(width);
      }
      for (int j = 0; j < width; ++j) {
        total += std::exp(row[j] - top);
        square += (row[j] - mean) * (row[j] - mean) / width;
      }
      log[i] = top + std::log(total);
      for (int j = 0; j < width; ++j) {
        soft[size_t(i) * width + j] = std::exp(row[j] - top) / total;
        normal[size_t(i) * width + j] = (row[j] - mean) / std::sqrt(square + 1e-5);
      }
    }
    const std::string of = " of rows of " + std::to_string(width);
    found.near("softmax" + of, softmax(x, -1), [&](size_t i) { return soft[i]; }, 1e-5);
    found.near("logsumexp" + of, logsumexp(x, 1), [&](size_t i) { return log[i]; }, 1e-5);
    found.near("layer_norm" + of, fast::layer_norm(x, std::nullopt, std::nullopt, 1e-5f), [&](size_t i) { return normal[i]; }, 1e-4);
  }
}

// The gradient of a small network against central differences.
void gradients(Findings &found, Effort) {
  const array x = random::normal({16, 8}, random::key(5)), target = random::normal({16, 1}, random::key(6));
  const array hidden = random::normal({8, 12}, random::key(7)) * 0.3f;
  const auto loss = [&](const array &w) { return mean(square(matmul(tanh(matmul(x, hidden)), w) - target) + logsumexp(w, 0)); };
  const array w = random::normal({12, 1}, random::key(8)) * 0.3f;
  const array gradient = grad(loss)(w);
  const float step = 1e-2f;
  found.near("gradient", gradient, [&](size_t i) {
    const array shift = astype(equal(arange(12), array(int(i))), float32) * step;
    const array by = reshape(shift, {12, 1});
    return double(loss(w + by).item<float>() - loss(w - by).item<float>()) / (2 * step);
  }, 2e-3);
}

// threefry2x32 of the key 7, from JAX.
void randomBits(Findings &found, Effort) {
  constexpr uint32_t known[] = {0x30e6e42, 0x6115f64d, 0x55db5be2, 0x17991aef, 0xb8150dc4, 0xffce793b, 0xde6bd262, 0xdcdebedb};
  array bits = random::bits({8}, 4, random::key(7));
  bits.eval();
  for (int i = 0; i < 8; ++i)
    found.that(bits.data<uint32_t>()[i] == known[i], "random bits: element " + std::to_string(i) + " is " + std::to_string(bits.data<uint32_t>()[i]) +
                                                         " instead of " + std::to_string(known[i]));
  const array normal = random::normal({100000}, random::key(15));
  found.near("mean of normal numbers", mean(normal), [](size_t) { return 0.0; }, 0.02);
  found.near("variance of normal numbers", var(normal), [](size_t) { return 1.0; }, 0.03);
}

void compiled(Findings &found, Effort effort) {
  const std::vector<int> sizes = effort == Effort::Quick ? std::vector{5, 64} : std::vector{5, 64, 193};
  auto shapeless = compile([](array x, array w) { return mixture(x, w); }, true);
  for (int size : sizes) {
    const array x = random::normal({size, 40}, random::key(9)), w = random::normal({40, 33}, random::key(10));
    const array eager = mixture(x, w);
    found.sameBits("compiled, " + std::to_string(size) + " rows", compile([](array x, array w) { return mixture(x, w); })(x, w), eager);
    found.sameBits("shapeless, " + std::to_string(size) + " rows", shapeless(x, w), eager);
  }
}

void movement(Findings &found, Effort) {
  const array x = reshape(arange(0, 24 * 50, 1, int32), {24, 50});
  found.same("transpose", transpose(x), [](size_t i) { return double(i % 24 * 50 + i / 24); });
  found.same("slice", slice(x, {2, 1}, {24, 50}, {2, 7}), [](size_t i) { return double((2 + i / 7 * 2) * 50 + 1 + i % 7 * 7); });
  found.same("concatenate", concatenate({x, x}, 0), [](size_t i) { return double(i % 1200); });
}

// An index outside of its axis reads the entry at the end of it, and an update there is dropped; or both are errors.
void indexing(Findings &found, Effort) {
  const array x = reshape(arange(0, 24 * 50, 1, int32), {24, 50});
  const std::vector<int> inside{5, 0, 23, -1, -24};
  found.same("take", take(x, array(inside.begin(), {5}, int32), 0), [&](size_t i) { return double((inside[i / 50] + 24) % 24 * 50 + i % 50); });
  found.same("take_along_axis", take_along_axis(x, full({24, 1}, array(7)), 1), [](size_t i) { return double(i * 50 + 7); });
  const array updates = ones({3, 1, 50}, int32);
  found.same("scatter_add", scatter_add(x, array({3, 3, 0}), updates, 0), [](size_t i) { return double(i) + (i / 50 == 3 ? 2 : i / 50 == 0 ? 1 : 0); });
  const array outside({24, 1000000, -25});
  if (rt::envFlag(rt::EnvVar::Check)) {
    found.refused("an index that is out of range", ErrorCode::out_of_range, [&] { eval(take(x, outside, 0)); });
    return;
  }
  found.same("take out of range", take(x, outside, 0), [](size_t i) { return double(i / 50 < 2 ? 23 * 50 + i % 50 : i % 50); });
  found.same("scatter_add out of range", scatter_add(x, outside, updates, 0), [](size_t i) { return double(i); });
}

constexpr Check kChecks[] = {{"element-wise", elementwise}, {"reductions", reductions}, {"scans", scans},       {"movement", movement},
                             {"indexing", indexing},        {"matmul", products},       {"norms", norms},       {"gradient", gradients},
                             {"random", randomBits},        {"compiled", compiled}};

} // namespace

std::span<const Check> numberChecks() { return kChecks; }

} // namespace mx::info
