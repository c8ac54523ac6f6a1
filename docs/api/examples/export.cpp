// A function becomes a program file, which runs without the function and without a compiler.
#include <mx/mx.h>
#include <filesystem>
#include <iostream>

int main() {
  const std::filesystem::path folder = std::filesystem::temp_directory_path() / "mx-example-export";
  mx::array weight({1.0f, 2.0f, 3.0f, 4.0f}, {2, 2});
  mx::export_kernels(folder, [&](const std::vector<mx::array> &in) { return std::vector{mx::matmul(in[0], weight)}; },
                     {mx::zeros({1, 2})}, {.name = "layer"});
  auto layer = mx::import_kernels(folder / "layer.mxe");
  std::cout << layer({mx::ones({1, 2})})[0] << "\n";
  std::filesystem::remove_all(folder);
}

// It prints
// array([[4, 6]], dtype=float32)
