// Rows of the op table, one macro expansion per column group.
#include "ir/OpTable.h"

#include "ir/shape/Rules.h"

#include <array>
#include <unordered_map>

namespace mx::ir {
namespace {

// One constexpr attribute list per row; the row keeps a span of it.
#define MX_OP(Name, mnemonic, api, family, inputs, variadic, rule, dtypes, diff, batch, scalar, ...)                   \
  constexpr auto kAttrs##Name = std::to_array<AttrSpec>({AttrSpec{"", AttrKind::Int} __VA_OPT__(, ) __VA_ARGS__});
#include "ir/OpTable.inc"
#undef MX_OP

const OpRow kRows[] = {
#define MX_OP(Name, mnemonic, api, family, inputs, variadic, rule, dtypes, diff, batch, scalar, ...)                   \
  OpRow{OpKind::Name, #mnemonic, *api ? api : #mnemonic, #family, inputs, variadic, &shape::infer_##rule,             \
        DtypeRule::dtypes, diff, BatchRule::batch, std::span(kAttrs##Name).subspan(1)},
#include "ir/OpTable.inc"
#undef MX_OP
};

} // namespace

const OpRow &rowOf(OpKind kind) { return kRows[static_cast<int>(kind)]; }

const OpRow *findRow(std::string_view mnemonic) {
  static const auto *byName = [] {
    auto *map = new std::unordered_map<std::string_view, const OpRow *>;
    for (const OpRow &row : kRows)
      map->emplace(row.mnemonic, &row);
    return map;
  }();
  auto it = byName->find(mnemonic);
  return it == byName->end() ? nullptr : it->second;
}

rt::Result<TensorType> inferType(OpKind kind, std::span<const TensorType> inputs, const Attrs &attrs) {
  const OpRow &row = rowOf(kind);
  auto fail = [&](std::string message, rt::ErrorCode code = rt::ErrorCode::invalidArgument) {
    return rt::Error{code, "[" + std::string(row.api) + "] " + std::move(message)};
  };
  if (row.variadic ? inputs.size() < row.numInputs : inputs.size() != row.numInputs)
    return fail("takes " + std::to_string(row.numInputs) + (row.variadic ? " or more" : "") + " operands, got " +
                std::to_string(inputs.size()) + "; docs/ir/ops.md names them");
  if (attrs.size() != row.attrs.size())
    return fail("takes " + std::to_string(row.attrs.size()) + " attributes, got " + std::to_string(attrs.size()) + "; docs/ir/ops.md names them");
  auto result = row.shapeRule(row, inputs, attrs);
  if (!result)
    return fail(result.error().message, result.error().code);
  return result;
}

} // namespace mx::ir
