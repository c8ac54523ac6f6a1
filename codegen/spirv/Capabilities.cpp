// What a kernel needs of a device, told before conversion: of its dtypes first, with the op, then of what lowering made of
// them. The conversion's own message would be about an op of its own.
#include "codegen/spirv/SpirvPipeline.h"

#include "ir/Blame.h"

#include "mlir/Dialect/SPIRV/IR/TargetAndABI.h"

using namespace mlir;
using spirv::Capability;

namespace mx::codegen {
namespace {

struct Need {
  Capability arithmetic;
  std::optional<Capability> storage;
  const char *what;
};

std::optional<Need> needOf(Type type) {
  if (type.isF64())
    return Need{Capability::Float64, {}, "float64"};
  if (type.isF16())
    return Need{Capability::Float16, Capability::StorageBuffer16BitAccess, "float16"};
  if (type.isInteger(64))
    return Need{Capability::Int64, {}, "64-bit integers"};
  if (type.isInteger(16))
    return Need{Capability::Int16, Capability::StorageBuffer16BitAccess, "16-bit values"};
  if (type.isInteger(8))
    return Need{Capability::Int8, Capability::StorageBuffer8BitAccess, "8-bit values"};
  return std::nullopt;
}

// The type in which elements of a dtype are held; bools are bytes in memory and bits elsewhere.
Type heldAs(MLIRContext *ctx, rt::DType dtype, bool inMemory, const SpirvTarget &target) {
  if (dtype == rt::DType::bfloat16 || (dtype == rt::DType::float16 && !target.math.f16c))
    return IntegerType::get(ctx, 16);
  return inMemory ? storageType(ctx, dtype) : valueType(ctx, dtype);
}

} // namespace

LogicalResult checkDtypes(ir::program::KernelOp kernel, const SpirvTarget &target, bool byAddress) {
  Block &body = kernel.getBody().front();
  LogicalResult result = success();
  auto check = [&](Operation &op, Value v) {
    const bool inMemory = isa<BlockArgument>(v) || llvm::is_contained(body.getTerminator()->getOperands(), v);
    const rt::DType dtype = ir::dtypeOf(v);
    std::optional<Need> need = needOf(heldAs(op.getContext(), dtype, inMemory, target));
    if (!need || failed(result))
      return;
    // What is only moved needs no arithmetic. Bindings are reached by words where need be, addresses need not be those of words.
    const bool isMoved = rt::isBool(dtype) || (rt::isFloat(dtype) && need->arithmetic == Capability::Int16);
    for (std::optional<Capability> capability : {isMoved ? std::nullopt : std::optional(need->arithmetic), inMemory && byAddress ? need->storage : std::nullopt})
      if (capability && !target.has(*capability) && succeeded(result)) {
        ir::emitInputError(&op) << "[" << ir::rowOf(&op)->api << "] " << rt::nameOf(dtype) << " needs the SPIR-V capability "
                                << spirv::stringifyCapability(*capability) << ", which the target " << target.name << " lacks";
        result = failure();
      }
  };
  for (Operation &op : body.without_terminator())
    if (ir::rowOf(&op)) {
      for (Value v : op.getOperands())
        check(op, v);
      check(op, op.getResult(0));
    }
  return result;
}

LogicalResult checkCapabilities(gpu::GPUFuncOp func) {
  spirv::TargetEnv env(spirv::lookupTargetEnvOrDefault(func));
  LogicalResult result = success();
  llvm::SmallDenseSet<Type> seen;
  auto require = [&](Capability capability, const char *what) {
    if (env.allows(capability) || failed(result))
      return;
    ir::emitInputError(func) << "kernel entry " << func.getName() << " needs the SPIR-V capability " << spirv::stringifyCapability(capability) << " for " << what
                             << ", which the target lacks";
    result = failure();
  };
  auto check = [&](Type type) {
    if (!seen.insert(type).second)
      return;
    auto memory = dyn_cast<MemRefType>(type);
    Type element = getElementTypeOrSelf(getElementTypeOrSelf(type));
    if (element.isBF16() && succeeded(result)) {
      emitError(func.getLoc(), "kernel entry ") << func.getName() << " computes in bfloat16, which SPIR-V has no type for";
      result = failure();
    }
    std::optional<Need> need = needOf(element);
    if (!need)
      return;
    require(need->arithmetic, need->what);
    if (memory && need->storage)
      require(*need->storage, need->what);
  };
  func.walk([&](Operation *op) {
    llvm::for_each(op->getResultTypes(), check);
    for (Region &region : op->getRegions())
      for (Block &block : region)
        llvm::for_each(block.getArgumentTypes(), check);
  });
  return result;
}

} // namespace mx::codegen
