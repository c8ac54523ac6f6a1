// The rules' own column of the op table.
#include "frontend/rules/Rules.h"

namespace mx::rules {
namespace {

using ir::BatchRule;
using ir::DtypeRule;

// The address of a rule that the row needs, else null without naming the function.
#define MX_RULE(wanted, rule)                                                                                          \
  []<bool W>(std::bool_constant<W>) -> decltype(&rule) {                                                               \
    if constexpr (W)                                                                                                   \
      return &rule;                                                                                                    \
    else                                                                                                               \
      return nullptr;                                                                                                  \
  }(std::bool_constant<(wanted)>{})

constexpr RuleRow kRules[] = {
#define MX_OP(Name, mnemonic, api, family, inputs, variadic, rule, dtypes, diff, batch, ...)                           \
  {MX_RULE(diff && DtypeRule::dtypes != DtypeRule::None, derivative_##mnemonic),                                       \
   MX_RULE(diff && DtypeRule::dtypes == DtypeRule::None, vjp_##mnemonic),                                              \
   MX_RULE(diff && DtypeRule::dtypes == DtypeRule::None, jvp_##mnemonic),                                              \
   BatchRule::batch == BatchRule::Elementwise ? &vmapElementwise                                                       \
                                              : MX_RULE(BatchRule::batch == BatchRule::Custom, vmap_##mnemonic)},
#include "ir/OpTable.inc"
#undef MX_OP
};
#undef MX_RULE

} // namespace

const RuleRow &rulesOf(ir::OpKind kind) { return kRules[static_cast<int>(kind)]; }

} // namespace mx::rules
