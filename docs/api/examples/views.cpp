// Shapes and axes move without computing.
#include <mx/mx.h>
#include <iostream>

int main() {
  mx::array x = mx::reshape(mx::arange(6, mx::int32), {2, -1});
  std::cout << mx::transpose(x) << "\n";
  std::cout << mx::slice(x, {0, 1}, {2, 3}) << "\n";
  std::cout << mx::concatenate({x, x}, 0).shape() << "\n";
}

// It prints
// array([[0, 3],
//        [1, 4],
//        [2, 5]], dtype=int32)
// array([[1, 2],
//        [4, 5]], dtype=int32)
// (4,3)
