// The mx dialect: registration, type and attribute conversions, and type inference by the op table.
#include "ir/MxDialect.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

#include <atomic>

using namespace mlir;

#include "ir/MxDialect.cpp.inc"
#define GET_ATTRDEF_CLASSES
#include "ir/MxAttrs.cpp.inc"
#define GET_OP_CLASSES
#include "ir/MxOps.cpp.inc"

namespace mx::ir {

void MxDialect::initialize() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "ir/MxAttrs.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "ir/MxOps.cpp.inc"
      >();
}

// --- Attributes -------------------------------------------------------------------------------------------------

void DimsAttr::print(AsmPrinter &p) const {
  p << "<";
  llvm::interleaveComma(getDims(), p, [&](Dim d) {
    if (d.isConstant() || d.asSymbol())
      p << d.str();
    else
      p << '"' << d.str() << '"';
  });
  p << ">";
}

// A size: an integer, a symbol `s0`, or an expression in quotes as Dim::str writes it.
static ParseResult parseDim(AsmParser &p, Dim &result) {
  int64_t value;
  OptionalParseResult integer = p.parseOptionalInteger(value);
  if (integer.has_value()) {
    result = Dim(value);
    return *integer;
  }
  llvm::SMLoc where = p.getCurrentLocation();
  std::string quoted;
  StringRef word;
  if (failed(p.parseOptionalKeyword(&word))) {
    if (failed(p.parseOptionalString(&quoted)))
      return p.emitError(where, "expected a size: an integer, a symbol such as s0, or an expression \"(s0 * 4)\"");
    word = quoted;
  }
  std::string_view text(word.data(), word.size());
  std::optional<Dim> dim = Dim::parse(text);
  if (!dim || !text.empty())
    return p.emitError(where, "'") << word << "' is no size";
  result = *dim;
  return success();
}

Attribute DimsAttr::parse(AsmParser &p, Type) {
  SmallVector<Dim> dims;
  auto one = [&]() -> ParseResult { return parseDim(p, dims.emplace_back()); };
  if (p.parseCommaSeparatedList(AsmParser::Delimiter::LessGreater, one))
    return {};
  return DimsAttr::get(p.getContext(), dims);
}

// --- Types ------------------------------------------------------------------------------------------------------

Type toElementType(MLIRContext *ctx, rt::DType dtype) {
  using enum rt::DType;
  auto integer = [&](unsigned bits) { return IntegerType::get(ctx, bits); };
  auto natural = [&](unsigned bits) { return IntegerType::get(ctx, bits, IntegerType::Unsigned); };
  switch (dtype) {
  case bool_: return integer(1);
  case uint8: return natural(8);
  case uint16: return natural(16);
  case uint32: return natural(32);
  case uint64: return natural(64);
  case int8: return integer(8);
  case int16: return integer(16);
  case int32: return integer(32);
  case int64: return integer(64);
  case float16: return Float16Type::get(ctx);
  case float32: return Float32Type::get(ctx);
  case float64: return Float64Type::get(ctx);
  case bfloat16: return BFloat16Type::get(ctx);
  case complex64: return ComplexType::get(Float32Type::get(ctx));
  }
  llvm_unreachable("dtype out of range");
}

std::optional<rt::DType> toDType(Type type) {
  using enum rt::DType;
  if (auto integer = dyn_cast<IntegerType>(type)) {
    if (integer.isSigned())
      return std::nullopt;
    const bool isUnsigned = integer.isUnsigned();
    switch (integer.getWidth()) {
    case 1: return isUnsigned ? std::nullopt : std::optional(bool_);
    case 8: return isUnsigned ? uint8 : int8;
    case 16: return isUnsigned ? uint16 : int16;
    case 32: return isUnsigned ? uint32 : int32;
    case 64: return isUnsigned ? uint64 : int64;
    default: return std::nullopt;
    }
  }
  if (type.isF32())
    return float32;
  if (type.isF16())
    return float16;
  if (type.isBF16())
    return bfloat16;
  if (type.isF64())
    return float64;
  if (auto complex = dyn_cast<ComplexType>(type); complex && complex.getElementType().isF32())
    return complex64;
  return std::nullopt;
}

