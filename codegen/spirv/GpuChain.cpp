// Kernels of kind `chain` on a GPU: each fusion is lowered as a kernel of its own, and as many as can follow each other in one
// workgroup become one entry, with barriers between. What cannot (too many workgroups, a size of workgroup that does not
// fit) begins an entry of its own, so that a chain is right whatever its members look like.
#include "codegen/spirv/GpuKernel.h"

#include "ir/program/KernelKind.h"

#include "mlir/Dialect/SPIRV/IR/SPIRVOps.h"
#include "mlir/Dialect/SPIRV/IR/TargetAndABI.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;

namespace mx::codegen {
namespace {

using ir::Dim;
using ir::program::KernelOp;

// A member's workgroups take turns in the chain's; beyond so many a dispatch of its own is quicker.
constexpr int64_t kMostTurns = 16;

// A fusion of the chain as a kernel of its own, lowered. Operands are numbered as in the chain.
struct Stage {
  OwningOpRef<ModuleOp> module;
  LoweredGpuKernel lowered;
  SmallVector<int64_t> operands;
  SmallVector<gpu::GPUFuncOp> functions;
};

class ChainLowering {
public:
  explicit ChainLowering(GpuKernelBuilder &k) : k(k) {}
  LogicalResult run();

private:
  FailureOr<Stage> lowerStage(ir::FusionOp fusion, std::optional<int64_t> workgroup);
  void flush();
  void splice(Emitter &e, const Stage &stage, const GpuEntry &entry, gpu::GPUFuncOp func, const Index &group, const Index &local);

  struct Turn {
    const Stage *stage;
    const GpuEntry *entry;
    gpu::GPUFuncOp func;
  };
  bool fits(const Turn &turn) const;

