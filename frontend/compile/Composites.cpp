// A composite's ops stand in the program in the order of the walk, mixed with others; the last one makes its result. Where
// nobody outside reads the others, they can move together to that place: that is the condition. Forward-mode derivatives
// read into bodies, and a body may be half evaluated already: then the ops stay, and the program means the same.
#include "frontend/compile/Composites.h"

#include "codegen/SourceLines.h"
#include "ir/MxDialect.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/IRMapping.h"

namespace mx::graph {
namespace {

using namespace mlir;

class CompositeFormer {
public:
  CompositeFormer(ModuleOp module, const Trace &trace, MutableArrayRef<Value> values)
      : module(module), values(values), nodes(values.size()), b(module.getContext()) {
    for (const auto *list : {&trace.inputs, &trace.ops})
      for (const Node *node : *list)
        nodes[node->number] = {node, list == &trace.ops};
  }
  void form(const Node &group);

private:
  /// The ops that compute the group's result from its arguments, in order; empty when one stands elsewhere or is read
  /// from outside.
  llvm::SetVector<Operation *> bodyOf(const Node &group, Operation *result);
  Attribute attribute(const ir::AttrValue &value);

  /// The value of a node, null when it is not part of the trace.
  Value valueOf(const Node *node) const {
    return node->number < nodes.size() && nodes[node->number].first == node ? values[node->number] : Value();
  }
  /// True when the trace computes the node.
  bool isOp(const Node *node) const {
    return node->number < nodes.size() && nodes[node->number] == std::pair(node, true);
  }

  ModuleOp module;
  MutableArrayRef<Value> values;
  std::vector<std::pair<const Node *, bool>> nodes; // by number; true: an op, false: an input
  OpBuilder b;
  int formed = 0;
};

llvm::SetVector<Operation *> CompositeFormer::bodyOf(const Node &group, Operation *result) {
  const uint32_t mark = nextMark();
  const uint32_t numArgs = group.group->numArgs;
  for (uint32_t i = 0; i < numArgs; ++i)
    resolve(group.inputs[i])->mark = mark;
  llvm::SmallVector<Node *> found, stack;
  auto enter = [&](Node *node) {
    if (node->mark == mark || !isOp(node))
      return;
    node->mark = mark;
    found.push_back(node);
    stack.push_back(node);
  };
  enter(resolve(group.inputs[numArgs]));
  while (!stack.empty()) {
    Node *node = stack.pop_back_val();
    for (Node *in : node->inputs)
      enter(resolve(in));
  }
  llvm::sort(found, [](const Node *x, const Node *y) { return x->number < y->number; });
  llvm::SetVector<Operation *> body;
  for (Node *node : found)
    body.insert(values[node->number].getDefiningOp());
  auto isInside = [&](Operation *op) {
    return op->getBlock() == result->getBlock() &&
           (op == result || llvm::all_of(op->getUsers(), [&](Operation *user) { return body.contains(user); }));
  };
  return body.empty() || body.back() != result || !llvm::all_of(body, isInside) ? llvm::SetVector<Operation *>() : body;
}

Attribute CompositeFormer::attribute(const ir::AttrValue &value) {
  if (auto *n = std::get_if<int64_t>(&value))
    return b.getI64IntegerAttr(*n);
  if (auto *text = std::get_if<std::string>(&value))
    return b.getStringAttr(*text);
  if (auto *list = std::get_if<std::vector<int64_t>>(&value))
    return b.getDenseI64ArrayAttr(*list);
  return ir::DimsAttr::get(b.getContext(), std::get<ir::Dims>(value));
}

void CompositeFormer::form(const Node &group) {
  const GroupInfo &info = *group.group;
  Node *node = resolve(group.inputs[info.numArgs]);
  if (group.inputs.size() != info.numArgs + 1 || !isOp(node))
    return;
  Operation *result = values[node->number].getDefiningOp();
  auto body = bodyOf(group, result);
  if (body.empty())
    return;
  // Operands: what the body reads of the arguments, in their order, then of scalars. Constants it has of its own.
  llvm::SetVector<Value> operands, read;
  for (Operation *op : body)
    for (Value v : op->getOperands())
      if (!v.getDefiningOp<ir::ConstantOp>() && !body.contains(v.getDefiningOp()))
        read.insert(v);
  for (uint32_t i = 0; i < info.numArgs; ++i)
    if (Value arg = valueOf(resolve(group.inputs[i])); read.contains(arg))
      operands.insert(arg);
  operands.insert(read.begin(), read.end());

  const Location loc = codegen::addressLoc(b.getContext(), group.source);
  b.setInsertionPointToEnd(module.getBody());
  const Type type = result->getResult(0).getType();
  auto func = b.create<func::FuncOp>(loc, (info.name + "_" + Twine(formed++)).str(),
                                     b.getFunctionType(ValueRange(operands.getArrayRef()).getTypes(), type));
  func.setPrivate();
  Block *entry = func.addEntryBlock();

  b.setInsertionPoint(result);
  NamedAttrList attrs;
  for (const auto &[name, value] : info.attrs)
    attrs.append(name, attribute(value));
  auto composite = b.create<ir::CompositeOp>(loc, type, operands.getArrayRef(), info.name, attrs.getDictionary(b.getContext()),
                                             SymbolRefAttr::get(func).getLeafReference());
  result->getResult(0).replaceAllUsesWith(composite->getResult(0));
  values[node->number] = composite->getResult(0);

  IRMapping map;
  map.map(operands.getArrayRef(), entry->getArguments());
  b.setInsertionPointToEnd(entry);
  for (Operation *op : body) {
    for (OpOperand &operand : op->getOpOperands()) {
      if (auto constant = operand.get().getDefiningOp<ir::ConstantOp>(); constant && !map.contains(operand.get()))
        b.clone(*constant, map);
      operand.set(map.lookupOrDefault(operand.get()));
    }
    op->moveBefore(entry, entry->end());
  }
  b.create<func::ReturnOp>(loc, result->getResults());
}

} // namespace

void formComposites(ModuleOp module, const Trace &trace, MutableArrayRef<Value> values) {
  CompositeFormer former(module, trace, values);
  for (Node *group : trace.groups)
    former.form(*group);
}

} // namespace mx::graph
