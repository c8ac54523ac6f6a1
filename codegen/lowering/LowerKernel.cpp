// What all kernel patterns share: arguments, scratch, loops over lanes, and the choice of the pattern's own file.
// Arguments are loaded once, at the function's start.
#include "codegen/lowering/LowerKernel.h"

#include "codegen/kernels/Matmul.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Transforms/RegionUtils.h"
#include "llvm/ADT/StringSwitch.h"

using namespace mlir;

namespace mx::codegen {

// Moves each marked loop into a private function that is never inlined. What it uses from outside become arguments;
// constants are made anew inside.
static void outlineMarkedLoops(func::FuncOp func) {
  SmallVector<scf::ForOp> marked;
  func.walk([&](scf::ForOp loop) {
    if (loop->hasAttr(kOutlineAttr))
      marked.push_back(loop);
  });
  for (auto [number, loop] : llvm::enumerate(marked)) {
    loop->removeAttr(kOutlineAttr);
    llvm::SetVector<Value> outside;
    getUsedValuesDefinedAbove(loop->getRegions(), outside);
    for (Value v : loop->getOperands())
      outside.insert(v);
    SmallVector<Value> args;
    SmallVector<Operation *> constants;
    for (Value v : outside) {
      Operation *def = v.getDefiningOp();
      if (def && def->hasTrait<OpTrait::ConstantLike>())
        constants.push_back(def);
      else
        args.push_back(v);
    }
    OpBuilder b(func);
    auto callee = b.create<func::FuncOp>(loop.getLoc(), (func.getName() + "_epilogue" + Twine(number)).str(),
                                         b.getFunctionType(ValueRange(args).getTypes(), {}));
    callee.setPrivate();
    callee->setAttr("passthrough", b.getStrArrayAttr({"noinline"}));
    Block *entry = callee.addEntryBlock();
    b.setInsertionPoint(loop);
    b.create<func::CallOp>(loop.getLoc(), callee, args);
    b.setInsertionPointToEnd(entry);
    IRMapping map;
    map.map(args, entry->getArguments());
    for (Operation *constant : constants)
      b.clone(*constant, map);
    b.clone(*loop, map);
    b.create<func::ReturnOp>(loop.getLoc());
    loop.erase();
  }
}

KernelBuilder::KernelBuilder(ir::program::KernelOp kernel, ModuleOp dest, const LoweringTarget &target)
    : KernelBody(kernel), target(target), dest(dest) {}

void KernelBuilder::entry(StringRef suffix, ir::Dim units, ir::Dim unitCostNs, int64_t threadScratchBytes,
                          llvm::function_ref<void(Emitter &, Value, Value)> body, int64_t lanes) {
  OpBuilder b(kernel.getContext());
  b.setInsertionPointToEnd(dest.getBody());
  std::string name = kernel.getSymName().str() + (suffix.empty() ? "" : "_" + suffix.str());
  auto type = b.getFunctionType({b.getIndexType(), b.getIndexType()}, {});
  auto func = b.create<func::FuncOp>(kernel.getLoc(), name, type);
  Block *block = func.addEntryBlock();
  b.setInsertionPointToEnd(block);
  b.create<func::ReturnOp>(kernel.getLoc());
  Scopes scopes(b, block);
  scopes.setLoc(kernel.getLoc());
  Emitter e(scopes, scalars, target.math, lanes);
  e.checkIndices = target.checkIndices;
  bindInputs(e);
  body(e, block->getArgument(0), block->getArgument(1));
  hoistArguments(*block);
  outlineMarkedLoops(func);
  result.entries.push_back({name, units, unitCostNs, threadScratchBytes});
}

Value KernelBuilder::threadScratch(Emitter &e, Type element, int64_t offset) {
  return e.scopes.emitAt(0, [&]() -> Value {
    auto type = MemRefType::get({ShapedType::kDynamic}, element);
    return e.scopes.builder().create<ir::program::ScratchOp>(e.scopes.loc(), type, offset);
  });
}

std::optional<int64_t> KernelBuilder::outputBytes(unsigned i) {
  ir::Dim n = ir::product(ir::dimsOf(yields()[i]));
  if (!n.isConstant())
    return std::nullopt;
  return n.value() * rt::sizeOf(ir::dtypeOf(yields()[i]));
}

bool KernelBuilder::streams(unsigned i) {
  auto bytes = outputBytes(i);
  return bytes && *bytes >= target.nontemporalBytes && !rt::isBool(ir::dtypeOf(yields()[i]));
}

void forLanes(Emitter &e, Value lo, Value hi, bool wholeLanes, llvm::function_ref<void(const Index &)> body) {
  IndexBuilder &ix = e.index;
  Value step = ix.constant(ix.numLanes).base;
  Value mainEnd = hi;
  if (!wholeLanes) {
    Index n = ix.sub({hi}, {lo});
    mainEnd = ix.add({lo}, ix.mul(ix.div(n, {step}), {step})).base;
  }
  auto whole = IndexBuilder::asConstant({lo}), end = IndexBuilder::asConstant({mainEnd});
  if (!(whole && end && *whole == *end))
    e.scopes.loop(lo, mainEnd, step, {}, [&](Value i, ValueRange) {
      body(IndexBuilder::lanes(i));
      return SmallVector<Value>{};
    });
  if (wholeLanes)
    return;
  Value rest = ix.less({mainEnd}, {hi});
  e.scopes.when(rest, {}, [&] {
    e.setValidLanes(ix.sub({hi}, {mainEnd}).base);
    body(IndexBuilder::lanes(mainEnd));
    e.setValidLanes({});
    return SmallVector<Value>{};
  });
}

int64_t elementCostPs(Block &body) {
  // A load or store of four bytes at 20 GB/s, an arithmetic op at about two vectors a cycle, a mathematical function
  // at some 15 of those.
  int64_t ps = 200 * (body.getNumArguments() + body.getTerminator()->getNumOperands());
  for (Operation &op : body)
    if (const ir::OpRow *row = ir::rowOf(&op))
      ps += row->dtypeRule == ir::DtypeRule::Float ? 300 : row->isElementwise() || row->family == "Reduce" ? 25
            : row->family == "Indexing" ? 500 : row->kind == ir::OpKind::RandomBits ? 1500 : 0;
  return ps;
}

FailureOr<LoweredKernel> lowerKernel(ir::program::KernelOp kernel, ModuleOp dest, const LoweringTarget &target) {
  KernelBuilder k(kernel, dest, target);
  auto lower = llvm::StringSwitch<LogicalResult (*)(KernelBuilder &)>(kernel.getKind())
                   .Case("map", lowerMap).Case("row", lowerRow).Case("argreduce", lowerArgReduce)
                   .Case("scan", lowerScan).Case("scatter", lowerScatter).Case("matmul", lowerMatmul)
                   .Default(nullptr);
  if (!lower)
    return kernel.emitOpError("has no lowering for kind '") << kernel.getKind() << "'";
  if (failed(lower(k)))
    return failure();
  k.result.scalars = std::move(k.scalars.dims);
  return std::move(k.result);
}

} // namespace mx::codegen
