// Registration, assembly and verification of the mxp dialect.
#include "ir/program/MxpDialect.h"

#include "ir/program/KernelConfig.h"
#include "ir/program/KernelKind.h"

#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace mx::ir::program {

static ParseResult parsePlaceKind(AsmParser &p, std::string &kind) {
  StringRef word;
  llvm::SMLoc where = p.getCurrentLocation();
  if (p.parseOptionalKeyword(&word, {"arena", "output"}))
    return p.emitError(where, "a place is in the arena or an output");
  kind = word.str();
  return success();
}
static void printPlaceKind(AsmPrinter &p, StringRef kind) { p << kind; }

// The type of an index per condition: a scalar, or one per lane.
static Type indicesLike(Type condition) {
  Type index = IndexType::get(condition.getContext());
  auto lanes = dyn_cast<VectorType>(condition);
  return lanes ? VectorType::get(lanes.getShape(), index) : index;
}

} // namespace mx::ir::program

#include "ir/program/MxpDialect.cpp.inc"
#define GET_ATTRDEF_CLASSES
#include "ir/program/MxpAttrs.cpp.inc"
#define GET_OP_CLASSES
#include "ir/program/MxpOps.cpp.inc"

namespace mx::ir::program {

void MxpDialect::initialize() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "ir/program/MxpAttrs.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "ir/program/MxpOps.cpp.inc"
      >();
}

// mxp.kernel @k0 "map" (%a: tensor<4xf32>) -> (tensor<4xf32>) attributes {...} { ... }
void KernelOp::print(OpAsmPrinter &p) {
  p << ' ';
  p.printSymbolName(getSymName());
  p << ' ' << getKindAttr() << " (";
  llvm::interleaveComma(getBody().getArguments(), p, [&](BlockArgument arg) { p.printRegionArgument(arg); });
  p << ") -> (";
  llvm::interleaveComma(getResultTypes().getAsValueRange<TypeAttr>(), p);
  p << ")";
  p.printOptionalAttrDictWithKeyword((*this)->getAttrs(), {"kind", "sym_name", "result_types"});
  p << ' ';
  p.printRegion(getBody(), /*printEntryBlockArgs=*/false);
}

ParseResult KernelOp::parse(OpAsmParser &p, OperationState &result) {
  StringAttr name, kind;
  SmallVector<OpAsmParser::Argument> args;
  SmallVector<Type> types;
  if (p.parseSymbolName(name, "sym_name", result.attributes) || p.parseAttribute(kind, "kind", result.attributes) ||
      p.parseArgumentList(args, OpAsmParser::Delimiter::Paren, /*allowType=*/true) || p.parseArrow() ||
      p.parseLParen() || p.parseTypeList(types) || p.parseRParen() ||
      p.parseOptionalAttrDictWithKeyword(result.attributes) || p.parseRegion(*result.addRegion(), args))
    return failure();
  result.addAttribute("result_types", p.getBuilder().getTypeArrayAttr(types));
  return success();
}

LogicalResult KernelOp::verify() {
  auto yield = dyn_cast<YieldOp>(getBody().front().getTerminator());
  SmallVector<Type> types(getResultTypes().getAsValueRange<TypeAttr>());
  if (!yield || !compatibleTypes(yield.getValues().getTypes(), types))
    return emitOpError("yields values that differ from its results");
  if (types.empty())
    return emitOpError("yields nothing");
  for (NamedAttribute pin : getConfigAttr() ? getConfigAttr().getValue() : ArrayRef<NamedAttribute>()) {
    if (std::string problem = configProblem(getKind(), pin.getName()); !problem.empty())
      return emitOpError("has a config that does nothing: ") << problem;
    if (auto value = dyn_cast<IntegerAttr>(pin.getValue()); !value || !value.getType().isSignlessInteger(64))
      return emitOpError("has a config whose entry '") << pin.getName().getValue() << "' is no 64-bit integer";
  }
  if (getKind() == kChainKind) {
    for (Operation &op : getBody().front().without_terminator())
      if (!isa<FusionOp>(op))
        return op.emitOpError("is no fusion of a chain");
    return success();
  }
  // Lowering computes ops of the kernel's own kind as a whole and all others element by element.
  Operation *own = nullptr;
  for (Operation &op : getBody().front().without_terminator()) {
    const OpRow *row = rowOf(&op);
    if (!row && !isa<ConstantOp>(op))
      return op.emitOpError("is no op of a kernel");
    if (!row || kindOf(*row) == KernelKind::Map)
      continue;
    if (StringRef kind = nameOf(kindOf(*row)); kind != getKind())
      return op.emitOpError("belongs into a kernel of kind '") << kind << "', not '" << getKind() << "'";
    if (own && kindOf(*row) != KernelKind::Row)
      return op.emitOpError("is one too many: a kernel of kind '") << getKind() << "' computes one";
    own = &op;
  }
  return success();
}

LogicalResult DispatchOp::verifySymbolUses(SymbolTableCollection &symbols) {
  auto kernel = symbols.lookupNearestSymbolFrom<KernelOp>(*this, getKernelAttr());
  if (!kernel)
    return emitOpError("names no kernel: @") << getKernel();
  SmallVector<Type> types(kernel.getResultTypes().getAsValueRange<TypeAttr>());
  if (!compatibleTypes(kernel.getBody().getArgumentTypes(), getOperandTypes()) ||
      !compatibleTypes(types, (*this)->getResultTypes()))
    return emitOpError("differs in type from the kernel @") << getKernel();
  return success();
}

} // namespace mx::ir::program
