// A norm as one kernel.
#include <mx/mx.h>
#include <iostream>

int main() {
  mx::array x({1.0f, 3.0f, 2.0f, 2.0f}, {2, 2});
  std::cout << mx::round(mx::fast::layer_norm(x, std::nullopt, std::nullopt, 1e-5f), 2) << "\n";
}

// It prints
// array([[-1, 1],
//        [0, 0]], dtype=float32)
