// Entries, shared memory and barriers. An invocation works on single elements or on kGpuLanes at a time. The emitter computes a value where its operands exist, also outside the branch that needs it: an invocation beyond the
// last element gets a clamped index, computes what its neighbour does, and only its stores are skipped.
#include "codegen/spirv/GpuKernel.h"

#include "codegen/spirv/GpuLaneMemory.h"
#include "ir/Blame.h"
#include "runtime/Shader.h"
#include "ir/program/KernelKind.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SPIRV/IR/TargetAndABI.h"
#include "llvm/ADT/StringSwitch.h"

using namespace mlir;

namespace mx::codegen {

using ir::Dim;

Type sharedType(MLIRContext *ctx, rt::DType dtype) {
  return rt::isBool(dtype) ? IntegerType::get(ctx, 32) : storageType(ctx, dtype);
}

Dim atMost(Dim a, int64_t most) { return min(max(Dim(most + 1) - a, 0), 1); }
Dim moreThan(Dim a, int64_t most) { return min(max(a - Dim(most), 0), 1); }

int64_t elementBytes(MemRefType type) {
  Type element = type.getElementType();
  const int64_t lanes = isa<VectorType>(element) ? cast<VectorType>(element).getNumElements() : 1;
  return lanes * getElementTypeOrSelf(element).getIntOrFloatBitWidth() / 8;
}

int64_t sharedBytes(Operation *op) {
  int64_t bytes = 0;
  op->walk([&](memref::AllocOp memory) {
    bytes += memory.getType().getNumElements() * elementBytes(memory.getType());
  });
  return bytes;
}

static Attribute dimAttr(MLIRContext *ctx, Dim d) { return ir::DimsAttr::get(ctx, d); }

LogicalResult GpuKernelBuilder::entry(StringRef suffix, Dim workgroups, int64_t workgroupSize,
                                      llvm::function_ref<void(Emitter &, const Index &, const Index &)> body, Dim passes) {
  MLIRContext *ctx = kernel.getContext();
  Location loc = kernel.getLoc();
  OpBuilder b(ctx);
  b.setInsertionPoint(dest.getBody()->getTerminator());
  std::string name = kernel.getSymName().str() + (suffix.empty() ? "" : "_" + suffix.str());
  auto func = b.create<gpu::GPUFuncOp>(loc, name, b.getFunctionType({}, {}));
  func->setAttr(gpu::GPUDialect::getKernelFuncAttrName(), b.getUnitAttr());
  func->setAttr(spirv::getEntryPointABIAttrName(), spirv::getEntryPointABIAttr(ctx, {static_cast<int32_t>(workgroupSize), 1, 1}));
  Block *block = &func.getBody().front();
  b.setInsertionPointToEnd(block);
  b.create<gpu::ReturnOp>(loc);

  Scopes scopes(b, block);
  scopes.setLoc(loc);
  Emitter e(scopes, scalars, target.math, kGpuLanes);
  e.index.bits = 32;
  e.checkIndices = target.checkIndices;
  GpuLaneMemory memory;
  e.laneMemory = &memory;
  bindInputs(e);
  IndexBuilder &ix = e.index;
  auto id = [&](auto op) { return scopes.emitAt(0, [&]() -> Value { return b.create<decltype(op)>(loc, gpu::Dimension::x); }); };
  Index local = workgroupSize == 1 ? ix.constant(0) : Index{id(gpu::ThreadIdOp())};
  if (workgroups.isConstant() && workgroups.value() <= target.device.workgroupCount) {
    body(e, workgroups.is(1) ? ix.constant(0) : Index{id(gpu::BlockIdOp())}, local);
  } else {
    Value y = scopes.emitAt(0, [&]() -> Value { return b.create<gpu::BlockIdOp>(loc, gpu::Dimension::y); });
    Index group = ix.add(ix.mul({y}, {id(gpu::GridDimOp())}), {id(gpu::BlockIdOp())});
    scopes.when(ix.less(group, e.size(workgroups)), {}, [&] {
      body(e, group, local);
      return SmallVector<Value>{};
    });
  }
  hoistArguments(*block);
  // Of an operand that only ever moves as vectors its elements are not wanted.
  for (auto buffer : llvm::make_early_inc_range(block->getOps<ir::program::BufferOp>()))
    if (buffer->use_empty())
      buffer.erase();

  FailureOr<Dim> iterations = loopIterationsOf(func);
  if (failed(iterations))
    return failure();
  if (iterations->isConstant() && iterations->value() > target.device.loopIterations)
    return ir::emitInputError(kernel) << "kernel " << kernel.getSymName() << " runs up to " << iterations->value() << " loop iterations in one invocation of entry " << name
           << ", the target " << target.name << " allows " << target.device.loopIterations;
  func->setAttr("mxp.workgroups", dimAttr(ctx, workgroups));
  func->setAttr("mxp.loop_iterations", dimAttr(ctx, *iterations));
  if (!passes.is(1))
    func->setAttr("mxp.passes", dimAttr(ctx, passes));
  result.entries.push_back({name, workgroups, workgroupSize, *iterations, passes});
  return success();
}

Index GpuKernelBuilder::pass(Emitter &e) {
  return {e.scopes.emitAt(0, [&]() -> Value { return e.scopes.builder().create<ir::program::PassOp>(e.scopes.loc()); })};
}

ValueRange GpuKernelBuilder::loop(Emitter &e, const Index &lo, const Index &hi, const Index &step, Dim maxTrips, ValueRange init,
                                  llvm::function_ref<SmallVector<Value>(const Index &, ValueRange)> body) {
  return e.scopes.loop(lo.base, hi.base, step.base, init, [&](Value i, ValueRange carried) {
    e.scopes.builder().getInsertionBlock()->getParentOp()->setAttr(kMaxTripsAttr, dimAttr(kernel.getContext(), maxTrips));
    return body({i}, carried);
  });
}

Value GpuKernelBuilder::sharedMemory(Emitter &e, Type element, int64_t count) {
  return e.scopes.emitAt(0, [&]() -> Value {
    OpBuilder &b = e.scopes.builder();
    auto space = spirv::StorageClassAttr::get(b.getContext(), spirv::StorageClass::Workgroup);
    return b.create<memref::AllocOp>(e.scopes.loc(), MemRefType::get({count}, element, MemRefLayoutAttrInterface(), space));
  });
}

void GpuKernelBuilder::barrier(Emitter &e) { e.scopes.builder().create<gpu::BarrierOp>(e.scopes.loc()); }

Value GpuKernelBuilder::loadShared(Emitter &e, Value memory, rt::DType dtype, const Index &i) {
  OpBuilder &b = e.scopes.builder();
  Value v = b.create<memref::LoadOp>(e.scopes.loc(), memory, i.base);
  if (!rt::isBool(dtype))
    return v;
  Value zero = b.create<arith::ConstantOp>(e.scopes.loc(), b.getZeroAttr(v.getType()));
  return b.create<arith::CmpIOp>(e.scopes.loc(), arith::CmpIPredicate::ne, v, zero);
}

void GpuKernelBuilder::storeShared(Emitter &e, Value memory, rt::DType dtype, const Index &i, Value v) {
  OpBuilder &b = e.scopes.builder();
  if (rt::isBool(dtype))
    v = b.create<arith::ExtUIOp>(e.scopes.loc(), sharedType(b.getContext(), dtype), v);
  b.create<memref::StoreOp>(e.scopes.loc(), v, memory, i.base);
}

void GpuKernelBuilder::storeYields(Emitter &e, llvm::function_ref<bool(Value)> which, llvm::function_ref<Point(Value)> pointOf,
                                   const Index &i, Value inside) {
  SmallVector<std::pair<unsigned, Value>> values;
  for (auto [n, v] : llvm::enumerate(yields()))
    if (which(v))
      values.push_back({n, e.at(v, pointOf(v))});
  if (values.empty())
    return;
  auto storeAll = [&] {
    for (auto [n, v] : values)
      e.store(outputMemory(e, n), ir::dtypeOf(yields()[n]), i, v);
    return SmallVector<Value>{};
  };
  if (inside)
    e.scopes.when(inside, {}, storeAll);
  else
    storeAll();
}

// Indices have 32 bits and may pass the end of what they index by a last, partial tile.
// What is known at the call alone is added to `scalars`, whose range the device checks.
static LogicalResult checkSizes(ir::program::KernelOp kernel, std::vector<Dim> &scalars) {
  constexpr int64_t most = rt::kMostShaderElements;
  LogicalResult result = success();
  Dim largest = 0;
  auto check = [&](Value v) {
    const ir::Dims dims = ir::dimsOf(v);
    int64_t elements = 1;
    bool exceeds = false;
    for (Dim d : dims)
      if (d.isConstant())
        exceeds |= llvm::MulOverflow(elements, d.value(), elements) || elements > most;
    if (Dim n = ir::product(dims); !n.isConstant())
      largest = largest.is(0) ? n : max(largest, n);
    if (exceeds && succeeded(result) && !llvm::is_contained(dims, Dim(0)))
      result = ir::emitInputError(kernel) << "kernel " << kernel.getSymName() << " computes on " << v.getType() << ", indices of the target have 32 bits";
  };
  Block &body = kernel.getBody().front();
  llvm::for_each(body.getArguments(), check);
  for (Operation &op : body.without_terminator())
    llvm::for_each(op.getResults(), check);
  if (!largest.isConstant() && !llvm::is_contained(scalars, largest))
    scalars.push_back(largest);
  return result;
}

// Bindings and push constants where they do, addresses elsewhere.
static LogicalResult chooseInterface(ir::program::KernelOp kernel, gpu::GPUModuleOp dest, const SpirvTarget &target, LoweredGpuKernel &lowered) {
  const rt::GpuProperties &device = target.device;
  Block &body = kernel.getBody().front();
  int64_t words = lowered.scalars.size(), bindings = 0, largest = 0;
  for (const GpuEntry &entry : lowered.entries) {
    llvm::SmallDenseSet<uint64_t> numbers;
    auto func = dest.lookupSymbol<gpu::GPUFuncOp>(entry.name);
    func.walk([&](ir::program::BufferOp buffer) { numbers.insert(buffer.getIndex()); });
    const bool checks = func.walk([](ir::program::FaultOp) { return WalkResult::interrupt(); }).wasInterrupted();
    lowered.checksIndices |= checks;
    bindings = std::max<int64_t>(bindings, numbers.size() + checks);
    words = std::max<int64_t>(words, lowered.scalars.size() + !entry.passes.is(1));
  }
  auto measure = [&](Dim elements, int64_t size) {
    if (Dim bytes = elements * Dim(size); bytes.isConstant())
      largest = std::max(largest, bytes.value());
  };
  for (Value v : body.getArguments())
    measure(ir::product(ir::dimsOf(v)), rt::sizeOf(ir::dtypeOf(v)));
  for (Value v : body.getTerminator()->getOperands())
    measure(ir::product(ir::dimsOf(v)), rt::sizeOf(ir::dtypeOf(v)));
  measure(lowered.scratchBytes, 1);

  std::string why;
  if (bindings > device.storageBuffers)
    why = "has " + std::to_string(bindings) + " operands, the target binds " + std::to_string(device.storageBuffers);
  else if (4 * words > device.pushConstantBytes)
    why = "has " + std::to_string(words) + " scalars, the target passes " + std::to_string(device.pushConstantBytes / 4);
  else if (largest > device.storageBufferRange)
    why = "has an operand of " + std::to_string(largest) + " bytes, the target binds " + std::to_string(device.storageBufferRange);
  lowered.byAddress = target.byAddress || !why.empty();
  if (!lowered.byAddress || (device.bufferAddress && device.int64))
    return success();
  return ir::emitInputError(kernel) << "kernel " << kernel.getSymName() << " " << (why.empty() ? "is to reach operands by address" : why)
                              << "; addresses need the SPIR-V capabilities PhysicalStorageBufferAddresses and Int64, which the target lacks";
}

FailureOr<LoweredGpuKernel> lowerKernelToGpu(ir::program::KernelOp kernel, gpu::GPUModuleOp dest, const SpirvTarget &target) {
  GpuKernelBuilder k(kernel, dest, target);
  auto lower = llvm::StringSwitch<LogicalResult (*)(GpuKernelBuilder &)>(kernel.getKind())
                   .Case("map", lowerMapToGpu).Case("row", lowerRowToGpu).Case("matmul", lowerMatmulToGpu)
                   .Case("argreduce", lowerArgReduceToGpu).Case("scan", lowerScanToGpu).Case("scatter", lowerScatterToGpu)
                   .Case(ir::program::kChainKind, lowerChainToGpu)
                   .Default(nullptr);
  if (!lower)
    return kernel.emitOpError("has no lowering to SPIR-V for kind '") << kernel.getKind() << "'";
  if (failed(checkDtypes(kernel, target, /*byAddress=*/false)) || failed(lower(k)) || failed(checkSizes(kernel, k.scalars.dims)))
    return failure();
  k.result.scalars = std::move(k.scalars.dims);
  if (failed(chooseInterface(kernel, dest, target, k.result)) || (k.result.byAddress && failed(checkDtypes(kernel, target, /*byAddress=*/true))))
    return failure();
  return std::move(k.result);
}

} // namespace mx::codegen