RankedTensorType toTensorType(MLIRContext *ctx, const TensorType &type) {
  SmallVector<int64_t> shape;
  bool isStatic = true;
  for (Dim d : type.dims) {
    shape.push_back(d.isConstant() ? d.value() : ShapedType::kDynamic);
    isStatic &= d.isConstant();
  }
  Attribute encoding = isStatic ? Attribute() : DimsAttr::get(ctx, type.dims);
  return RankedTensorType::get(shape, toElementType(ctx, type.dtype), encoding);
}

TensorType fromTensorType(RankedTensorType type) {
  TensorType result{toDType(type.getElementType()).value_or(rt::DType::float32), {}};
  if (auto named = dyn_cast_or_null<DimsAttr>(type.getEncoding())) {
    result.dims.assign(named.getDims().begin(), named.getDims().end());
    return result;
  }
  // Symbols from the top of the range: an anonymous `?` equals no named size and no other `?`.
  static std::atomic<uint32_t> anonymous{1u << 30};
  for (int64_t d : type.getShape())
    result.dims.push_back(ShapedType::isDynamic(d) ? Dim::symbol(anonymous++) : Dim(d));
  return result;
}

std::string unnamedSizes(RankedTensorType type) {
  if (type.hasStaticShape() || isa_and_nonnull<DimsAttr>(type.getEncoding()))
    return "";
  // As text: a module without ops of mx has not loaded the dialect that the attribute is of.
  std::string written, names;
  llvm::raw_string_ostream(written) << type;
  uint32_t symbols = 0;
  for (int64_t d : type.getShape())
    names += (names.empty() ? "" : ", ") + (ShapedType::isDynamic(d) ? Dim::symbol(symbols++) : Dim(d)).str();
  return "the sizes of '" + written + "' have no names; write '" + written.substr(0, written.rfind('>')) + ", #mx.dims<" + names +
         ">>', where one name is one size everywhere";
}

Dims dimsOf(Value value) { return fromTensorType(cast<RankedTensorType>(value.getType())).dims; }
rt::DType dtypeOf(Value value) { return *toDType(cast<RankedTensorType>(value.getType()).getElementType()); }

// --- Ops <-> table ----------------------------------------------------------------------------------------------

// The rows by the class of their op. Passes ask for them too often to look names up.
template <typename... Ops> static llvm::DenseMap<TypeID, const OpRow *> rowsByClass() {
  llvm::DenseMap<TypeID, const OpRow *> rows;
  (rows.try_emplace(TypeID::get<Ops>(), findRow(Ops::getOperationName().drop_front(StringRef("mx.").size()))), ...);
  return rows;
}

const OpRow *rowOf(Operation *op) {
  static const auto rows = rowsByClass<
#define GET_OP_LIST
#include "ir/MxOps.cpp.inc"
      >();
  return rows.lookup(op->getName().getTypeID());
}

static std::optional<AttrValue> toAttrValue(Attribute attr, AttrKind kind) {
  switch (kind) {
  case AttrKind::Int:
    if (auto a = dyn_cast<IntegerAttr>(attr))
      return AttrValue(a.getInt());
    break;
  case AttrKind::Flag:
    if (auto a = dyn_cast<BoolAttr>(attr))
      return AttrValue(int64_t(a.getValue()));
    break;
  case AttrKind::Dtype:
    if (auto a = dyn_cast<TypeAttr>(attr))
      if (auto dtype = toDType(a.getValue()))
        return AttrValue(int64_t(*dtype));
    break;
  case AttrKind::Text:
    if (auto a = dyn_cast<StringAttr>(attr))
      return AttrValue(a.str());
    break;
  case AttrKind::Ints:
    if (auto a = dyn_cast<DenseI64ArrayAttr>(attr))
      return AttrValue(std::vector<int64_t>(a.asArrayRef()));
    break;
  case AttrKind::Shape:
  case AttrKind::Offsets:
    if (auto a = dyn_cast<DimsAttr>(attr))
      return AttrValue(Dims(a.getDims().begin(), a.getDims().end()));
    break;
  }
  return std::nullopt;
}

