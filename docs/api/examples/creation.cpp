// Arrays from sizes and numbers.
#include <mx/mx.h>
#include <iostream>

int main() {
  std::cout << mx::zeros({2, 2}, mx::int32) << "\n";
  std::cout << mx::arange(0, 10, 3, mx::int32) << " " << mx::linspace(0, 1, 3) << "\n";
  std::cout << mx::tril(mx::ones({2, 2})) << "\n";
}

// It prints
// array([[0, 0],
//        [0, 0]], dtype=int32)
// array([0, 3, 6, 9], dtype=int32) array([0, 0.5, 1], dtype=float32)
// array([[1, 0],
//        [1, 1]], dtype=float32)
