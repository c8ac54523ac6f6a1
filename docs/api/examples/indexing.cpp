// Rows and entries by index arrays.
#include <mx/mx.h>
#include <iostream>

int main() {
  mx::array table = mx::reshape(mx::arange(6, mx::int32), {3, 2});
  std::cout << mx::take(table, mx::array({2, 0}, mx::int32), 0) << "\n";
  std::cout << mx::take_along_axis(table, mx::array({1, 0, 1}, {3, 1}, mx::int32), 1) << "\n";
}

// It prints
// array([[4, 5],
//        [0, 1]], dtype=int32)
// array([[1],
//        [2],
//        [5]], dtype=int32)
