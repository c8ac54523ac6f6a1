// Traces to MLIR: one function per trace, one op per node, sizes as constants or symbols.
#include "frontend/compile/Import.h"

#include "codegen/Compiler.h"
#include "codegen/cpu/CpuBackend.h"
#include "codegen/spirv/SpirvBackend.h"
#include "codegen/spirv/SpirvPipeline.h"
#include "codegen/SourceLines.h"
#include "frontend/compile/Composites.h"
#include "frontend/compile/CompileStats.h"
#include "frontend/eval/Programs.h"
#include "ir/MxDialect.h"
#include "runtime/ThreadPool.h"
#include "runtime/base/Env.h"
#include "runtime/base/Trace.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"

#include "llvm/Support/ThreadPool.h"

#include <functional>
#include <map>
#include <mutex>
#include <tuple>
#include <unordered_map>

namespace mx::graph {
namespace {

using mlir::Value;

// MLIR's tasks on the runtime's pool: a pool of LLVM's own would be more threads, and dead ones after a fork.
class PassThreads final : public llvm::ThreadPoolInterface {
public:
  // A group's tasks start when it is waited for.
  void wait(llvm::ThreadPoolTaskGroup &group) override { run(&group); }
  void wait() override { run(nullptr); }
  unsigned getMaxConcurrency() const override { return rt::ThreadPool::instance().numThreads(); }

private:
  using Tasks = std::vector<std::function<void()>>;
  void asyncEnqueue(std::function<void()> task, llvm::ThreadPoolTaskGroup *group) override {
    std::lock_guard lock(mutex);
    waiting[group].push_back(std::move(task));
  }
  void run(llvm::ThreadPoolTaskGroup *group) {
    Tasks tasks;
    {
      std::lock_guard lock(mutex);
      if (auto it = waiting.find(group); it != waiting.end()) {
        tasks = std::move(it->second);
        waiting.erase(it);
      }
    }
    rt::ThreadPool::instance().forEach(tasks.size(), [](void *all, uint32_t i) { (*static_cast<Tasks *>(all))[i](); }, &tasks);
  }

  std::mutex mutex;
  std::unordered_map<llvm::ThreadPoolTaskGroup *, Tasks> waiting;
};

} // namespace

std::unique_ptr<mlir::MLIRContext> newContext() {
  mlir::DialectRegistry registry;
  codegen::registerDialects(registry);
  codegen::registerSpirvDialects(registry);
  auto context = std::make_unique<mlir::MLIRContext>(registry, mlir::MLIRContext::Threading::DISABLED);
  static auto *threads = new PassThreads;
  context->setThreadPool(*threads);
  context->loadAllAvailableDialects();
  return context;
}

namespace {

// One context for the process, replaced after some thousands of programs: a context grows with every type and
// attribute it has seen and never shrinks.
class SharedContext {
public:
  std::shared_ptr<mlir::MLIRContext> get() {
    std::lock_guard lock(mutex);
    if (!context || ++uses > kUses) {
      context = newContext();
      uses = 0;
    }
    return context;
  }
  /// Leaves a context in which the compiler crashed as it is, forever: it may hold locks.
  void abandon(const std::shared_ptr<mlir::MLIRContext> &crashed) {
    std::lock_guard lock(mutex);
    if (context == crashed)
      context = nullptr;
    new std::shared_ptr<mlir::MLIRContext>(crashed);
  }

private:
  static constexpr int kUses = 4000;
  std::mutex mutex;
  std::shared_ptr<mlir::MLIRContext> context;
  int uses = 0;
};

SharedContext &sharedContext() {
  static auto *shared = new SharedContext;
  return *shared;
}

class Importer {
public:
  /// With `free`, the sizes of a static trace's placeholders are those symbols.
  Importer(mlir::MLIRContext *ctx, const Trace &trace, const FreeSizes *free = nullptr)
      : b(ctx), numbered(trace), trace(numbered), classes(numbered), free(free) {}
  mlir::OwningOpRef<mlir::ModuleOp> run(llvm::StringRef name);

private:
  ir::Dim size(int64_t n) { return classes.size(n); }
  ir::Dim offset(int64_t n) { return classes.offset(n); }
  /// A size or offset of an op: the trace's next number where sizes are free.
  ir::Dim number(ir::AttrKind kind, int64_t n) {
    return free ? free->numbers[nextNumber++] : kind == ir::AttrKind::Shape ? size(n) : offset(n);
  }
  ir::Dims dims(const Shape &shape) {
    ir::Dims result;
    for (int32_t n : shape)
      result.push_back(size(n));
    return result;
  }
  mlir::RankedTensorType type(rt::DType dtype, ir::Dims dims) { return ir::toTensorType(b.getContext(), {dtype, std::move(dims)}); }
  void input(Node &node, mlir::func::FuncOp func);
  void op(Node &node);
  Value scalar(const Node &node);
  Value sizeScalar(rt::DType dtype, SizeFit::Scalar scalar);

