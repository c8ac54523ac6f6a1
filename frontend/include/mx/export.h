// Programs compiled ahead of time: export_kernels writes a function over arrays as a program file (.mxe), which runs on
// machines without a compiler: with mx-run, with mx/runtime.h, or here with import_kernels.
#pragma once

#include "mx/array.h"

#include <functional>
#include <string>
#include <vector>

MX_PUBLIC_BEGIN
namespace mx {

/// What export_kernels writes.
struct ExportOptions {
  /// Of the program and of its file.
  std::string name = "program";
  /// Machines it is compiled for: `cpu:native` (this one), `cpu:x86-64`, `cpu:x86-64-v3`, `cpu:x86-64-v4`, `spirv:vulkan1.2`
  /// (any Vulkan device). The file holds one program for each; whoever loads it takes the best that runs there.
  std::vector<std::string> targets = {"cpu:native"};
  /// Sizes of inputs may differ from the examples' at each call, as far as the function allows: those that are equal in the
  /// examples have to be equal, 0 and 1 stay as they are. docs/deploy.md says more.
  bool shapeless = false;
  /// Of inputs and results, in order: `mx-run --input tokens=t.npy` takes them, and errors of calls say them. Empty, or one for
  /// each, none twice.
  std::vector<std::string> input_names = {}, output_names = {};
  /// Also writes all phases and kernels of the program into the folder `dir/name`; of several targets, each into a folder in
  /// it, such as `dir/name/cpu-x86-64-v3`. An earlier dump there is replaced.
  bool dump = false;
};

/// Traces `fun` on inputs with the shapes and dtypes of `example_inputs` and writes the program to `dir/name.mxe`; `dir` is made
/// when it is missing. Arrays that `fun` captures become constants of the program. The same function gives the same bytes.
/// A shapeless export calls `fun` many times with other shapes to find which sizes may vary and how everything follows from them; a
/// size that it cannot vary with stays part of the program, and calls of the program say why. Throws InvalidArgument for an
/// unknown target, a function that draws random numbers without a key, and a shapeless export none of whose sizes can vary;
/// FileError when the file cannot be written; and what tracing and compiling throw.
void export_kernels(const std::string &dir, std::function<std::vector<array>(const std::vector<array> &)> fun,
                    const std::vector<array> &example_inputs, const ExportOptions &options = {});

/// The program of a file as a function. It runs on what is the default device now, cpu or gpu, and takes evaluated or lazy
/// arrays of the shapes and dtypes it was exported for; InvalidArgument names one that differs. Throws FileError for a file
/// that is missing or damaged and DeviceError when none of its programs runs here.
std::function<std::vector<array>(const std::vector<array> &)> import_kernels(const std::string &file);

} // namespace mx
MX_PUBLIC_END
