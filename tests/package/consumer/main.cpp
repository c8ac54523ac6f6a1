// A program outside the tree: evaluates, compiles and catches a typed error across the library's border. Prints `ok`
// last when all is as expected.
#include <mx/mx.h>

#include <cmath>
#include <iostream>

int main() {
  mx::array x({1.0f, 2.0f, 3.0f, 4.0f}, {2, 2});
  mx::array y = mx::matmul(x, x) + 1.0f;
  mx::eval(y);
  if (y.data<float>()[3] != 23.0f) {
    std::cout << "matmul gave " << y << "\n";
    return 1;
  }

  auto f = mx::compile([](mx::array a, mx::array b) { return mx::exp(a) + b; });
  float sum = mx::sum(f(x, y)).item<float>();
  float expected = std::exp(1.0f) + std::exp(2.0f) + std::exp(3.0f) + std::exp(4.0f) + 8 + 11 + 16 + 23;
  if (std::abs(sum - expected) > 1e-3f) {
    std::cout << "compiled sum gave " << sum << " instead of " << expected << "\n";
    return 1;
  }

  try {
    mx::matmul(x, mx::ones({3, 2}));
  } catch (const mx::Error &error) {
    std::cout << error.what() << "\nok\n";
    return 0;
  }
  std::cout << "a product of (2, 2) and (3, 2) raised no mx::Error\n";
  return 1;
}
