// An error says what is wrong, and what to do about it.
#include <mx/mx.h>
#include <iostream>

int main() {
  try {
    mx::sum(mx::ones({2, 3}), 2);
  } catch (const mx::Error &error) {
    std::cout << error.what() << "\n";
    std::cout << error.op() << ": " << error.hint() << "\n";
  }
}

// It prints
// [sum] axis 2 is out of range for an array with 2 dimensions; axes are -2 to 1
// sum: axes are -2 to 1
