// Kinds by family; argmax and argmin are of family Reduce, scatters of family Indexing, and have kinds of their own.
#include "ir/program/KernelKind.h"

namespace mx::ir::program {

std::string_view nameOf(KernelKind kind) {
  static constexpr std::string_view names[] = {"map", "row", "matmul", "argreduce", "scan", "scatter"};
  return names[static_cast<int>(kind)];
}

KernelKind kindOf(const OpRow &row) {
  if (row.kind == OpKind::Argmax || row.kind == OpKind::Argmin)
    return KernelKind::ArgReduce;
  if (row.family == "Reduce")
    return KernelKind::Row;
  if (row.family == "Scan")
    return KernelKind::Scan;
  if (row.family == "Linalg")
    return KernelKind::Matmul;
  return row.kind == OpKind::Scatter || row.kind == OpKind::ScatterAxis ? KernelKind::Scatter : KernelKind::Map;
}

} // namespace mx::ir::program
