// Builds programs op by op and compares compiled code with the reference interpreter. Each program is compiled four
// times: with constant sizes, with sizes named by symbols, and both again with every op in a kernel of its own. The four
// give the same bits; a test says how far they may lie from the interpreter.
#pragma once

#include "codegen/Compiler.h"
#include "ir/MxDialect.h"
#include "ir/interp/CompareTensors.h"
#include "ir/interp/Interpreter.h"
#include "runtime/Device.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"

#include <functional>
#include <random>
#include <string>
#include <vector>

namespace mx::codegen::test {

using ir::Dim;
using ir::Dims;
using ir::OpKind;
using ir::interp::firstDifference;
using ir::interp::Tensor;
using ir::interp::Tolerance;
using mlir::Value;

/// All dtypes that arithmetic takes, and subsets of them.
extern const std::vector<rt::DType> kRealDtypes, kFloatDtypes, kIntDtypes;

/// What a random tensor holds.
enum class Fill {
  Small,   ///< near 0: reals in [-2, 2], integers in [-6, 6] (unsigned from 0)
  Special, ///< every third one a NaN, an infinity, a zero, a subnormal or a limit of the dtype; the others wide
  Wide,    ///< integers over the whole range, reals over many magnitudes
};

/// One program under construction: @main of a module, its inputs and the sizes that symbols stand for.
class Build {
public:
  enum class Sizes { Static, Symbolic };
  Build(Sizes sizes, uint64_t seed);

  /// A size. 0 and 1 are constants always: which sizes are 0 or 1 is part of a program.
  Dim size(int64_t value);
  /// An offset that a program with symbolic sizes learns at the call.
  Dim offset(int64_t value);
  /// A random argument, or one that holds these values.
  Value input(rt::DType dtype, const Dims &dims, Fill fill = Fill::Small);
  Value input(rt::DType dtype, const Dims &dims, const std::vector<double> &values);
  /// A random integer argument with entries in [low, high].
  Value indices(rt::DType dtype, const Dims &dims, int64_t low, int64_t high);
  /// A constant with these values, one value meaning a splat.
  Value constant(rt::DType dtype, std::vector<int64_t> shape, const std::vector<double> &values);

  /// Any op of the table.
  Value op(OpKind kind, llvm::ArrayRef<Value> operands, ir::Attrs attrs = {});

  // The ops that tests use most.
  Value reshape(Value x, Dims shape) { return op(OpKind::Reshape, {x}, {std::move(shape)}); }
  Value transpose(Value x, std::vector<int64_t> axes) { return op(OpKind::Transpose, {x}, {std::move(axes)}); }
  Value broadcast(Value x, Dims shape) { return op(OpKind::BroadcastTo, {x}, {std::move(shape)}); }
  Value slice(Value x, Dims starts, Dims sizes, std::vector<int64_t> strides) {
    return op(OpKind::Slice, {x}, {std::move(starts), std::move(sizes), std::move(strides)});
  }
  Value astype(Value x, rt::DType dtype) { return op(OpKind::Astype, {x}, {int64_t(dtype)}); }
  Value reduce(OpKind kind, Value x, std::vector<int64_t> axes, bool keepdims = false) {
    return op(kind, {x}, {std::move(axes), int64_t(keepdims)});
  }
  Value exp(Value x) { return op(OpKind::Exp, {x}); }
  Value add(Value a, Value b) { return op(OpKind::Add, {a, b}); }
  Value sub(Value a, Value b) { return op(OpKind::Subtract, {a, b}); }
  Value mul(Value a, Value b) { return op(OpKind::Multiply, {a, b}); }
  Value div(Value a, Value b) { return op(OpKind::Divide, {a, b}); }

  /// The results of @main; the last call of a program.
  void results(llvm::ArrayRef<Value> values);

  mlir::ModuleOp module() { return *owner; }
  std::vector<Tensor> inputs;
  std::vector<int64_t> symbols;

private:
  Value argument(Tensor tensor, const Dims &dims);
  std::vector<int64_t> concrete(const Dims &dims) const;
  const Sizes sizes;
  std::mt19937_64 random;
  mlir::OwningOpRef<mlir::ModuleOp> owner;
  mlir::func::FuncOp func;
  mlir::OpBuilder b;
};

/// Compiles the program with a backend and runs it on the device of the programs it makes.
rt::Result<std::vector<Tensor>> runCompiled(Build &build, const Backend &backend, rt::Device &device, const CompileOptions &options = {});
/// Fails the test where `actual` is an error or lies further from `expected` than the tolerance.
void expectSame(const std::string &what, const rt::Result<std::vector<Tensor>> &actual, const std::vector<Tensor> &expected,
                Tolerance tolerance, Build &build);

/// Compiles the program in all forms, runs them and compares.
void check(const std::string &name, const std::function<void(Build &)> &program, Tolerance tolerance = {});

/// Compiles the program for a target by name, which the machine has to be able to run, and compares.
void checkOnTarget(llvm::StringRef cpu, const std::string &name, const std::function<void(Build &)> &program, Tolerance tolerance = {});

} // namespace mx::codegen::test
