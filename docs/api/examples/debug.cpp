// The first operation that makes a NaN is an error.
#include <mx/mx.h>
#include <iostream>

int main() {
  mx::debug::nan_check(true);
  mx::array y = mx::sum(mx::log(mx::array({1.0f, -1.0f})));
  try {
    y.eval();
  } catch (const mx::Error &error) {
    std::cout << error.op() << "\n";
  }
}

// It prints
// log
