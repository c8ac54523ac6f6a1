// Named arrays in a file and back.
#include <mx/mx.h>
#include <filesystem>
#include <iostream>

int main() {
  const std::string file = std::filesystem::temp_directory_path() / "mx-example.safetensors";
  mx::save_safetensors(file, {{"weight", mx::ones({2, 2})}, {"bias", mx::zeros({2})}});
  auto [arrays, metadata] = mx::load_safetensors(file);
  std::cout << arrays.at("bias") << " and " << arrays.size() - 1 << " more\n";
  std::filesystem::remove(file);
}

// It prints
// array([0, 0], dtype=float32) and 1 more
