// Sizes that are symbols are small and all different; indices stay small, for most arrays have more than a few elements.
#include "tools/CheckProgram.h"

#include "ir/interp/CompareTensors.h"
#include "ir/interp/Elements.h"
#include "ir/interp/Evaluate.h"
#include "runtime/Device.h"

#include <random>

namespace mx::tools {
namespace {

using namespace mx::ir::interp;

constexpr int64_t kMostElements = int64_t(1) << 26;

Tensor madeUp(mlir::Value argument, llvm::ArrayRef<int64_t> symbols, std::mt19937_64 &random) {
  std::vector<int64_t> shape;
  for (ir::Dim d : ir::dimsOf(argument))
    shape.push_back(d.evaluate(symbols.data()));
  Tensor t = zeros(ir::dtypeOf(argument), std::move(shape));
  std::uniform_real_distribution<double> real(-2, 2);
  visit(t.dtype, [&]<typename T>(std::type_identity<T>) {
    for (T &e : elements<T>(t)) {
      if constexpr (std::is_same_v<T, Complex>)
        e = Complex(real(random), real(random));
      else if constexpr (isReal<T>)
        e = write<T>(real(random));
      else if constexpr (std::is_same_v<T, Bool>)
        e = write<T>(random() % 2 != 0);
      else
        e = T(random() % 4);
    }
  });
  return t;
}

uint32_t numSymbols(mlir::func::FuncOp func) {
  uint32_t count = 0;
  auto note = [&](mlir::Value v) {
    for (ir::Dim d : ir::dimsOf(v)) {
      const rt::SizeExpr size = d.toSizeExpr();
      for (const auto &i : size.instructions())
        if (i.op == rt::SizeExpr::Op::Symbol)
          count = std::max(count, uint32_t(i.arg) + 1);
    }
  };
  llvm::for_each(func.getArguments(), note);
  func.walk([&](mlir::Operation *op) { llvm::for_each(op->getResults(), note); });
  return count;
}

} // namespace

rt::Result<std::string> checkProgram(mlir::func::FuncOp func, const codegen::Backend &backend, const codegen::CompileOptions &compile,
                                     const CheckOptions &options) {
  auto invalid = [](const std::string &what) { return rt::Error{rt::ErrorCode::invalidArgument, what}; };
  auto module = func->getParentOfType<mlir::ModuleOp>();
  if (func.isExternal() || failed(passes::verifyPhase(module, passes::Phase::Traced)))
    return invalid("the module is not of phase traced");
  std::mt19937_64 random(options.seed);
  std::vector<int64_t> symbols;
  for (uint32_t i = 0; i < numSymbols(func); ++i)
    symbols.push_back(5 + 2 * i);
  std::vector<Tensor> inputs;
  for (mlir::BlockArgument argument : func.getArguments()) {
    if (ir::product(ir::dimsOf(argument)).evaluate(symbols.data()) > kMostElements)
      return invalid("argument " + std::to_string(argument.getArgNumber()) + " is too large for the interpreter, which takes " +
                     std::to_string(kMostElements) + " elements");
    inputs.push_back(madeUp(argument, symbols, random));
  }
  auto expected = run(func, inputs, symbols);
  if (!expected)
    return rt::Error{expected.error().code, "the interpreter: " + expected.error().message};

  auto program = codegen::Compiler(backend, compile).compile(module, func.getName());
  if (!program)
    return program.error();
  std::vector<void *> pointers;
  for (Tensor &t : inputs)
    pointers.push_back(t.data.data());
  symbols.resize(std::max<size_t>(symbols.size(), program->numSymbols));
  std::vector<rt::BufferPtr> outputs(program->outputs.size());
  if (rt::Status ran = rt::findDevice(rt::DeviceKind::cpu)->run(*program, {pointers, symbols, {}, outputs}); !ran)
    return ran.error();
  for (auto [i, tensor] : llvm::enumerate(*expected)) {
    Tensor actual = zeros(tensor.dtype, tensor.shape);
    if (!actual.data.empty())
      std::memcpy(actual.data.data(), outputs[i]->data, actual.data.size());
    if (std::string difference = firstDifference(actual, tensor, {options.ulps, /*ofLargest=*/true}); !difference.empty())
      return "result " + std::to_string(i) + ": " + difference;
  }
  return std::string();
}

} // namespace mx::tools
