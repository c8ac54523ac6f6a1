// Runs program files (.mxe) in C++ without a compiler: link mx::runtime, which is small and holds no LLVM. Programs are written by
// mx::export_kernels and mxc.
//
//   mx::rt::Program program = mx::rt::Program::load("model.mxe");
//   std::vector<float> x(4 * 3);
//   std::vector<mx::rt::Tensor> y = program.run(std::array{mx::rt::Tensor(x.data(), mx::float32, {4, 3})});
//   const float *first = y[0].data<float>();
#pragma once

#if defined(__cplusplus) && __cplusplus < 202002L
#error "mx needs C++20: compile with -std=c++20; with CMake, target_link_libraries(... mx::runtime) does that"
#endif

#include "mx/config.h"
#include "mx/device.h"
#include "mx/dtype.h"
#include "mx/error.h"
#include "mx/small_vector.h"

#include <memory>
#include <span>
#include <string>
#include <vector>

MX_PUBLIC_BEGIN
namespace mx::rt {

class LoadedProgram;

/// The names are of one version, so that a process may hold what was built against another.
inline namespace v1 {

/// Elements in row-major order without gaps: an argument, which is only read and stays its owner's, or a result.
struct Tensor {
  Tensor() = default;
  Tensor(const void *pointer, Dtype dtype, Shape shape) : pointer(const_cast<void *>(pointer)), dtype(dtype), shape(std::move(shape)) {}

  void *pointer = nullptr;
  Dtype dtype = float32;
  Shape shape;
  /// Keeps the memory of a result; null for what callers bring.
  std::shared_ptr<const void> owner;

  template <typename T> T *data() const { return static_cast<T *>(pointer); }
};

/// What an argument has to be, or what a result is; -1 stands for a size that varies.
struct TensorSpec {
  Dtype dtype = float32;
  Shape shape;
  /// Empty unless the export named it.
  std::string name = {};
};

/// A program of a file. Copies share it; several threads may run it at once.
class Program {
public:
  /// Reads the file, checks all of it, and takes its best program for the device: for cpu by the processor's instruction sets.
  /// Throws FileError for a file that is missing, damaged or of a newer version, and DeviceError when none of its programs runs
  /// here; the message says which there are and what they lack.
  static Program load(const std::string &path, mx::Device device = mx::Device::cpu);

  /// Runs to completion on this thread and the pool's. Throws InvalidArgument, naming the input, for a wrong number of them, a
  /// wrong shape or dtype; DeviceError when memory runs out.
  std::vector<Tensor> run(std::span<const Tensor> inputs) const;

  /// The name it was exported under, and the target that was taken, such as `cpu:x86-64-v3`.
  const std::string &name() const;
  const std::string &target() const;
  std::vector<TensorSpec> inputs() const;
  std::vector<TensorSpec> outputs() const;

private:
  explicit Program(std::shared_ptr<const LoadedProgram> impl) : impl(std::move(impl)) {}
  std::shared_ptr<const LoadedProgram> impl;
};

} // namespace v1
} // namespace mx::rt
MX_PUBLIC_END
