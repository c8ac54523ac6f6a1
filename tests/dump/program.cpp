// Two programs to dump: a lazy one, whose sizes are arguments, and a compiled one with packing and shared scratch. Exit
// code 3 is a FileError, after which the same work is done without the dump; 4 is a wrong result.
#include "mx/mx.h"

#include <cstdio>
#include <cstdlib>

using namespace mx;

namespace {

/// exp(x / 8) + x for x = 0 ... 18, and the trace of a a^T + 1 for a of 40 rows of 100 ones.
bool isRight(array y, array z) {
  const bool first = allclose(sum(y), array(171.0f + 73.2341f), 1e-4).item<bool>();
  return first && sum(z).item<float>() == 40 * 40 * 101;
}

} // namespace

int main() {
  array x = arange(19, float32), a = ones({40, 100});
  array y = exp(x / 8.0f) + x;
  auto product = compile([](const std::vector<array> &in) { return std::vector<array>{matmul(in[0], transpose(in[0])) + 1.0f}; });
  int code = 0;
  for (const bool last : {false, true}) {
    try {
      eval(x, a);
      y.eval();
      array z = product({a})[0];
      return isRight(y, z) ? code : 4;
    } catch (const FileError &e) {
      if (last)
        throw;
      std::puts(e.what());
      code = 3;
      ::unsetenv("MX_DUMP");
    }
  }
}
