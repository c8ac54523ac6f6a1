// Each check compares with what is known without mx: the C library, a plain loop, published values, or the same program
// evaluated another way. A check throws `Wrong`, or whatever the library throws; either is its problem.
#include "tools/info/Selftest.h"

#include <mx/mx.h>

#include <chrono>
#include <cmath>
#include <cstring>
#include <functional>
#include <iomanip>
#include <stdexcept>

namespace mx::info {
namespace {

using nlohmann::json;

struct Wrong : std::runtime_error {
  using std::runtime_error::runtime_error;
};

std::vector<float> values(const array &a) {
  array dense = contiguous(astype(a, float32));
  dense.eval();
  return {dense.data<float>(), dense.data<float>() + dense.size()};
}

std::string place(const std::string &what, size_t at, double got, double wanted) {
  return what + ": element " + std::to_string(at) + " is " + std::to_string(got) + " instead of " + std::to_string(wanted);
}

// |got - wanted| <= tolerance * max(1, |wanted|) for each element; a NaN is wrong.
void expectNear(const std::string &what, const array &got, const std::function<double(size_t)> &wanted, double tolerance) {
  const std::vector<float> elements = values(got);
  for (size_t i = 0; i < elements.size(); ++i) {
    const double right = wanted(i);
    if (!(std::abs(elements[i] - right) <= tolerance * std::max(1.0, std::abs(right))))
      throw Wrong(place(what, i, elements[i], right));
  }
}

void expectSameBits(const std::string &what, const array &got, const array &wanted) {
  const std::vector<float> a = values(got), b = values(wanted);
  if (a.size() != b.size())
    throw Wrong(what + ": " + std::to_string(a.size()) + " elements instead of " + std::to_string(b.size()));
  for (size_t i = 0; i < a.size(); ++i)
    if (std::memcmp(&a[i], &b[i], sizeof(float)) != 0)
      throw Wrong(place(what, i, a[i], b[i]));
}

// Sizes below, at and past what vectors, tiles and work groups hold.
constexpr int kSizes[] = {1, 7, 64, 1000, 100003};

void elementwise() {
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
    const std::vector<float> inputs = values(x);
    for (const Function &f : functions)
      expectNear(std::string(f.name) + " of " + std::to_string(size), f.run(x), [&](size_t i) { return f.exact(inputs[i]); }, 1e-5);
  }
}

void reductions() {
  for (int size : kSizes) {
    const std::string of = " of " + std::to_string(size);
    const array x = random::uniform(-1.0f, 1.0f, {size}, float32, random::key(3));
    const std::vector<float> inputs = values(x);
    double total = 0;
    size_t top = 0;
    for (size_t i = 0; i < inputs.size(); ++i) {
      total += inputs[i];
      top = inputs[i] > inputs[top] ? i : top;
    }
    expectNear("sum" + of, sum(x), [&](size_t) { return total; }, 1e-4 * std::sqrt(size));
    expectNear("max" + of, max(x), [&](size_t) { return inputs[top]; }, 0);
    expectNear("argmax" + of, argmax(x), [&](size_t) { return double(top); }, 0);
    double running = 0;
    expectNear("cumsum" + of, cumsum(astype(x > 0.0f, int32)), [&](size_t i) { return running += inputs[i] > 0; }, 0);
  }
  const array table = reshape(arange(0, 6000, 1, int32), {20, 300});
  expectNear("sum over rows", sum(table, 0), [](size_t j) { return 20.0 * j + 300.0 * 190; }, 0);
  expectNear("sum over columns", sum(table, 1), [](size_t i) { return 300.0 * 300 * i + 300 * 299 / 2; }, 0);
}

void products() {
  const int shapes[][3] = {{1, 1, 1}, {3, 5, 7}, {64, 64, 64}, {129, 65, 200}, {1, 1000, 300}, {300, 257, 131}};
  for (const auto &[m, k, n] : shapes) {
    const array a = random::normal({m, k}, random::key(1)), b = random::normal({k, n}, random::key(2));
    const std::vector<float> left = values(a), right = values(b);
    const auto exact = [&, k = k, n = n](size_t at) {
      double dot = 0;
      for (int i = 0; i < k; ++i)
        dot += double(left[at / n * k + i]) * right[i * n + at % n];
      return dot;
    };
    const std::string shape = std::to_string(m) + "x" + std::to_string(k) + "x" + std::to_string(n);
    expectNear("matmul " + shape, matmul(a, b), exact, 1e-5 * k);
    expectNear("matmul of a transposed operand " + shape, matmul(a, transpose(contiguous(transpose(b)))), exact, 1e-5 * k);
  }
}

// The gradient of a small network against central differences.
void gradients() {
  const array x = random::normal({16, 8}, random::key(5)), target = random::normal({16, 1}, random::key(6));
  const array hidden = random::normal({8, 12}, random::key(7)) * 0.3f;
  const auto loss = [&](const array &w) { return mean(square(matmul(tanh(matmul(x, hidden)), w) - target) + logsumexp(w, 0)); };
  const array w = random::normal({12, 1}, random::key(8)) * 0.3f;
  const array gradient = grad(loss)(w);
  const float step = 1e-2f;
  expectNear("gradient", gradient, [&](size_t i) {
    const array shift = astype(equal(arange(12), array(int(i))), float32) * step;
    const array by = reshape(shift, {12, 1});
    return double(loss(w + by).item<float>() - loss(w - by).item<float>()) / (2 * step);
  }, 2e-3);
}

// threefry2x32 of the key 7, from JAX.
void randomBits() {
  constexpr uint32_t known[] = {0x30e6e42, 0x6115f64d, 0x55db5be2, 0x17991aef, 0xb8150dc4, 0xffce793b, 0xde6bd262, 0xdcdebedb};
  array bits = random::bits({8}, 4, random::key(7));
  bits.eval();
  for (int i = 0; i < 8; ++i)
    if (bits.data<uint32_t>()[i] != known[i])
      throw Wrong(place("random bits", i, bits.data<uint32_t>()[i], known[i]));
}

array mixture(const array &x, const array &w) {
  const array h = tanh(matmul(x, w));
  return softmax(h, -1) + cumsum(h, 1) * mean(h, 1, true) + random::normal(h.shape(), random::key(11));
}

void compiled() {
  for (int size : {5, 64, 193}) {
    const array x = random::normal({size, 40}, random::key(9)), w = random::normal({40, 33}, random::key(10));
    const array eager = mixture(x, w);
    expectSameBits("compiled, " + std::to_string(size) + " rows", compile([](array x, array w) { return mixture(x, w); })(x, w), eager);
    expectSameBits("shapeless, " + std::to_string(size) + " rows", compile([](array x, array w) { return mixture(x, w); }, true)(x, w), eager);
  }
}

void movement() {
  const array x = reshape(arange(0, 24 * 50, 1, int32), {24, 50});
  expectNear("transpose", transpose(x), [](size_t i) { return double(i % 24 * 50 + i / 24); }, 0);
  expectNear("slice", slice(x, {2, 1}, {24, 50}, {2, 7}), [](size_t i) { return double((2 + i / 7 * 2) * 50 + 1 + i % 7 * 7); }, 0);
  const array order = array({5, 0, 23, 5}, int32);
  expectNear("take", take(x, order, 0), [](size_t i) { return double(std::vector{5, 0, 23, 5}[i / 50] * 50 + i % 50); }, 0);
  expectNear("concatenate", concatenate({x, x}, 0), [](size_t i) { return double(i % 1200); }, 0);
}

void gpuAgainstCpu() {
  const array x = random::normal({100, 40}, random::key(12), Device(Device::cpu)), w = random::normal({40, 33}, random::key(13), Device(Device::cpu));
  eval(x, w);
  const auto on = [&](Device::DeviceType device) {
    StreamContext scope{Device(device)};
    return values(mixture(x, w));
  };
  const std::vector<float> wanted = on(Device::cpu), got = on(Device::gpu);
  for (size_t i = 0; i < wanted.size(); ++i)
    if (!(std::abs(got[i] - wanted[i]) <= 1e-4 * std::max(1.0f, std::abs(wanted[i]))))
      throw Wrong(place("gpu against cpu", i, got[i], wanted[i]));
}

struct Check {
  const char *name;
  void (*run)();
};
constexpr Check kChecks[] = {{"element-wise", elementwise}, {"reductions", reductions}, {"movement", movement}, {"matmul", products},
                             {"gradient", gradients},       {"random", randomBits},      {"compiled", compiled}};

json run(const char *device, const Check &check, std::ostream &os) {
  const auto start = std::chrono::steady_clock::now();
  std::string problem;
  try {
    check.run();
  } catch (const std::exception &error) {
    problem = error.what();
  }
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  os << (problem.empty() ? "ok      " : "FAILED  ") << device << "  " << check.name << "  " << std::fixed << std::setprecision(2) << seconds << " s";
  os << (problem.empty() ? "" : "  ") << problem << std::endl;
  return {{"device", device}, {"check", check.name}, {"ok", problem.empty()}, {"seconds", seconds}, {"problem", problem}};
}

} // namespace

json selftest(std::ostream &os) {
  json results = json::array();
  const auto runAll = [&](const char *name, Device device) {
    StreamContext scope(device);
    for (const Check &check : kChecks)
      results.push_back(run(name, check, os));
  };
  runAll("cpu", Device::cpu);
  if (is_available(Device::gpu)) {
    runAll("gpu", Device::gpu);
    results.push_back(run("gpu", {"against cpu", gpuAgainstCpu}, os));
  }
  return results;
}

} // namespace mx::info
