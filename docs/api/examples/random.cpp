// Random numbers are functions of keys.
#include <mx/mx.h>
#include <iostream>

int main() {
  mx::array key = mx::random::key(7);
  auto [first, second] = mx::random::split(key);
  std::cout << mx::random::bits({2}, key) << "\n";
  // The same key, the same numbers, on every device.
  mx::array a = mx::random::normal({3}, first), b = mx::random::normal({3}, first), c = mx::random::normal({3}, second);
  std::cout << mx::array_equal(a, b) << " " << mx::array_equal(a, c) << "\n";
}

// It prints
// array([195045567, 4062205631], dtype=uint32)
// array(true, dtype=bool) array(false, dtype=bool)
