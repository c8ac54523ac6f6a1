// Walks functions of the mx dialect. Every size is concrete here: an op's shape rule runs again on the values at hand,
// so what the types left open is checked, and an op is evaluated only after its rule agreed.
#include "ir/interp/Interpreter.h"

#include "ir/MxDialect.h"
#include "ir/interp/Evaluate.h"

#include "mlir/IR/DialectResourceBlobManager.h"
#include "llvm/ADT/TypeSwitch.h"

#include <cstring>
#include <memory>
#include <unordered_map>

using namespace mlir;

namespace mx::ir::interp {
namespace {

using TensorRef = std::shared_ptr<const Tensor>;
using TensorRefs = std::vector<TensorRef>;
using Symbols = std::unordered_map<uint32_t, int64_t>;

/// A cycle of calls ends here.
constexpr int kMaxCallDepth = 64;
/// A result past this is an error instead of an exhausted machine.
constexpr int64_t kMaxBytes = int64_t{1} << 33;

rt::Error fail(std::string message) { return {rt::ErrorCode::invalidArgument, std::move(message)}; }
std::string nameOf(Operation *op) { return op->getName().getStringRef().str(); }

Dims dimsOf(const Tensor &t) { return Dims(t.shape.begin(), t.shape.end()); }

/// The value of a size; nullopt when it names a symbol without one.
std::optional<int64_t> valueOf(Dim dim, const Symbols &symbols) {
  bool known = true;
  int64_t value = dim.evaluateWith([&](uint32_t number) {
    auto it = symbols.find(number);
    known &= it != symbols.end();
    return it != symbols.end() ? it->second : 1;
  });
  return known ? std::optional(value) : std::nullopt;
}

/// The sizes that a tensor type's encoding names.
ArrayRef<Dim> namedSizes(Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  auto named = type ? dyn_cast_or_null<DimsAttr>(type.getEncoding()) : nullptr;
  return named ? named.getDims() : ArrayRef<Dim>();
}

/// A value agrees with its type; sizes named by symbols without a value are free.
rt::Status checkType(const std::string &what, Type type, const Tensor &t, const Symbols &symbols) {
  auto ranked = dyn_cast<RankedTensorType>(type);
  auto dtype = ranked ? toDType(ranked.getElementType()) : std::nullopt;
  if (!dtype)
    return fail(what + " is no tensor of a known element type");
  bool fits = *dtype == t.dtype && ranked.getRank() == static_cast<int64_t>(t.shape.size());
  auto named = dyn_cast_or_null<DimsAttr>(ranked.getEncoding());
  fits &= !named || named.getDims().size() == t.shape.size();
  for (size_t i = 0; fits && i < t.shape.size(); ++i) {
    fits = ranked.isDynamicDim(i) || ranked.getDimSize(i) == t.shape[i];
    if (fits && named)
      fits = valueOf(named.getDims()[i], symbols).value_or(t.shape[i]) == t.shape[i];
  }
  if (fits)
    return {};
  std::string text;
  llvm::raw_string_ostream(text) << type;
  return fail(what + " is " + std::string(rt::nameOf(t.dtype)) + str(dimsOf(t)) + ", its type " + text);
}

rt::Result<Tensor> constantOf(ElementsAttr value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  auto dtype = type ? toDType(type.getElementType()) : std::nullopt;
  if (!dtype || !type.hasStaticShape())
    return fail("mx.constant has a type that is no static tensor of mx");
  if (type.getNumElements() > kMaxBytes / rt::sizeOf(*dtype))
    return rt::Error{rt::ErrorCode::outOfMemory, "mx.constant is too large"};
  Tensor result = zeros(*dtype, type.getShape().vec());
  auto fill = [&](ArrayRef<char> raw, bool isSplat) {
    size_t step = isSplat ? 0 : rt::sizeOf(*dtype);
    for (size_t i = 0, n = type.getNumElements(); i < n; ++i)
      std::memcpy(&result.data[i * rt::sizeOf(*dtype)], raw.data() + i * step, rt::sizeOf(*dtype));
  };
  if (auto dense = dyn_cast<DenseElementsAttr>(value)) {
    if (*dtype == rt::DType::bool_) // packed by the bit
      llvm::transform(dense.getValues<bool>(), result.data.begin(), [](bool b) { return std::byte(b); });
    else
      fill(dense.getRawData(), dense.isSplat());
    return result;
  }
  auto resource = dyn_cast<DenseResourceElementsAttr>(value);
  AsmResourceBlob *blob = resource ? resource.getRawHandle().getBlob() : nullptr;
  if (!blob || blob->getData().size() != result.data.size())
    return fail("mx.constant has no data of its type's size");
  fill(blob->getData(), false);
  return result;
}

/// One activation of a function or fusion body.
class Frame {
public:
  Frame(Symbols symbols, int depth) : symbols(std::move(symbols)), depth(depth) {}

  /// Values of the terminator's operands.
  rt::Result<TensorRefs> run(Region &body, const TensorRefs &arguments);

private:
  void bind(BlockArgument argument, const TensorRef &value);
  rt::Result<TensorRefs> evaluateOp(Operation &op);
  rt::Result<TensorRefs> evaluateTableOp(Operation &op, const OpRow &row);
  rt::Result<TensorRefs> call(Operation &op, SymbolRefAttr callee);
  TensorRefs operands(Operation &op) const;

