// Arrays are lazy: shape and dtype at once, data after eval.
#include <mx/mx.h>
#include <iostream>

int main() {
  mx::array x({1.0f, 2.0f, 3.0f, 4.0f}, {2, 2});
  mx::array y = mx::exp(x) - 1.0f; // an op: nothing is computed yet
  std::cout << y.ndim() << " axes, " << y.size() << " elements, evaluated: " << y.is_available() << "\n";
  mx::eval(y);
  std::cout << y.data<float>()[0] << " " << mx::sum(x).item<int>() << "\n";
}

// It prints
// 2 axes, 4 elements, evaluated: 0
// 1.71828 10
