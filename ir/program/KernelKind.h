// The kinds of kernels, and which of them computes an op. A kind is a pattern that codegen lowers.
#pragma once

#include "ir/OpTable.h"

namespace mx::ir::program {

enum class KernelKind : uint8_t { Map, Row, Matmul, ArgReduce, Scan, Scatter };

/// A kernel of kind `chain` holds fusions of these kinds, which run one after the other.
inline constexpr char kChainKind[] = "chain";

/// The kind as an attribute spells it: `map`, `row`, ...
std::string_view nameOf(KernelKind kind);
/// The kind of the kernel that an op alone makes. Map: each element is a function of its index, so any kind may hold
/// the op beside its own.
KernelKind kindOf(const OpRow &row);

} // namespace mx::ir::program
