// The mxp dialect in C++.
#pragma once

#include "ir/MxDialect.h"

#include "mlir/IR/BuiltinAttributes.h"

#include "ir/program/MxpDialect.h.inc"
#define GET_ATTRDEF_CLASSES
#include "ir/program/MxpAttrs.h.inc"
#define GET_OP_CLASSES
#include "ir/program/MxpOps.h.inc"
