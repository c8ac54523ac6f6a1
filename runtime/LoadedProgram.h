// A program from a file, ready to be called with tensors: the variant that suits the machine, the check of every call
// against the signature, and the sizes of the call from the shapes of its arguments.
#pragma once

#include "runtime/Device.h"
#include "runtime/ProgramFile.h"
#include "runtime/base/Files.h"

namespace mx::rt {

/// An argument: elements in row-major order without gaps, which the program only reads.
struct TensorView {
  const void *data = nullptr;
  DType dtype = DType::float32;
  std::span<const int32_t> shape;
};

/// A result.
struct TensorValue {
  BufferPtr buffer;
  DType dtype = DType::float32;
  std::vector<int32_t> shape;
};

/// Which of a file's programs is loaded.
struct LoadOptions {
  DeviceKind device = DeviceKind::cpu;
  /// One by name; empty: the best that runs here.
  std::string target;
};

/// Immutable; may be called by several threads at once.
class LoadedProgram {
public:
  /// Loads what was opened or mapped. Errors name what is wrong with the file, or why none of its programs runs here.
  static Result<LoadedProgram> load(ProgramFileReader file, const LoadOptions &options);
  static Result<LoadedProgram> load(const std::string &path, const LoadOptions &options);

  const Signature &signature() const { return file.signature(); }
  /// The target that was chosen.
  const std::string &target() const { return targetName; }
  const CompiledProgram &program() const { return code; }

  /// Runs the program to completion. `results` is filled; buffers that are there already and are large enough are written
  /// to, so that a caller that brings the results of its last call causes no allocation of tensors. `stepNs` as in
  /// RunArgs.
  Status run(std::span<const TensorView> arguments, std::vector<TensorValue> &results, std::vector<int64_t> *stepNs = nullptr) const;

private:
  LoadedProgram(ProgramFileReader file, std::string target, CompiledProgram program, Device &device)
      : file(std::move(file)), targetName(std::move(target)), code(std::move(program)), device(&device) {}
  Status bindSizes(std::span<const TensorView> arguments, std::span<int64_t> symbols) const;
  Status collect(std::span<const TensorView> arguments, std::span<const int64_t> symbols, std::span<BufferPtr> outputs, std::vector<TensorValue> &results) const;
  Error fault(std::string what) const;
  Error wrongShape(size_t i, std::span<const int32_t> shape) const;
  std::string nameOfInput(size_t i) const;

  ProgramFileReader file;
  std::string targetName;
  CompiledProgram code;
  Device *device;
};

/// `(2, 3)`, sizes that vary as `s0`.
std::string shapeText(std::span<const SizeExpr> dims);

} // namespace mx::rt
