// Batching rules of ops that make values.
#include "frontend/rules/Rules.h"

namespace mx::rules {

// Leading axes of the key are batch axes already.
array vmap_random_bits(const VmapArgs &op) { return again(op, {op.inputs[0]}); }

} // namespace mx::rules
