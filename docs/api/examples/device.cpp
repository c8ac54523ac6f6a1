// Runs on a GPU where there is one.
#include <mx/mx.h>
#include <iostream>

int main() {
  // The processor is always there; a GPU may be.
  std::cout << mx::is_available(mx::Device::cpu) << "\n";
  for (const mx::gpu::DeviceReport &report : mx::gpu::info())
    std::cerr << report.name << ": " << report.reason << "\n";
  if (mx::is_available(mx::Device::gpu))
    mx::set_default_device(mx::Device::gpu);
  std::cout << mx::sum(mx::arange(4, mx::int32)) << "\n";
}

// It prints
// 1
// array(6, dtype=int32)
