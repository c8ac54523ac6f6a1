// Reductions over one axis or all, and a running sum.
#include <mx/mx.h>
#include <iostream>

int main() {
  mx::array x = mx::reshape(mx::arange(6.0), {2, 3});
  std::cout << mx::sum(x, 0) << " " << mx::mean(x, 1, true) << "\n";
  std::cout << mx::argmax(x) << " " << mx::cumsum(x, 1) << "\n";
}

// It prints
// array([3, 5, 7], dtype=float32) array([[1],
//        [4]], dtype=float32)
// array(5, dtype=uint32) array([[0, 1, 3],
//        [3, 7, 12]], dtype=float32)
