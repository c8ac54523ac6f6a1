// Runs single ops and whole modules through the reference interpreter for tests.
#pragma once

#include "ir/MxDialect.h"
#include "ir/interp/Elements.h"
#include "ir/interp/Evaluate.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Parser/Parser.h"

#include <gtest/gtest.h>

namespace mx::ir::interp {

/// A tensor of values that the dtype holds exactly, or rounded where it does not.
inline Tensor tensor(rt::DType dtype, std::vector<int64_t> shape, std::vector<double> values) {
  Tensor x{rt::DType::float64, std::move(shape), {}};
  x.data.resize(values.size() * sizeof(double));
  std::copy(values.begin(), values.end(), elements<double>(x).begin());
  EXPECT_EQ(static_cast<size_t>(countOf(x.shape)), values.size());
  return convert(x, dtype);
}
/// A tensor of integers past what a double holds.
inline Tensor integers(rt::DType dtype, std::vector<int64_t> shape, std::vector<int64_t> values) {
  Tensor x{rt::DType::int64, std::move(shape), {}};
  x.data.resize(values.size() * sizeof(int64_t));
  std::copy(values.begin(), values.end(), elements<int64_t>(x).begin());
  return convert(x, dtype);
}

/// `float32(2) [1, nan]`: what comparisons print, -0 apart from 0 and all NaNs alike.
inline std::string text(const Tensor &t) {
  std::string result = std::string(rt::nameOf(t.dtype)) + ir::str(Dims(t.shape.begin(), t.shape.end())) + " [";
  visit(t.dtype, [&]<typename T>(std::type_identity<T>) {
    bool first = true;
    for (T stored : elements<T>(t)) {
      char buffer[64];
      auto x = read(stored);
      if constexpr (std::is_same_v<T, Complex>)
        snprintf(buffer, sizeof buffer, "%.9g+%.9gi", x.real(), x.imag());
      else if constexpr (isReal<T>)
        snprintf(buffer, sizeof buffer, "%.17g", std::isnan(x) ? NAN : x);
      else if constexpr (std::is_signed_v<T>)
        snprintf(buffer, sizeof buffer, "%lld", static_cast<long long>(x));
      else
        snprintf(buffer, sizeof buffer, "%llu", static_cast<unsigned long long>(x));
      result.append(first ? "" : ", ").append(buffer);
      first = false;
    }
  });
  return result + "]";
}

/// One context for all tests of the suite.
inline mlir::MLIRContext &context() {
  static auto *ctx = [] {
    auto *c = new mlir::MLIRContext(mlir::MLIRContext::Threading::DISABLED);
    c->loadDialect<MxDialect, mlir::func::FuncDialect>();
    return c;
  }();
  return *ctx;
}

/// Results of @main of the module, one text each, or the error's message.
inline std::vector<std::string> runModule(const std::string &source, llvm::ArrayRef<Tensor> inputs,
                                          llvm::ArrayRef<int64_t> symbols = {}) {
  auto module = mlir::parseSourceString<mlir::ModuleOp>(source, &context());
  if (!module)
    return {"does not parse: " + source};
  auto results = run(module->lookupSymbol<mlir::func::FuncOp>("main"), inputs, symbols);
  if (!results)
    return {results.error().message};
  std::vector<std::string> texts;
  for (const Tensor &t : *results)
    texts.push_back(text(t));
  return texts;
}

/// `tensor<2x3xf32>`.
inline std::string typeText(rt::DType dtype, const std::vector<int64_t> &shape) {
  std::string result;
  llvm::raw_string_ostream(result) << toTensorType(&context(), {dtype, Dims(shape.begin(), shape.end())});
  return result;
}

/// The module that applies one op to tensors like `inputs`.
inline std::string moduleOf(const std::string &op, const std::string &attrs, llvm::ArrayRef<Tensor> inputs,
                            rt::DType dtype, const std::vector<int64_t> &shape) {
  std::string params, names, types, result = typeText(dtype, shape);
  for (size_t i = 0; i < inputs.size(); ++i) {
    std::string name = "%a" + std::to_string(i), type = typeText(inputs[i].dtype, inputs[i].shape), comma = i ? ", " : "";
    params += comma + name + ": " + type;
    names += comma + name;
    types += comma + type;
  }
  return "func.func @main(" + params + ") -> " + result + " {\n  %r = mx." + op + " " + names + " " + attrs +
         (inputs.empty() ? "" : " : " + types) + "\n  return %r : " + result + "\n}\n";
}

/// Applies an op with the attributes `{...}` to the inputs and compares.
inline void expectOp(const std::string &op, const std::string &attrs, llvm::ArrayRef<Tensor> inputs, const Tensor &expected) {
  auto results = runModule(moduleOf(op, attrs, inputs, expected.dtype, expected.shape), inputs);
  EXPECT_EQ(results, std::vector{text(expected)}) << op << " " << attrs;
}

} // namespace mx::ir::interp
