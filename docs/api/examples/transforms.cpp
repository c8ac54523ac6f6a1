// Derivatives of functions, and functions mapped over an axis.
#include <mx/mx.h>
#include <iostream>

int main() {
  auto loss = [](const mx::array &w) { return mx::sum(w * w * w); };
  mx::array w({1.0f, 2.0f});
  std::cout << mx::grad(loss)(w) << "\n";
  auto rows = mx::vmap([](const mx::array &row) { return row / mx::sum(row); });
  std::cout << rows(mx::array({1.0f, 3.0f, 2.0f, 2.0f}, {2, 2})) << "\n";
}

// It prints
// array([3, 12], dtype=float32)
// array([[0.25, 0.75],
//        [0.5, 0.5]], dtype=float32)
