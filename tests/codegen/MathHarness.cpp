// See MathHarness.h. A unit of the kernel is one step; step u covers elements u * lanes and on.
#include "tests/codegen/MathHarness.h"

#include "codegen/Compiler.h"
#include "codegen/cpu/CpuPipeline.h"
#include "ir/program/MxpDialect.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

namespace mx::codegen::test {
namespace {

MLIRContext &context() {
  static MLIRContext *ctx = [] {
    DialectRegistry registry;
    registerDialects(registry);
    auto *c = new MLIRContext(registry, MLIRContext::Threading::DISABLED);
    c->loadAllAvailableDialects();
    return c;
  }();
  return *ctx;
}

/// bool is a byte in memory.
Type memoryType(OpBuilder &b, rt::DType dtype) {
  return rt::isBool(dtype) ? b.getI8Type() : toScalarType(b.getContext(), dtype);
}

Value load(OpBuilder &b, Location loc, Value memory, Value at, rt::DType dtype, int lanes) {
  Type element = memoryType(b, dtype);
  Value v =
      lanes ? Value(b.create<vector::LoadOp>(loc, VectorType::get({lanes}, element), memory, ValueRange{at}))
            : Value(b.create<memref::LoadOp>(loc, memory, ValueRange{at}));
  return rt::isBool(dtype) ? emitCast(b, loc, v, rt::DType::uint8, dtype) : v;
}

void store(OpBuilder &b, Location loc, Value v, Value memory, Value at, rt::DType dtype, int lanes) {
  if (rt::isBool(dtype))
    v = emitCast(b, loc, v, dtype, rt::DType::uint8);
  if (lanes)
    b.create<vector::StoreOp>(loc, v, memory, ValueRange{at});
  else
    b.create<memref::StoreOp>(loc, v, memory, ValueRange{at});
}

/// func(begin, end) over the buffers 0, 1 ... of the inputs and the one after them.
void buildKernel(ModuleOp module, std::span<const rt::DType> inputs, rt::DType output, const EmitBody &body,
                 const MathTarget &target, int lanes) {
  OpBuilder b(module.getBodyRegion());
  Location loc = b.getUnknownLoc();
  Type index = b.getIndexType();
  auto func = b.create<func::FuncOp>(loc, "kernel", b.getFunctionType({index, index}, {}));
  Block *entry = func.addEntryBlock();
  b.setInsertionPointToStart(entry);
  auto buffer = [&](size_t i, rt::DType dtype) -> Value {
    auto type = MemRefType::get({ShapedType::kDynamic}, memoryType(b, dtype));
    return b.create<ir::program::BufferOp>(loc, type, static_cast<int64_t>(i));
  };
  SmallVector<Value> memories;
  for (size_t i = 0; i < inputs.size(); ++i)
    memories.push_back(buffer(i, inputs[i]));
  Value result = buffer(inputs.size(), output);
  Value one = b.create<arith::ConstantIndexOp>(loc, 1);
  Value width = b.create<arith::ConstantIndexOp>(loc, std::max(lanes, 1));
  auto loop = b.create<scf::ForOp>(loc, entry->getArgument(0), entry->getArgument(1), one);
  b.create<func::ReturnOp>(loc);
  b.setInsertionPointToStart(loop.getBody());
  Value at = b.create<arith::MulIOp>(loc, loop.getInductionVar(), width);
  SmallVector<Value> values;
  for (size_t i = 0; i < inputs.size(); ++i)
    values.push_back(load(b, loc, memories[i], at, inputs[i], lanes));
  if (Value v = body(b, loc, values, target))
    store(b, loc, v, result, at, output, lanes);
  else
    module.emitError("the body refuses its operands");
}

} // namespace

ElementKernel::ElementKernel(std::vector<rt::DType> inputs, rt::DType output, const EmitBody &body,
                             const ElementKernelOptions &options)
    : step(std::max(options.lanes, 1)) {
  MLIRContext &ctx = context();
  ScopedDiagnosticHandler diagnostics(&ctx, [&](Diagnostic &d) {
    failure += d.str() + "\n";
    return success();
  });
  CpuTarget target = *cpuTarget(options.cpu);
  target.lowering.math.exact = options.exact;
  OwningOpRef<ModuleOp> module = ModuleOp::create(UnknownLoc::get(&ctx));
  buildKernel(*module, inputs, output, body, target.lowering.math, options.lanes);
  if (!failure.empty() || mlir::failed(verify(*module)))
    return;
  PassManager pm(&ctx);
  pm.addNestedPass<func::FuncOp>(createCSEPass());
  if (mlir::failed(pm.run(*module)) || mlir::failed(lowerToLLVM(*module))) {
    failure += "lowering failed";
    return;
  }
  auto object = compileToObject(*module, target, false);
  if (!object) {
    failure = object.error().message;
    return;
  }
  auto bytes = std::as_bytes(std::span(object->object.data(), object->object.size()));
  auto loaded = loadObject(bytes, std::vector<std::string>{"kernel"});
  if (loaded)
    code = *loaded;
  else
    failure = loaded.error().message;
}

void ElementKernel::run(std::span<const void *const> inputs, void *output, size_t count) const {
  std::vector<void *> buffers;
  for (const void *p : inputs)
    buffers.push_back(const_cast<void *>(p));
  buffers.push_back(output);
  mx_args args{buffers.data(), nullptr, nullptr, 0};
  code.entries[0](&args, 0, static_cast<uint32_t>(count / step));
}

ElementKernel elementwiseKernel(ir::OpKind kind, rt::DType dtype, const ElementKernelOptions &options) {
  const ir::OpRow &row = ir::rowOf(kind);
  std::vector<rt::DType> inputs(row.numInputs, dtype);
  if (row.dtypeRule == ir::DtypeRule::Select)
    inputs[0] = rt::DType::bool_;
  rt::DType output = row.dtypeRule == ir::DtypeRule::Compare ? rt::DType::bool_ : dtype;
  return {std::move(inputs), output,
          [=](OpBuilder &b, Location loc, ValueRange x, const MathTarget &target) {
            auto v = emitElementwise(b, loc, kind, dtype, x, target);
            return succeeded(v) ? *v : Value();
          },
          options};
}

} // namespace mx::codegen::test
