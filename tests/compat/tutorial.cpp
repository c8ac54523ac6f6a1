// A program for MLX's C++ API as its users write it: built unchanged by g++, and run.
#include "mlx/mlx.h"

#include <cmath>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <sstream>
#include <vector>

namespace mx = mlx::core;
using namespace mlx::core;

void check(bool condition, const char *what) {
  if (!condition) {
    std::cerr << "wrong: " << what << std::endl;
    std::exit(1);
  }
}

void array_basics() {
  mx::array x(1.0);
  check(x.item<float>() == 1.0f && x.size() == 1 && x.ndim() == 0 && x.shape().empty(), "scalar");
  check(x.dtype() == mx::float32, "dtype of a double");
  mx::array y({1.0f, 2.0f, 3.0f, 4.0f}, {2, 2});
  check(y.dtype() == mx::float32 && y.shape() == mx::Shape{2, 2}, "initializer list");
  auto z = mx::ones({2, 2});
  auto w = y + z;
  mx::eval(w);
  check(w.data<float>()[3] == 5.0f, "sum");
  std::ostringstream text;
  text << w;
  check(text.str() == "array([[2, 3],\n       [4, 5]], dtype=float32)", "printing");
}

void automatic_differentiation() {
  auto fn = [](mx::array x) { return mx::square(x); };
  auto grad_fn = mx::grad(fn);
  mx::array x(1.5);
  check(grad_fn(x).item<float>() == 3.0f, "gradient");
  check(mx::grad(grad_fn)(x).item<float>() == 2.0f, "second gradient");
}

void linear_regression() {
  constexpr int num_features = 10, num_examples = 200, num_iters = 200;
  random::seed(3);
  auto w_star = random::normal({num_features});
  auto X = random::normal({num_examples, num_features});
  auto y = matmul(X, w_star) + 1e-2 * random::normal({num_examples});
  array w = 1e-2 * random::normal({num_features});
  auto loss_fn = [&](array w) {
    auto yhat = matmul(X, w);
    return (0.5f / num_examples) * sum(square(yhat - y));
  };
  auto grad_fn = grad(loss_fn);
  for (int it = 0; it < num_iters; ++it) {
    auto g = grad_fn(w);
    w = w - 0.1 * g;
    eval(w);
  }
  check(std::sqrt(sum(square(w - w_star)).item<float>()) < 0.1f, "regression");
}

std::vector<array> scaled(const std::vector<array> &in) { return {in[0] * in[1]}; }

void compilation() {
  const std::vector<array> in{array({1.0f, 2.0f}), array(3.0f)};
  std::function<std::vector<array>(const std::vector<array> &)> by_object = scaled;
  const float factor = 2.0f;
  for (auto compiled :
       {compile(scaled), compile(by_object), compile(compile(by_object)),
        compile([](const std::vector<array> &v) { return std::vector<array>{v[0] * v[1]}; }),
        compile([factor](std::vector<array> v) { return std::vector<array>{v[0] * v[1] * (factor / 2)}; })})
    check(sum(compiled(in)[0]).item<float>() == 9.0f, "compiled function");
  auto two = compile([](array x, const array &y) { return x - y; });
  check(sum(two(in[0], in[1])).item<float>() == -3.0f, "compiled function of two arrays");
}

int main() {
  compilation();
  array_basics();
  automatic_differentiation();
  linear_regression();
  try {
    mx::reshape(mx::ones({2, 3}), {4});
    check(false, "no exception");
  } catch (const std::invalid_argument &) {
  }
  return 0;
}
