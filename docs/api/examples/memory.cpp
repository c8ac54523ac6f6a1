// Past the memory limit an evaluation fails and the arrays stay as they were.
#include <mx/mx.h>
#include <iostream>

int main() {
  const size_t before = mx::set_memory_limit(1 << 20);
  try {
    mx::eval(mx::ones({1024, 1024}) * mx::random::normal({1024, 1024}));
  } catch (const mx::DeviceError &error) {
    std::cout << error.hint() << "\n";
  }
  mx::set_memory_limit(before);
}

// It prints
// free arrays, or raise the limit with mx::set_memory_limit
