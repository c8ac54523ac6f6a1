// Losses and activations.
#include <mx/mx.h>
#include <iostream>

int main() {
  mx::array logits({2.0f, 0.0f, 0.0f, 3.0f}, {2, 2}), targets({0, 1}, mx::int32);
  std::cout << mx::round(mx::nn::cross_entropy(logits, targets), 3) << "\n";
  std::cout << mx::nn::relu(mx::array({-1.0f, 2.0f})) << "\n";
}

// It prints
// array([0.127, 0.049], dtype=float32)
// array([0, 2], dtype=float32)
