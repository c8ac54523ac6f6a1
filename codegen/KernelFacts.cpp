// Counts come from shapes and from the op table's families; only matmul has a rule of its own.
#include "codegen/KernelFacts.h"

#include "ir/MxDialect.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"

#include <set>

using namespace mlir;

namespace mx::codegen {
namespace {

ir::Dim elementsOf(Value v) { return ir::product(ir::dimsOf(v)); }
ir::Dim bytesOf(Value v) { return elementsOf(v) * ir::Dim(rt::sizeOf(ir::dtypeOf(v))); }

// How much of `v` its readers can reach: all of it, or the elements of the views and windows they take.
ir::Dim bytesReached(Value v) {
  ir::Dim reached = 0;
  for (Operation *user : v.getUsers()) {
    const ir::OpRow *row = ir::rowOf(user);
    const bool isWindow = row && (row->family == "Views" || row->kind == ir::OpKind::Gather || row->kind == ir::OpKind::TakeAlongAxis);
    if (!isWindow || user->getOperand(0) != v || llvm::count(user->getOperands(), v) != 1)
      return bytesOf(v);
    reached = reached + elementsOf(user->getResult(0)) * ir::Dim(rt::sizeOf(ir::dtypeOf(v)));
  }
  return min(reached, bytesOf(v));
}

ir::Dim flopsOf(Operation &op) {
  const ir::OpRow *row = ir::rowOf(&op);
  if (!row)
    return 0;
  if (auto matmul = dyn_cast<ir::MatmulOp>(op))
    return elementsOf(matmul.getResult()) * ir::dimsOf(matmul.getA()).back() * ir::Dim(2);
  if (row->isElementwise())
    return elementsOf(op.getResult(0)) * ir::Dim(row->dtypeRule == ir::DtypeRule::Float ? 8 : 1);
  if (row->family == "Reduce")
    return elementsOf(op.getOperand(0));
  return row->kind == ir::OpKind::RandomBits ? elementsOf(op.getResult(0)) * ir::Dim(20) : ir::Dim(0);
}

void addFacts(Block &body, KernelFacts &facts) {
  // A chain holds fusions that meet in memory.
  if (!body.getOps<ir::FusionOp>().empty()) {
    for (auto fusion : body.getOps<ir::FusionOp>())
      addFacts(fusion.getBody().front(), facts);
    return;
  }
  for (BlockArgument arg : body.getArguments())
    facts.bytesRead = facts.bytesRead + bytesReached(arg);
  for (Value v : body.getTerminator()->getOperands())
    facts.bytesWritten = facts.bytesWritten + bytesOf(v);
  for (Operation &op : body)
    facts.flops = facts.flops + flopsOf(op);
}

// General registers by any of their names: rax for eax and al, r8 for r8d.
std::string wholeRegister(StringRef name) {
  static const llvm::StringMap<const char *> low = {{"al", "rax"}, {"ah", "rax"}, {"ax", "rax"}, {"bl", "rbx"}, {"bh", "rbx"}, {"bx", "rbx"},
                                                    {"cl", "rcx"}, {"ch", "rcx"}, {"cx", "rcx"}, {"dl", "rdx"}, {"dh", "rdx"}, {"dx", "rdx"},
                                                    {"sil", "rsi"}, {"si", "rsi"}, {"dil", "rdi"}, {"di", "rdi"}, {"bpl", "rbp"}, {"bp", "rbp"}};
  if (auto it = low.find(name); it != low.end())
    return it->second;
  if (name.size() > 1 && name[0] == 'r' && llvm::isDigit(name[1]))
    return name.take_while([](char c) { return !llvm::isAlpha(c) || c == 'r'; }).str();
  if (name.size() == 3 && name[0] == 'e')
    return "r" + name.drop_front().str();
  return name.str();
}

struct FunctionCounts {
  std::set<std::string> general;
  std::set<unsigned> vector;
  int64_t instructions = 0, spills = 0, reloads = 0, stackBytes = 0;

  void addLine(StringRef code, StringRef comment) {
    ++instructions;
    spills += comment.contains("Spill");
    reloads += comment.contains("Reload");
    auto [op, operands] = code.split('\t');
    if (int64_t bytes; op == "subq" && operands.ends_with("%rsp") && operands.consume_front("$") && !operands.consumeInteger(10, bytes))
      stackBytes += bytes;
    for (size_t at = operands.find('%'); at != StringRef::npos; at = operands.find('%', at + 1)) {
      StringRef name = operands.drop_front(at + 1).take_while([](char c) { return llvm::isAlnum(c); });
      if (unsigned number; name.size() > 3 && name.substr(1, 2) == "mm" && !name.drop_front(3).getAsInteger(10, number))
        vector.insert(number);
      else if (name != "rip" && name != "rsp" && !name.starts_with("k"))
        general.insert(wholeRegister(name));
    }
  }
};

} // namespace

KernelFacts factsOf(ir::program::KernelOp kernel) {
  KernelFacts facts;
  addFacts(kernel.getBody().front(), facts);
  return facts;
}

std::vector<EntryFacts> factsOfAssembly(StringRef assembly) {
  std::vector<EntryFacts> all;
  FunctionCounts counts;
  std::string function;
  while (!assembly.empty()) {
    auto [line, rest] = assembly.split('\n');
    assembly = rest;
    auto [code, comment] = line.split('#');
    code = code.rtrim();
    if (code.starts_with(".Lfunc_end") && !function.empty()) {
      all.push_back({function,
                     {{"instructions", counts.instructions},
                      {"general_registers", int64_t(counts.general.size())},
                      {"vector_registers", int64_t(counts.vector.size())},
                      {"spills", counts.spills},
                      {"reloads", counts.reloads},
                      {"stack_bytes", counts.stackBytes}}});
      function.clear();
      counts = {};
    } else if (!code.empty() && code.back() == ':' && !code.starts_with(".")) {
      function = code.drop_back().trim('"').str();
    } else if (code.starts_with("\t") && !code.starts_with("\t.") && !function.empty()) {
      counts.addLine(code.drop_front(), comment);
    }
  }
  return all;
}

} // namespace mx::codegen
