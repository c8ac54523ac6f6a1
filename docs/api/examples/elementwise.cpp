// Element-wise functions broadcast, also against C++ scalars.
#include <mx/mx.h>
#include <iostream>

int main() {
  mx::array x({-1.0f, 0.0f, 4.0f});
  std::cout << mx::maximum(x, mx::array(0.0f)) * 2.0f << "\n";
  std::cout << mx::where(x < 0.0f, -x, mx::sqrt(x)) << "\n";
  std::cout << (mx::array({1, 2, 3}, mx::int32) & mx::array(1)) << "\n";
}

// It prints
// array([0, 0, 8], dtype=float32)
// array([1, 0, 2], dtype=float32)
// array([1, 0, 1], dtype=int32)