  mlir::OpBuilder b;
  // The symbols are numbered anew, in the order of the walk that made the key: a copy, for the numbers must agree.
  Trace numbered;
  const Trace &trace;
  SizeClasses classes;
  std::vector<Value> values; // by Node::number
  const FreeSizes *free;
  size_t nextNumber = 0, nextScalar = 0;
};

Value Importer::scalar(const Node &node) {
  auto type = this->type(node.dtype, {});
  mlir::DenseElementsAttr attr;
  if (rt::isBool(node.dtype)) {
    attr = mlir::DenseElementsAttr::get(type, node.scalar[0] != 0);
  } else {
    attr = mlir::DenseElementsAttr::getFromRawBuffer(type, llvm::ArrayRef<char>(node.scalar, rt::sizeOf(node.dtype)));
  }
  return b.create<ir::ConstantOp>(b.getUnknownLoc(), type, attr);
}

Value Importer::sizeScalar(rt::DType dtype, SizeFit::Scalar scalar) {
  const auto type = this->type(dtype, {});
  Value size = ir::createOp(b, b.getUnknownLoc(), ir::OpKind::Size, {}, {ir::Dims{scalar.size}, int64_t(dtype)}, type);
  if (!scalar.inverted)
    return size;
  Value one = b.create<ir::ConstantOp>(b.getUnknownLoc(), type, mlir::DenseElementsAttr::get(type, b.getFloatAttr(type.getElementType(), 1.0)));
  return ir::createOp(b, b.getUnknownLoc(), ir::OpKind::Divide, {one, size}, {}, type);
}

void Importer::input(Node &node, mlir::func::FuncOp func) {
  ir::Dims shape = free && node.kind == NodeKind::Placeholder ? free->arguments[node.index] : dims(node.shape);
  Value v;
  if (node.hostScalar && trace.sizes == Sizes::Static) {
    const auto *followsSizes = free ? &free->scalars[nextScalar++] : nullptr;
    v = followsSizes && *followsSizes ? sizeScalar(node.dtype, **followsSizes) : scalar(node);
  } else if (isRowMajor(node)) {
    func.insertArgument(func.getNumArguments(), type(node.dtype, shape), {}, b.getUnknownLoc());
    v = func.getArguments().back();
  } else {
    // Strided data is flat memory seen through strides, from its lowest address.
    const Layout &layout = layoutOf(node);
    func.insertArgument(func.getNumArguments(), type(node.dtype, {size(layout.dataSize)}), {}, b.getUnknownLoc());
    ir::Dims strides;
    for (int64_t stride : layout.strides)
      strides.push_back(stride == 0 || stride == 1 ? ir::Dim(stride) : offset(stride));
    const ir::Dim before = offset(elementsBefore(node));
    v = ir::createOp(b, b.getUnknownLoc(), ir::OpKind::AsStrided, func.getArguments().back(),
                     {ir::AttrValue(shape), ir::AttrValue(strides), ir::AttrValue(ir::Dims{before})}, type(node.dtype, shape));
  }
  values[node.number] = v;
}

void Importer::op(Node &node) {
  llvm::SmallVector<Value> operands;
  for (Node *in : node.inputs)
    operands.push_back(values[resolve(in)->number]);
  const ir::OpRow &row = ir::rowOf(node.op);
  ir::Attrs attrs;
  if (node.attrs)
    for (auto [value, spec] : llvm::zip_equal(*node.attrs, row.attrs)) {
      if (auto *list = std::get_if<ir::Dims>(&value)) {
        ir::Dims symbolic;
        for (ir::Dim d : *list)
          symbolic.push_back(number(spec.kind, d.value()));
        attrs.push_back(symbolic);
      } else {
        attrs.push_back(value);
      }
    }
  ir::Dims shape;
  for (int32_t n : node.shape)
    shape.push_back(number(ir::AttrKind::Shape, n));
  const mlir::Location loc = codegen::addressLoc(b.getContext(), node.source);
  values[node.number] = ir::createOp(b, loc, node.op, operands, attrs, type(node.dtype, std::move(shape)));
}

mlir::OwningOpRef<mlir::ModuleOp> Importer::run(llvm::StringRef name) {
  mlir::OwningOpRef<mlir::ModuleOp> module = mlir::ModuleOp::create(b.getUnknownLoc());
  b.setInsertionPointToEnd(module->getBody());
  auto func = b.create<mlir::func::FuncOp>(b.getUnknownLoc(), name, b.getFunctionType({}, {}));
  mlir::Block *entry = func.addEntryBlock();
  b.setInsertionPointToEnd(entry);
  numbered.symbols.clear();
  values.resize(trace.inputs.size() + trace.ops.size());
  // Inputs and ops in the order of their numbers: the order in which the walk met their sizes.
  size_t i = 0, o = 0;
  for (uint32_t n = 0; n < values.size(); ++n) {
    if (i < trace.inputs.size() && trace.inputs[i]->number == n)
      input(*trace.inputs[i++], func);
    else
      op(*trace.ops[o++]);
  }
  llvm::SmallVector<Value> results;
  llvm::SmallVector<mlir::Type> types;
  for (Node *node : trace.outputs) {
    results.push_back(values[node->number]);
    types.push_back(results.back().getType());
  }
  b.create<mlir::func::ReturnOp>(b.getUnknownLoc(), results);
  func.setFunctionType(b.getFunctionType(func.getArgumentTypes(), types));
  formComposites(*module, trace, values);
  return module;
}

} // namespace

mlir::OwningOpRef<mlir::ModuleOp> importTrace(mlir::MLIRContext *context, const Trace &trace, llvm::StringRef name) {
  return Importer(context, trace).run(name);
}

mlir::OwningOpRef<mlir::ModuleOp> importTrace(mlir::MLIRContext *context, const Trace &trace, const FreeSizes &free, llvm::StringRef name) {
  auto module = Importer(context, trace, &free).run(name);
  // For who reads the dump; the file has both too.
  mlir::Builder b(context);
  llvm::SmallVector<mlir::Attribute> notes;
  for (auto [symbol, least] : llvm::enumerate(free.atLeast))
    notes.push_back(b.getStringAttr("s" + std::to_string(symbol) + " is at least " + std::to_string(least)));
  for (const FreeSizes::Fixed &fixed : free.fixed)
    notes.push_back(b.getStringAttr(std::to_string(fixed.size) + " does not vary: " + fixed.reason));
  (*module->getOps<mlir::func::FuncOp>().begin())->setAttr("mx.sizes", b.getArrayAttr(notes));
  return module;
}

std::string describeSource(const void *returnAddress) { return codegen::lineOf(returnAddress).str(); }

// What compiles for a device. A GPU's backends live as long as the process, as the device does.
static const codegen::Backend &backendFor(rt::Device &device, bool exact, bool byAddress) {
  const rt::GpuProperties *gpu = device.gpu();
  if (!gpu)
    return codegen::hostBackend(exact);
  static std::mutex mutex;
  static auto *backends = new std::map<std::tuple<rt::Device *, bool, bool>, codegen::SpirvBackend>;
  std::lock_guard lock(mutex);
  auto it = backends->find({&device, exact, byAddress});
  if (it == backends->end()) {
    codegen::SpirvTarget target = codegen::spirvTargetOf(*gpu);
    target.math.exact = exact;
    target.byAddress = byAddress;
    target.checkIndices = codegen::hostTarget().lowering.checkIndices;
    it = backends->try_emplace({&device, exact, byAddress}, std::move(target), rt::envString(rt::EnvVar::Validate).value_or("0") != "0").first;
  }
  return it->second;
}

ProgramMaker importProgram(const Trace &trace, std::string_view name, rt::Device &device, bool byAddress) {
  // In this order: the module goes before its context.
  struct Imported {
    std::shared_ptr<mlir::MLIRContext> context;
    mlir::OwningOpRef<mlir::ModuleOp> module;
    std::string name;
    codegen::CompileOptions options;
    const codegen::Backend *backend;
  };
  rt::TraceSpan span("trace", "import");
  span.note("ops", int64_t(trace.ops.size()));
  auto imported = std::make_shared<Imported>();
  imported->context = sharedContext().get();
  imported->module = importTrace(imported->context.get(), trace, name);
  imported->name = name;
  imported->options.fuse = trace.passes.fuse;
  imported->options.simplify = trace.passes.simplify;
  imported->backend = &backendFor(device, trace.passes.exact, byAddress);
  return [imported]() -> rt::Result<ProgramPtr> {
    // One program at a time: its kernels are compiled in parallel.
    static std::mutex compiling;
    std::lock_guard lock(compiling);
    codegen::CompileStats stats;
    auto program = codegen::Compiler(*imported->backend, imported->options).compile(*imported->module, imported->name, &stats);
    if (stats.crashed) {
      sharedContext().abandon(imported->context);
      (void)imported->module.release();
    }
    if (!program)
      return program.error();
    recordStats(imported->name, stats.opsIn, stats.dispatches, stats.kernels, program->arenaStats, stats.totalMs);
    return ProgramPtr(std::make_shared<const rt::CompiledProgram>(std::move(*program)));
  };
}

} // namespace mx::graph
