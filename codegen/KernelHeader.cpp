// Writes C that any compiler takes: no extensions, every number an int64_t, arithmetic that rounds as the executor's does.
#include "codegen/KernelHeader.h"

#include "runtime/KernelAbi.h"

#include "llvm/Support/raw_ostream.h"

using namespace mlir;

namespace mx::codegen {
namespace {

using Op = rt::SizeExpr::Op;

// Sizes are not negative and divisors not zero where a call has a result.
constexpr const char *kArithmetic = R"(#ifndef MX_SIZE_ARITHMETIC
#define MX_SIZE_ARITHMETIC
static inline int64_t mx_floordiv(int64_t a, int64_t b) { return b == 0 ? 0 : a / b - (a % b != 0 && (a < 0) != (b < 0)); }
static inline int64_t mx_ceildiv(int64_t a, int64_t b) { return b == 0 ? 0 : a / b + (a % b != 0 && (a < 0) == (b < 0)); }
static inline int64_t mx_mod(int64_t a, int64_t b) { return b == 0 ? 0 : a - b * mx_floordiv(a, b); }
static inline int64_t mx_max(int64_t a, int64_t b) { return a > b ? a : b; }
static inline int64_t mx_min(int64_t a, int64_t b) { return a < b ? a : b; }
#endif
)";

std::string inC(ir::Dim d) {
  return textOf(d.toSizeExpr(), [](int64_t number) { return "s[" + std::to_string(number) + "]"; },
                [](Op op, const std::string &a, const std::string &b) {
                  switch (op) {
                  case Op::Add: return "(" + a + " + " + b + ")";
                  case Op::Sub: return "(" + a + " - " + b + ")";
                  case Op::Mul: return "(" + a + " * " + b + ")";
                  case Op::FloorDiv: return "mx_floordiv(" + a + ", " + b + ")";
                  case Op::CeilDiv: return "mx_ceildiv(" + a + ", " + b + ")";
                  case Op::Mod: return "mx_mod(" + a + ", " + b + ")";
                  case Op::Max: return "mx_max(" + a + ", " + b + ")";
                  case Op::Min: return "mx_min(" + a + ", " + b + ")";
                  case Op::Const:
                  case Op::Symbol: break;
                  }
                  llvm_unreachable("a leaf has no operands");
                });
}

/// A function of the sizes: `static inline int64_t name(const int64_t *s)`.
void sizeFunction(llvm::raw_ostream &os, const llvm::Twine &name, ir::Dim value) {
  os << "static inline int64_t " << name << "(const int64_t *s) { (void)s; return " << inC(value) << "; }\n";
}

} // namespace

std::string textOf(const rt::SizeExpr &e, const std::function<std::string(int64_t)> &symbol,
                   const std::function<std::string(Op, const std::string &, const std::string &)> &binary) {
  if (e.isConstant())
    return std::to_string(e.value());
  SmallVector<std::string> stack;
  for (const rt::SizeExpr::Instr &i : e.instructions()) {
    if (i.op == Op::Const) {
      stack.push_back(std::to_string(i.arg));
    } else if (i.op == Op::Symbol) {
      stack.push_back(symbol(i.arg));
    } else {
      std::string b = stack.pop_back_val();
      stack.back() = binary(i.op, stack.back(), b);
    }
  }
  return stack.back();
}

std::string kernelHeader(ir::program::KernelOp kernel, const LoweredKernel &lowered) {
  std::string text;
  llvm::raw_string_ostream os(text);
  const std::string name = kernel.getSymName().str();
  os << "/* Kernel " << name << " of kind " << kernel.getKind() << ": the code is in " << name << ".o. Made by mx.\n *\n"
     << " * mx_args.buffers, each an array in row-major order:\n";
  unsigned number = 0;
  auto buffer = [&](const char *role, Type type) {
    const ir::TensorType t = ir::fromTensorType(cast<RankedTensorType>(type));
    os << " *   " << number++ << "  " << role << "  " << rt::nameOf(t.dtype) << " [";
    llvm::interleaveComma(t.dims, os, [&](ir::Dim d) { os << inC(d); });
    os << "]\n";
  };
  for (BlockArgument arg : kernel.getBody().getArguments())
    buffer("in ", arg.getType());
  for (Type type : kernel.getResultTypes().getAsValueRange<TypeAttr>())
    buffer("out", type);
  const bool shares = !lowered.sharedScratchBytes.is(0);
  if (shares)
    os << " *   " << number++ << "  scratch that all entries share, of " << name << "_shared_scratch_bytes(s)\n";
  os << " * s[0], s[1], ... are the sizes s0, s1, ... of the kernel in the IR.\n */\n"
     << "#ifndef MX_KERNEL_" << name << "\n#define MX_KERNEL_" << name << "\n\n#include \"KernelAbi.h\"\n\n"
     << "#ifdef __cplusplus\nextern \"C\" {\n#endif\n\n"
     << kArithmetic << "\n"
     << "enum { " << name << "_num_buffers = " << number << ", " << name << "_num_scalars = " << lowered.scalars.size() << ", "
     << name << "_num_entries = " << lowered.entries.size() << " };\n\n"
     << "/* Fills mx_args.scalars. */\n"
     << "static inline void " << name << "_scalars(const int64_t *s, int64_t *scalars) {\n  (void)s;\n  (void)scalars;\n";
  for (auto [i, d] : llvm::enumerate(lowered.scalars))
    os << "  scalars[" << i << "] = " << inC(d) << ";\n";
  os << "}\n";
  if (shares)
    sizeFunction(os, name + "_shared_scratch_bytes", lowered.sharedScratchBytes);
  os << "\n/* Entries, in the order in which they run: all units of one, split over threads at will, before the next. The chunks of\n"
        " * work of an entry are its units; each thread brings its scratch_bytes. */\n";
  for (const LoweredEntry &entry : lowered.entries) {
    os << "int " << entry.name << "(const mx_args *args, uint32_t begin, uint32_t end);\n";
    sizeFunction(os, entry.name + "_units", entry.units);
    sizeFunction(os, entry.name + "_scratch_bytes", std::max<int64_t>(entry.threadScratchBytes, sizeof(mx_fault)));
  }
  os << "\n#ifdef __cplusplus\n}\n#endif\n\n#endif\n";
  return text;
}

llvm::StringRef kernelAbiText() {
  return
#include "codegen/KernelAbiText.inc"
      ;
}

} // namespace mx::codegen