  GpuKernelBuilder &k;
  std::vector<Stage> stages;
  SmallVector<Turn> pending; // of the entry that is being collected
  LogicalResult outcome = success();
  int entries = 0;
};

bool hasBarrier(gpu::GPUFuncOp func) {
  return func.walk([](gpu::BarrierOp) { return WalkResult::interrupt(); }).wasInterrupted();
}

FailureOr<Stage> ChainLowering::lowerStage(ir::FusionOp fusion, std::optional<int64_t> workgroup) {
  Stage stage;
  stage.module = ModuleOp::create(fusion.getLoc());
  OpBuilder b = OpBuilder::atBlockEnd(stage.module->getBody());
  DictionaryAttr config;
  if (workgroup)
    config = b.getDictionaryAttr(b.getNamedAttr("workgroup", b.getI64IntegerAttr(*workgroup)));
  auto kernel = b.create<KernelOp>(fusion.getLoc(), "stage", fusion.getKindAttr(), b.getTypeArrayAttr(SmallVector<Type>(fusion.getResultTypes())), config);
  IRMapping map;
  fusion.getBody().cloneInto(&kernel.getBody(), map);
  auto functions = b.create<gpu::GPUModuleOp>(fusion.getLoc(), "functions");
  auto lowered = lowerKernelToGpu(kernel, functions, k.target);
  if (failed(lowered))
    return failure();
  stage.lowered = std::move(*lowered);
  for (const GpuEntry &entry : stage.lowered.entries)
    stage.functions.push_back(functions.lookupSymbol<gpu::GPUFuncOp>(entry.name));

  Block &chain = *fusion->getBlock();
  OperandRange yields = chain.getTerminator()->getOperands();
  auto numberOf = [&](Value v) -> int64_t {
    if (auto arg = dyn_cast<BlockArgument>(v))
      return arg.getArgNumber();
    return chain.getNumArguments() + (llvm::find(yields, v) - yields.begin());
  };
  for (Value v : fusion.getInputs())
    stage.operands.push_back(numberOf(v));
  for (Value v : fusion.getResults())
    stage.operands.push_back(numberOf(v));
  stage.operands.push_back(chain.getNumArguments() + yields.size()); // scratch
  return std::move(stage);
}

// Whether the entry can follow those that are pending in their workgroup.
bool ChainLowering::fits(const Turn &turn) const {
  auto runsInOne = [](const Turn &t) {
    return t.entry->workgroups.isConstant() && t.entry->workgroups.value() <= kMostTurns && t.entry->passes.is(1);
  };
  int64_t largest = 0, iterations = 0, shared = 0;
  llvm::SmallDenseSet<int64_t> bindings;
  SmallVector<Turn> all(pending);
  all.push_back(turn);
  for (const Turn &t : all) {
    largest = std::max(largest, t.entry->workgroupSize);
    if (!runsInOne(t) || !t.entry->loopIterations.isConstant())
      return false;
    iterations += t.entry->workgroups.value() * (1 + t.entry->loopIterations.value());
    t.func->walk([&](ir::program::BufferOp buffer) { bindings.insert(t.stage->operands[buffer.getIndex()]); });
    shared += sharedBytes(t.func);
  }
  // A barrier is for all invocations of the workgroup.
  for (const Turn &t : all)
    if (t.entry->workgroupSize != largest && hasBarrier(t.func))
      return false;
  const rt::GpuProperties &device = k.target.device;
  return iterations <= device.loopIterations && shared <= device.sharedMemoryBytes && int64_t(bindings.size()) <= device.storageBuffers &&
         !k.target.byAddress;
}

void ChainLowering::splice(Emitter &e, const Stage &stage, const GpuEntry &entry, gpu::GPUFuncOp func, const Index &group, const Index &local) {
  IndexBuilder &ix = e.index;
  OpBuilder &b = e.scopes.builder();
  IRMapping map;
  for (Operation &op : func.getBody().front().without_terminator()) {
    auto is = [&](Value v) { map.map(op.getResult(0), v); };
    if (auto id = dyn_cast<gpu::BlockIdOp>(op))
      is(id.getDimension() == gpu::Dimension::x ? group.base : ix.constant(0).base);
    else if (isa<gpu::ThreadIdOp>(op))
      is(local.base);
    else if (isa<gpu::GridDimOp>(op))
      is(e.size(entry.workgroups).base);
    else if (auto scalar = dyn_cast<ir::program::ScalarOp>(op))
      is(e.size(stage.lowered.scalars[scalar.getIndex()]).base);
    else if (auto buffer = dyn_cast<ir::program::BufferOp>(op))
      is(b.create<ir::program::BufferOp>(buffer.getLoc(), buffer.getType(), stage.operands[buffer.getIndex()]));
    else
      b.clone(op, map);
  }
}

// Makes an entry of what is pending.
void ChainLowering::flush() {
  if (pending.empty() || failed(outcome))
    return;
  const std::string suffix = std::to_string(entries++);
  if (pending.size() == 1) {
    // As it is: its workgroups run side by side.
    const Turn t = pending.front();
    outcome = k.entry(suffix, t.entry->workgroups, t.entry->workgroupSize, [&](Emitter &e, const Index &group, const Index &local) {
      splice(e, *t.stage, *t.entry, t.func, group, local);
    }, t.entry->passes);
    pending.clear();
    return;
  }
  int64_t workgroup = 1;
  for (const Turn &t : pending)
    workgroup = std::max(workgroup, t.entry->workgroupSize);
  outcome = k.entry(suffix, 1, workgroup, [&](Emitter &e, const Index &, const Index &local) {
    IndexBuilder &ix = e.index;
    for (const Turn &t : pending) {
      if (&t != &pending.front())
        e.scopes.builder().create<spirv::ControlBarrierOp>(
            e.scopes.loc(), spirv::Scope::Workgroup, spirv::Scope::Workgroup,
            spirv::MemorySemantics::AcquireRelease | spirv::MemorySemantics::UniformMemory | spirv::MemorySemantics::WorkgroupMemory);
      auto turn = [&](const Index &group) { splice(e, *t.stage, *t.entry, t.func, group, local); };
      auto turns = [&] {
        if (t.entry->workgroups.is(1)) {
          turn(ix.constant(0));
          return SmallVector<Value>{};
        }
        k.loop(e, ix.constant(0), e.size(t.entry->workgroups), ix.constant(1), t.entry->workgroups, {}, [&](const Index &group, ValueRange) {
          turn(group);
          return SmallVector<Value>{};
        });
        return SmallVector<Value>{};
      };
      if (t.entry->workgroupSize == workgroup)
        turns();
      else
        e.scopes.when(ix.less(local, ix.constant(t.entry->workgroupSize)), {}, turns);
    }
  });
  pending.clear();
}

LogicalResult ChainLowering::run() {
  SmallVector<ir::FusionOp> fusions(k.body().getOps<ir::FusionOp>());
  // Element-wise members take the workgroup of those that need all of theirs.
  std::optional<int64_t> workgroup;
  for (ir::FusionOp fusion : fusions) {
    auto stage = lowerStage(fusion, std::nullopt);
    if (failed(stage))
      return failure();
    for (auto [entry, func] : llvm::zip_equal(stage->lowered.entries, stage->functions))
      if (hasBarrier(func))
        workgroup = std::max(workgroup.value_or(0), entry.workgroupSize);
    stages.push_back(std::move(*stage));
  }
  if (workgroup)
    for (auto [fusion, stage] : llvm::zip_equal(fusions, stages))
      if (fusion.getKind() == StringRef(ir::program::nameOf(ir::program::KernelKind::Map))) {
        auto again = lowerStage(fusion, workgroup);
        if (failed(again))
          return failure();
        stage = std::move(*again);
      }
  for (const Stage &stage : stages) {
    k.result.scratchBytes = max(k.result.scratchBytes, stage.lowered.scratchBytes);
    for (auto [entry, func] : llvm::zip_equal(stage.lowered.entries, stage.functions)) {
      const Turn turn{&stage, &entry, func};
      if (!pending.empty() && !fits(turn))
        flush();
      pending.push_back(turn);
    }
  }
  flush();
  return outcome;
}

} // namespace

LogicalResult lowerChainToGpu(GpuKernelBuilder &k) { return ChainLowering(k).run(); }

} // namespace mx::codegen
