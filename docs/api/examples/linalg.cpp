// Products of matrices and vectors.
#include <mx/mx.h>
#include <iostream>

int main() {
  mx::array a({1.0f, 2.0f, 3.0f, 4.0f}, {2, 2});
  std::cout << mx::matmul(a, mx::transpose(a)) << "\n";
  std::cout << mx::outer(mx::array({1.0f, 2.0f}), mx::array({3.0f, 4.0f})) << "\n";
}

// It prints
// array([[5, 11],
//        [11, 25]], dtype=float32)
// array([[3, 4],
//        [6, 8]], dtype=float32)
