// Integer bodies that x86 and SPIR-V leave undefined somewhere: division, remainder, shifts, powers. None
// traps, all wrap.
#pragma once

#include "codegen/lowering/MathExpr.h"

namespace mx::codegen {

/// Quotient rounded down; 0 where b is 0.
Expr intFloorDivide(Expr a, Expr b, bool isSigned);
/// a - floor(a / b) * b; 0 where b is 0.
Expr intRemainder(Expr a, Expr b, bool isSigned);
/// a to the b modulo 2^width; a negative b gives 0, but for a = 1 and a = -1.
Expr intPower(Expr a, Expr b, bool isSigned);
/// a * 2^b; 0 where b, taken as unsigned, is the width or more.
Expr intLeftShift(Expr a, Expr b);
/// a shifted right, keeping the sign when signed; shifted out entirely where b is the width or more.
Expr intRightShift(Expr a, Expr b, bool isSigned);

} // namespace mx::codegen
