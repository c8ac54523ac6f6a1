// A function becomes a program, compiled once for each set of shapes, or once for all.
#include <mx/mx.h>
#include <iostream>

int main() {
  auto step = mx::compile([](mx::array w, mx::array gradient) { return w - 0.5f * gradient; });
  mx::array w({1.0f, 2.0f}), gradient({2.0f, 2.0f});
  std::cout << step(w, gradient) << "\n";
  std::cout << mx::compile_stats().kernels << " kernel\n";

  // One program for all lengths.
  auto center = mx::compile([](mx::array x) { return x - mx::mean(x); }, true);
  std::cout << center(mx::arange(3)) << " " << center(mx::arange(5)) << "\n";
}

// It prints
// array([0, 1], dtype=float32)
// 1 kernel
// array([-1, 0, 1], dtype=float32) array([-2, -1, 0, 1, 2], dtype=float32)
