// The smallest program: lazy arrays, one evaluation, one compiled function.
#include "mx/mx.h"

#include <iostream>

int main() {
  mx::array x = mx::arange(6.0) / 5.0;
  mx::array y = mx::reshape(x, {2, 3});
  std::cout << mx::matmul(y, mx::transpose(y)) << "\n";

  auto f = mx::compile([](mx::array a, mx::array b) { return mx::exp(a) + b; });
  std::cout << f(x, mx::ones({6})) << "\n";
}
