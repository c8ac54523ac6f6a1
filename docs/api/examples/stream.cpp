// Work in the background, on a stream of its own.
#include <mx/mx.h>
#include <iostream>

int main() {
  mx::Stream background = mx::new_stream(mx::Device::cpu);
  mx::array x = mx::add(mx::array({1, 2}, mx::int32), mx::array(1), background);
  mx::async_eval(x); // returns at once
  mx::synchronize(background);
  std::cout << x << "\n";
}

// It prints
// array([2, 3], dtype=int32)
