// Copies of a cheap op may meet again in one kernel; as results they would be stored once per copy, and as operands read
// as often.
#include "passes/NormalFusion.h"

#include "mlir/IR/Dominance.h"
#include "mlir/Transforms/CSE.h"

using namespace mlir;

namespace mx::passes {

// Reasons go by operand number.
static DictionaryAttr renumber(DictionaryAttr reasons, llvm::function_ref<std::optional<unsigned>(unsigned)> numberOf) {
  if (!reasons)
    return reasons;
  Builder b(reasons.getContext());
  SmallVector<NamedAttribute> entries;
  for (NamedAttribute entry : reasons) {
    unsigned number = 0;
    if (!entry.getName().getValue().getAsInteger(10, number))
      if (auto now = numberOf(number))
        entries.push_back(b.getNamedAttr(std::to_string(*now), entry.getValue()));
  }
  return entries.empty() ? DictionaryAttr() : b.getDictionaryAttr(entries);
}

SmallVector<Value> normalizeFusion(RewriterBase &rewriter, ir::FusionOp fusion) {
  Block &body = fusion.getBody().front();
  llvm::DenseMap<Value, BlockArgument> known;
  for (auto [operand, arg] : llvm::zip_equal(fusion.getInputs(), body.getArguments()))
    if (auto [it, isNew] = known.try_emplace(operand, arg); !isNew)
      arg.replaceAllUsesWith(it->second);
  DominanceInfo dominance(fusion);
  eliminateCommonSubExpressions(rewriter, dominance, fusion);

  llvm::SetVector<BlockArgument> reads;
  for (Operation &op : body)
    for (Value v : op.getOperands())
      if (auto arg = dyn_cast<BlockArgument>(v))
        reads.insert(arg);
  auto yield = cast<ir::YieldOp>(body.getTerminator());
  llvm::SetVector<Value> yielded(yield.getValues().begin(), yield.getValues().end());

  SmallVector<Value> operands;
  for (BlockArgument arg : reads)
    operands.push_back(fusion.getInputs()[arg.getArgNumber()]);
  DictionaryAttr reasons = renumber(fusion.getReasonsAttr(), [&](unsigned old) -> std::optional<unsigned> {
    if (old >= fusion.getInputs().size())
      return std::nullopt;
    auto it = llvm::find(reads, known.lookup(fusion.getInputs()[old]));
    return it == reads.end() ? std::nullopt : std::optional<unsigned>(it - reads.begin());
  });
  rewriter.setInsertionPoint(fusion);
  auto normal = rewriter.create<ir::FusionOp>(fusion.getLoc(), ValueRange(yielded.getArrayRef()).getTypes(), operands,
                                              fusion.getKindAttr(), reasons);
  SmallVector<Value> results;
  for (Value v : yield.getValues())
    results.push_back(normal.getResult(llvm::find(yielded, v) - yielded.begin()));

  yield->setOperands(yielded.getArrayRef());
  const unsigned old = body.getNumArguments();
  for (BlockArgument arg : reads)
    arg.replaceAllUsesWith(body.addArgument(arg.getType(), arg.getLoc()));
  body.eraseArguments(0, old);
  normal.getBody().takeBody(fusion.getBody());
  rewriter.eraseOp(fusion);
  return results;
}

} // namespace mx::passes
