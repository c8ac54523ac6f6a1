// Shapes, limits of dtypes, and a scope on a device.
#include <mx/mx.h>
#include <iostream>

int main() {
  std::cout << mx::broadcast_shapes({4, 1}, {3}) << " " << mx::finfo(mx::float16).max << "\n";
  mx::StreamContext scope(mx::Device::cpu); // ops that name no device run there until the scope ends
  std::cout << mx::default_device() << "\n";
}

// It prints
// (4,3) 65504
// Device(cpu, 0)
