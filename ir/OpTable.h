// The MLIR-free op table: one row per core op, made from the .td records. Every layer reads the same rows
// and expands only its own column.
#pragma once

#include "ir/shape/Dim.h"
#include "runtime/base/DType.h"
#include "runtime/base/Status.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace mx::ir {

enum class OpKind : uint16_t {
#define MX_OP(Name, ...) Name,
#include "ir/OpTable.inc"
#undef MX_OP
};
#define MX_OP(...) +1
/// Number of rows.
inline constexpr int kNumOps = 0
#include "ir/OpTable.inc"
    ;
#undef MX_OP

/// What an attribute holds. Shape sizes take part in the grouping of equal sizes, Offsets are run-time arguments,
/// all others are structural: part of the trace key.
enum class AttrKind : uint8_t { Int, Flag, Dtype, Text, Ints, Shape, Offsets };
enum class DtypeRule : uint8_t { None, Promote, Float, Compare, Logical, Bits, Select, Cast };
enum class BatchRule : uint8_t { Elementwise, Custom, None };

/// Int, Flag and Dtype are int64_t; Text a string; Ints a vector; Shape and Offsets are Dims.
using AttrValue = std::variant<int64_t, std::string, std::vector<int64_t>, Dims>;
/// One value per attribute of the row, in the row's order.
using Attrs = std::vector<AttrValue>;

/// Element type and sizes of a value.
struct TensorType {
  rt::DType dtype;
  Dims dims;
  bool operator==(const TensorType &) const = default;
};

/// Result type from operand types and attributes. An Error carries the message without the `[op]` prefix.
using ShapeRule = rt::Result<TensorType> (*)(const struct OpRow &row, std::span<const TensorType> inputs, const Attrs &attrs);

struct AttrSpec {
  std::string_view name;
  AttrKind kind;
};

struct OpRow {
  OpKind kind;
  /// `sum`, as in `mx.sum`.
  std::string_view mnemonic;
  /// The public C++ name, as error messages print it.
  std::string_view api;
  std::string_view family;
  /// Fixed operands; `variadic` ops take any number of further ones.
  uint8_t numInputs;
  bool variadic;
  ShapeRule shapeRule;
  DtypeRule dtypeRule;
  bool differentiable;
  BatchRule batch;
  std::span<const AttrSpec> attrs;

  bool isElementwise() const { return dtypeRule != DtypeRule::None; }
};

/// The row of an op.
const OpRow &rowOf(OpKind kind);
/// The row with this mnemonic (without `mx.`), or null.
const OpRow *findRow(std::string_view mnemonic);

/// Runs the row's shape rule after checking the number of operands. The message of an Error starts with `[api] `.
rt::Result<TensorType> inferType(OpKind kind, std::span<const TensorType> inputs, const Attrs &attrs);

/// NumPy-like promotion as MLX's promote_types has it.
rt::DType promoteTypes(rt::DType a, rt::DType b);
/// The dtype operand `index` of an element-wise op is cast to before computing; the error is a dtype the op refuses.
rt::Result<rt::DType> operandDtype(const OpRow &row, std::span<const TensorType> inputs, const Attrs &attrs, int index);
/// Broadcast of two shapes; an error names both.
rt::Result<Dims> broadcastDims(const Dims &a, const Dims &b);

} // namespace mx::ir