  Symbols symbols;
  int depth;
  llvm::DenseMap<Value, TensorRef> values;
};

TensorRefs Frame::operands(Operation &op) const {
  TensorRefs result;
  for (Value v : op.getOperands())
    result.push_back(values.lookup(v));
  return result;
}

void Frame::bind(BlockArgument argument, const TensorRef &value) {
  values[argument] = value;
  for (auto [dim, size] : llvm::zip(namedSizes(argument), value->shape))
    if (auto number = dim.asSymbol())
      symbols.try_emplace(*number, size);
}

rt::Result<TensorRefs> Frame::run(Region &body, const TensorRefs &arguments) {
  if (!llvm::hasSingleElement(body) || body.getNumArguments() != arguments.size())
    return fail("a body of one block with " + std::to_string(arguments.size()) + " arguments is expected");
  for (auto [argument, value] : llvm::zip_equal(body.getArguments(), arguments))
    bind(argument, value);
  for (auto [argument, value] : llvm::zip_equal(body.getArguments(), arguments)) {
    std::string what = "argument " + std::to_string(argument.getArgNumber());
    if (auto status = checkType(what, argument.getType(), *value, symbols); !status)
      return status.error();
  }
  for (Operation &op : body.front()) {
    if (op.hasTrait<OpTrait::IsTerminator>())
      return operands(op);
    auto results = evaluateOp(op);
    if (!results)
      return results.error();
    if (results->size() != op.getNumResults())
      return fail(nameOf(&op) + " gives " + std::to_string(results->size()) + " values for " +
                  std::to_string(op.getNumResults()) + " results");
    for (auto [result, value] : llvm::zip_equal(op.getResults(), *results)) {
      if (auto status = checkType("the result of " + nameOf(&op), result.getType(), *value, symbols); !status)
        return status.error();
      values[result] = value;
    }
  }
  return fail("a body has no terminator");
}

rt::Result<TensorRefs> Frame::evaluateOp(Operation &op) {
  if (const OpRow *row = ir::rowOf(&op))
    return evaluateTableOp(op, *row);
  if (auto constant = dyn_cast<ConstantOp>(op)) {
    auto value = constantOf(constant.getValue());
    if (!value)
      return value.error();
    return TensorRefs{std::make_shared<Tensor>(std::move(*value))};
  }
  if (auto fusion = dyn_cast<FusionOp>(op))
    return Frame(symbols, depth).run(fusion.getBody(), operands(op));
  if (auto composite = dyn_cast<CompositeOp>(op))
    return call(op, composite.getDecompositionAttr());
  if (auto funcCall = dyn_cast<func::CallOp>(op))
    return call(op, funcCall.getCalleeAttr());
  return fail("the interpreter does not know " + nameOf(&op));
}

rt::Result<TensorRefs> Frame::evaluateTableOp(Operation &op, const OpRow &row) {
  TensorRefs inputs = operands(op);
  OpCall call{row, {}, {}, attrsOf(&op), {}, {}};
  for (const TensorRef &in : inputs) {
    call.inputs.push_back(in.get());
    call.inputTypes.push_back({in->dtype, dimsOf(*in)});
  }
  for (AttrValue &attr : call.attrs)
    if (auto *dims = std::get_if<Dims>(&attr))
      for (Dim &dim : *dims) {
        auto value = valueOf(dim, symbols);
        if (!value)
          return fail(nameOf(&op) + ": the size " + dim.str() + " has no value");
        dim = *value;
      }
  auto type = inferType(row.kind, call.inputTypes, call.attrs);
  if (!type)
    return type.error();
  call.dtype = type->dtype;
  for (Dim d : type->dims)
    call.shape.push_back(d.value());
  if (product(type->dims).value() > kMaxBytes / rt::sizeOf(type->dtype))
    return rt::Error{rt::ErrorCode::outOfMemory, nameOf(&op) + " is too large to interpret: " + str(type->dims)};
  auto result = evaluate(call);
  if (!result)
    return result.error();
  return TensorRefs{std::make_shared<Tensor>(std::move(*result))};
}

rt::Result<TensorRefs> Frame::call(Operation &op, SymbolRefAttr callee) {
  auto func = SymbolTable::lookupNearestSymbolFrom<func::FuncOp>(&op, callee);
  if (!func || func.isExternal())
    return fail(nameOf(&op) + " has no function to call");
  if (depth == kMaxCallDepth)
    return fail(nameOf(&op) + ": calls nest deeper than " + std::to_string(kMaxCallDepth));
  // The sizes of a function's arguments are its own names.
  Symbols inner = symbols;
  for (BlockArgument argument : func.getArguments())
    for (Dim dim : namedSizes(argument))
      if (auto number = dim.asSymbol())
        inner.erase(*number);
  return Frame(std::move(inner), depth + 1).run(func.getBody(), operands(op));
}

} // namespace

rt::Result<std::vector<Tensor>> run(func::FuncOp func, llvm::ArrayRef<Tensor> inputs, llvm::ArrayRef<int64_t> symbols) {
  if (func.isExternal())
    return fail("@" + func.getName().str() + " has no body");
  TensorRefs arguments;
  for (const Tensor &in : inputs) {
    bool valid = llvm::all_of(in.shape, [](int64_t size) { return size >= 0; });
    Dim count = product(dimsOf(in));
    if (!valid || count.value() > kMaxBytes || count.value() * rt::sizeOf(in.dtype) != static_cast<int64_t>(in.data.size()))
      return fail("an input of shape " + str(dimsOf(in)) + " has " + std::to_string(in.data.size()) + " bytes");
    arguments.push_back(TensorRef(TensorRef(), &in)); // borrowed for the call
  }
  Symbols bound;
  for (auto [number, value] : llvm::enumerate(symbols))
    bound.emplace(number, value);
  auto results = Frame(std::move(bound), 0).run(func.getBody(), arguments);
  if (!results)
    return results.error();
  std::vector<Tensor> copies;
  for (const TensorRef &r : *results)
    copies.push_back(*r);
  return copies;
}

} // namespace mx::ir::interp
