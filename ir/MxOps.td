// Every op of the mx dialect: one include per family.
#ifndef MX_OPS
#define MX_OPS
include "ir/ops/Elementwise.td"
include "ir/ops/Views.td"
include "ir/ops/Creation.td"
include "ir/ops/Reduce.td"
include "ir/ops/Indexing.td"
include "ir/ops/Linalg.td"
include "ir/ops/Structure.td"
#endif