static Attribute toAttribute(Builder &b, const AttrValue &value, AttrKind kind) {
  switch (kind) {
  case AttrKind::Int: return b.getI64IntegerAttr(std::get<int64_t>(value));
  case AttrKind::Flag: return b.getBoolAttr(std::get<int64_t>(value));
  case AttrKind::Dtype:
    return TypeAttr::get(toElementType(b.getContext(), static_cast<rt::DType>(std::get<int64_t>(value))));
  case AttrKind::Text: return b.getStringAttr(std::get<std::string>(value));
  case AttrKind::Ints: return b.getDenseI64ArrayAttr(std::get<std::vector<int64_t>>(value));
  case AttrKind::Shape:
  case AttrKind::Offsets: return DimsAttr::get(b.getContext(), std::get<Dims>(value));
  }
  llvm_unreachable("attribute kind out of range");
}

// Reads a row's attributes by name; null `attr` results name what is missing in `problem`.
template <typename Get>
static std::optional<Attrs> collectAttrs(const OpRow &row, Get get, std::string &problem) {
  Attrs attrs;
  for (const AttrSpec &spec : row.attrs) {
    Attribute attr = get(StringRef(spec.name));
    std::optional<AttrValue> value = attr ? toAttrValue(attr, spec.kind) : std::nullopt;
    if (!value) {
      problem = std::string(attr ? "has an attribute of the wrong kind: " : "needs the attribute ") + std::string(spec.name);
      return std::nullopt;
    }
    attrs.push_back(std::move(*value));
  }
  return attrs;
}

Attrs attrsOf(Operation *op) {
  std::string problem;
  auto attrs = collectAttrs(*rowOf(op), [&](StringRef name) { return op->getAttr(name); }, problem);
  assert(attrs && "verified ops have all attributes of their row");
  return *attrs;
}

LogicalResult inferFromTable(StringRef opName, MLIRContext *ctx, std::optional<Location> loc, ValueRange operands,
                             DictionaryAttr attrs, SmallVectorImpl<Type> &results) {
  StringRef mnemonic = opName;
  mnemonic.consume_front("mx.");
  const OpRow &row = *findRow(mnemonic);
  std::string problem;
  auto values = collectAttrs(row, [&](StringRef name) { return attrs ? attrs.get(name) : Attribute(); }, problem);
  if (!values)
    return emitOptionalError(loc, "[", row.api, "] ", problem);
  std::vector<TensorType> inputs;
  for (Value v : operands) {
    auto type = dyn_cast<RankedTensorType>(v.getType());
    if (!type || !toDType(type.getElementType()))
      return emitOptionalError(loc, "[", row.api, "] takes ranked tensors of mx's element types, got ", v.getType());
    if (std::string problem = unnamedSizes(type); !problem.empty())
      return emitOptionalError(loc, "[", row.api, "] ", problem);
    inputs.push_back(fromTensorType(type));
  }
  auto result = inferType(row.kind, inputs, *values);
  if (!result)
    return emitOptionalError(loc, result.error().message);
  results.push_back(toTensorType(ctx, *result));
  return success();
}

bool compatibleTypes(TypeRange inferred, TypeRange actual) {
  return llvm::all_of_zip(inferred, actual, [](Type l, Type r) {
    auto a = dyn_cast<RankedTensorType>(l), b = dyn_cast<RankedTensorType>(r);
    if (!a || !b || a.getElementType() != b.getElementType() || a.getRank() != b.getRank())
      return false;
    return llvm::all_of_zip(a.getShape(), b.getShape(), [](int64_t x, int64_t y) {
      return x == y || ShapedType::isDynamic(x) || ShapedType::isDynamic(y);
    });
  }) && inferred.size() == actual.size();
}

Value createOp(OpBuilder &b, Location loc, OpKind kind, ValueRange operands, const Attrs &attrs,
               RankedTensorType resultType) {
  const OpRow &row = rowOf(kind);
  OperationState state(loc, "mx." + std::string(row.mnemonic));
  state.addOperands(operands);
  for (auto [spec, value] : llvm::zip_equal(row.attrs, attrs))
    state.addAttribute(spec.name, toAttribute(b, value, spec.kind));
  if (!resultType) {
    std::vector<TensorType> inputs;
    for (Value v : operands)
      inputs.push_back(fromTensorType(cast<RankedTensorType>(v.getType())));
    auto type = inferType(kind, inputs, attrs);
    assert(type && "createOp is called with operands that fit");
    resultType = toTensorType(b.getContext(), *type);
  }
  state.addTypes(resultType);
  return b.create(state)->getResult(0);
}

