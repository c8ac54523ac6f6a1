// The first operation that makes a NaN is an error; and this machine computes as it should.
#include <mx/mx.h>
#include <iostream>

int main() {
  int wrong = 0;
  mx::debug::check_ops(mx::Device::cpu, [&](const mx::debug::OpCheck &check) { wrong += !check.problem.empty(); }, {mx::float32});
  std::cout << wrong << " operations are wrong\n";

  mx::debug::nan_check(true);
  mx::array y = mx::sum(mx::log(mx::array({1.0f, -1.0f})));
  try {
    y.eval();
  } catch (const mx::Error &error) {
    std::cout << error.op() << "\n";
  }
}

// It prints
// 0 operations are wrong
// log
