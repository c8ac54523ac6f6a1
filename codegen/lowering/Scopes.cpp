// The stack of blocks: how deep a value lives, and what has been emitted where.
#include "codegen/lowering/Scopes.h"

using namespace mlir;

namespace mx::codegen {

Scopes::Scopes(OpBuilder &b, Block *entry) : b(b), location(b.getUnknownLoc()) {
  stack.push_back({entry, nullptr, {}});
  place(stack.back());
}

void Scopes::place(const Scope &scope) {
  if (scope.anchor)
    b.setInsertionPoint(scope.anchor);
  else if (!scope.block->empty() && scope.block->back().hasTrait<OpTrait::IsTerminator>())
    b.setInsertionPoint(&scope.block->back());
  else
    b.setInsertionPointToEnd(scope.block);
}

void Scopes::enter(Block *block, Operation *anchor) {
  stack.back().anchor = anchor;
  stack.push_back({block, nullptr, {}});
  place(stack.back());
}

void Scopes::leave() {
  stack.pop_back();
  stack.back().anchor = nullptr;
  place(stack.back());
}

int Scopes::depthOf(Value v) const {
  Block *block = v.getParentBlock();
  for (int d = depth(); d > 0; --d)
    if (stack[d].block == block)
      return d;
  return 0;
}

int Scopes::depthOf(ValueRange vs) const {
  int depth = 0;
  for (Value v : vs)
    depth = std::max(depth, depthOf(v));
  return depth;
}

Value Scopes::find(const MemoKey &key) const {
  for (int d = depth(); d >= 0; --d)
    if (auto it = stack[d].memo.find(key); it != stack[d].memo.end())
      return it->second;
  return {};
}

Value Scopes::emitAt(int depth, llvm::function_ref<Value()> make) {
  OpBuilder::InsertionGuard guard(b);
  place(stack[depth]);
  return make();
}

Value Scopes::once(const MemoKey &key, int depth, llvm::function_ref<Value()> make) {
  if (Value known = find(key))
    return known;
  Value v = emitAt(depth, make);
  stack[depth].memo[key] = v;
  return v;
}

ValueRange Scopes::loop(Value lo, Value hi, Value step, ValueRange init,
                        llvm::function_ref<SmallVector<Value>(Value, ValueRange)> body) {
  auto loop = b.create<scf::ForOp>(location, lo, hi, step, init);
  enter(loop.getBody(), loop);
  SmallVector<Value> next = body(loop.getInductionVar(), loop.getRegionIterArgs());
  if (!init.empty())
    b.create<scf::YieldOp>(location, next);
  leave();
  return loop.getResults();
}

ValueRange Scopes::when(Value condition, ValueRange otherwise, llvm::function_ref<SmallVector<Value>()> body) {
  auto branch = b.create<scf::IfOp>(location, otherwise.getTypes(), condition, /*withElseRegion=*/!otherwise.empty());
  enter(branch.thenBlock(), branch);
  SmallVector<Value> values = body();
  if (!otherwise.empty())
    b.create<scf::YieldOp>(location, values);
  leave();
  if (!otherwise.empty()) {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToEnd(branch.elseBlock());
    b.create<scf::YieldOp>(location, otherwise);
  }
  return branch.getResults();
}

} // namespace mx::codegen