LogicalResult DimsAttr::verifyEncoding(ArrayRef<int64_t> shape, Type, function_ref<InFlightDiagnostic()> emitError) const {
  if (getDims().size() != shape.size())
    return emitError() << "the encoding names " << getDims().size() << " sizes of a tensor of rank " << shape.size();
  for (auto [axis, size, dim] : llvm::enumerate(shape, getDims()))
    if (dim.isConstant() && !ShapedType::isDynamic(size) && dim.value() != size)
      return emitError() << "the encoding gives axis " << axis << " the size " << dim.value() << ", the tensor has " << size;
  return success();
}

// --- Structure ops ----------------------------------------------------------------------------------------------

OpFoldResult ConstantOp::fold(FoldAdaptor) { return getValue(); }

LogicalResult CompositeOp::verifySymbolUses(SymbolTableCollection &symbols) {
  auto func = symbols.lookupNearestSymbolFrom<func::FuncOp>(*this, getDecompositionAttr());
  if (!func)
    return emitOpError("has no function for its decomposition @") << getDecomposition();
  if (!llvm::hasSingleElement(func.getBody()))
    return emitOpError("has a decomposition that is not one block: @") << getDecomposition();
  if (!compatibleTypes(func.getFunctionType().getInputs(), getOperandTypes()) ||
      !compatibleTypes(func.getFunctionType().getResults(), getResultTypes()))
    return emitOpError("differs in type from its decomposition @") << getDecomposition();
  return success();
}

// mx.fusion "map" (%a = %x : tensor<4xf32>) -> (tensor<4xf32>) attributes {...} { ... }
void FusionOp::print(OpAsmPrinter &p) {
  p << ' ' << getKindAttr() << " (";
  llvm::interleaveComma(llvm::zip(getBody().getArguments(), getInputs()), p, [&](auto pair) {
    auto [arg, input] = pair;
    p << arg << " = " << input << " : " << input.getType();
  });
  p << ") -> (";
  llvm::interleaveComma(getResultTypes(), p);
  p << ")";
  p.printOptionalAttrDictWithKeyword((*this)->getAttrs(), {"kind"});
  p << ' ';
  p.printRegion(getBody(), /*printEntryBlockArgs=*/false);
}

ParseResult FusionOp::parse(OpAsmParser &p, OperationState &result) {
  StringAttr kind;
  SmallVector<OpAsmParser::Argument> args;
  SmallVector<OpAsmParser::UnresolvedOperand> inputs;
  SmallVector<Type> types;
  auto binding = [&]() -> ParseResult {
    if (p.parseArgument(args.emplace_back()) || p.parseEqual() || p.parseOperand(inputs.emplace_back()) ||
        p.parseColonType(args.back().type))
      return failure();
    types.push_back(args.back().type);
    return success();
  };
  if (p.parseAttribute(kind, "kind", result.attributes) ||
      p.parseCommaSeparatedList(AsmParser::Delimiter::Paren, binding) || p.parseArrow() || p.parseLParen() ||
      p.parseTypeList(result.types) || p.parseRParen() || p.parseOptionalAttrDictWithKeyword(result.attributes) ||
      p.parseRegion(*result.addRegion(), args) ||
      p.resolveOperands(inputs, types, p.getCurrentLocation(), result.operands))
    return failure();
  return success();
}

LogicalResult FusionOp::verify() {
  if (!compatibleTypes(getInputs().getTypes(), getBody().getArgumentTypes()))
    return emitOpError("has block arguments that differ from its operands");
  auto yield = dyn_cast<YieldOp>(getBody().front().getTerminator());
  if (!yield || !compatibleTypes(yield.getValues().getTypes(), getResultTypes()))
    return emitOpError("yields values that differ from its results");
  return success();
}

} // namespace mx::ir
