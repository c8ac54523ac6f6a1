// The scalar functions behind element-wise ops, by op and stored type; null where the op has none for that type.
#pragma once

#include "ir/OpTable.h"
#include "ir/interp/Elements.h"

namespace mx::ir::interp {

/// A function of one value.
template <typename T> using Unary = Compute<T> (*)(Compute<T>);
/// A function of two values.
template <typename T> using Binary = Compute<T> (*)(Compute<T>, Compute<T>);
/// A relation between two values.
template <typename T> using Relation = bool (*)(Compute<T>, Compute<T>);

/// Defined for the four real floating-point types.
template <typename T> Unary<T> realUnary(OpKind op);
template <typename T> Binary<T> realBinary(OpKind op);
/// Defined for the eight integer types.
template <typename T> Unary<T> integerUnary(OpKind op);
template <typename T> Binary<T> integerBinary(OpKind op);

} // namespace mx::ir::interp
