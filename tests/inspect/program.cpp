// A layer and its softmax, compiled, run often enough to have times; and an evaluation whose sizes are arguments. `gpu`
// computes there; `wait` waits for its end, to be killed; `fork` computes in a child too. Exit code 77: there is no GPU.
#include "mx/mx.h"

#include <cstdio>
#include <string_view>
#include <sys/wait.h>
#include <unistd.h>

using namespace mx;

namespace {

std::vector<array> layer(const std::vector<array> &in) {
  array hidden = tanh(matmul(in[0], in[1]));
  array scores = matmul(hidden, in[2]);
  return {softmax(scores, -1)};
}

} // namespace

int main(int argc, char **argv) {
  const std::string_view how = argc > 1 ? argv[1] : "";
  if (how == "gpu") {
    if (!is_available(Device::gpu))
      return 77;
    set_default_device(Device::gpu);
  }
  array x = ones({64, 128}), w = full({128, 256}, 0.01f), v = full({256, 32}, 0.02f);
  auto run = compile(layer);
  for (int i = 0; i < 8; ++i)
    eval(run({x, w, v}));
  array y = exp(arange(1000, float32) / 1000.0f) + 1.0f;
  y.eval();
  if (how == "fork") {
    const pid_t child = ::fork();
    array z = exp(arange(500, float32));
    z.eval();
    if (child == 0)
      ::_exit(0);
    int status = 0;
    ::waitpid(child, &status, 0);
    return status;
  }
  if (how == "wait") {
    std::puts("ready");
    std::fflush(stdout);
    ::pause();
  }
  return 0;
}
