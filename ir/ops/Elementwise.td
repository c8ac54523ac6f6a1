// Element-wise ops: operands broadcast against each other and are promoted by the op's dtype rule.
#ifndef MX_OPS_ELEMENTWISE
#define MX_OPS_ELEMENTWISE

include "ir/MxAttrs.td"

class Mx_Elementwise<string m, string doc, Mx_DtypeRule rule, Mx_Scalar body, list<Trait> traits = []>
    : Mx_Op<m, "Elementwise", traits> {
  let summary = doc;
  let results = (outs AnyRankedTensor:$result);
  let assemblyFormat = "operands attr-dict `:` type(operands)";
  let shapeRule = "elementwise";
  let batch = BatchElementwise;
  let dtypeRule = rule;
  let scalar = body;
}
class Mx_Unary<string m, string doc, Mx_DtypeRule rule, Mx_Scalar body = Mx_NoScalar>
    : Mx_Elementwise<m, doc, rule, body> {
  let arguments = (ins AnyRankedTensor:$x);
}
class Mx_Binary<string m, string doc, Mx_DtypeRule rule, Mx_Scalar body = Mx_NoScalar, list<Trait> traits = []>
    : Mx_Elementwise<m, doc, rule, body, traits> {
  let arguments = (ins AnyRankedTensor:$a, AnyRankedTensor:$b);
}

// Unary, any number type.
def Mx_AbsOp        : Mx_Unary<"abs", "Absolute value.", DtypePromote>;
def Mx_NegativeOp   : Mx_Unary<"negative", "Negation; bool is an error.", DtypePromote>;
def Mx_SignOp       : Mx_Unary<"sign", "-1, 0 or 1; NaN gives NaN.", DtypePromote>  { let differentiable = 0; }
def Mx_SquareOp     : Mx_Unary<"square", "x * x.", DtypePromote>;
def Mx_FloorOp      : Mx_Unary<"floor", "Largest integer not above x.", DtypePromote>   { let differentiable = 0; }
def Mx_CeilOp       : Mx_Unary<"ceil", "Smallest integer not below x.", DtypePromote>   { let differentiable = 0; }
def Mx_TruncOp      : Mx_Unary<"trunc", "x rounded toward zero.", DtypePromote>         { let differentiable = 0; }
def Mx_RintOp       : Mx_Unary<"rint", "Nearest integer, ties to even.", DtypePromote>  { let differentiable = 0; let api = "round"; }

// Unary, computed in floating point.
def Mx_ExpOp        : Mx_Unary<"exp", "e to the x.", DtypeFloat>;
def Mx_Expm1Op      : Mx_Unary<"expm1", "exp(x) - 1, accurate near 0.", DtypeFloat>;
def Mx_LogOp        : Mx_Unary<"log", "Natural logarithm.", DtypeFloat>;
def Mx_Log2Op       : Mx_Unary<"log2", "Logarithm to base 2.", DtypeFloat>;
def Mx_Log10Op      : Mx_Unary<"log10", "Logarithm to base 10.", DtypeFloat>;
def Mx_Log1pOp      : Mx_Unary<"log1p", "log(1 + x), accurate near 0.", DtypeFloat>;
def Mx_SinOp        : Mx_Unary<"sin", "Sine of x radians.", DtypeFloat>;
def Mx_CosOp        : Mx_Unary<"cos", "Cosine of x radians.", DtypeFloat>;
def Mx_TanOp        : Mx_Unary<"tan", "Tangent of x radians.", DtypeFloat>;
def Mx_ArcsinOp     : Mx_Unary<"arcsin", "Inverse sine, in radians.", DtypeFloat>;
def Mx_ArccosOp     : Mx_Unary<"arccos", "Inverse cosine, in radians.", DtypeFloat>;
def Mx_ArctanOp     : Mx_Unary<"arctan", "Inverse tangent, in radians.", DtypeFloat>;
def Mx_SinhOp       : Mx_Unary<"sinh", "Hyperbolic sine.", DtypeFloat>;
def Mx_CoshOp       : Mx_Unary<"cosh", "Hyperbolic cosine.", DtypeFloat>;
def Mx_TanhOp       : Mx_Unary<"tanh", "Hyperbolic tangent.", DtypeFloat>;
def Mx_ArcsinhOp    : Mx_Unary<"arcsinh", "Inverse hyperbolic sine.", DtypeFloat>;
def Mx_ArccoshOp    : Mx_Unary<"arccosh", "Inverse hyperbolic cosine.", DtypeFloat>;
def Mx_ArctanhOp    : Mx_Unary<"arctanh", "Inverse hyperbolic tangent.", DtypeFloat>;
def Mx_SqrtOp       : Mx_Unary<"sqrt", "Square root.", DtypeFloat>;
def Mx_RsqrtOp      : Mx_Unary<"rsqrt", "1 / sqrt(x).", DtypeFloat>;
def Mx_ReciprocalOp : Mx_Unary<"reciprocal", "1 / x.", DtypeFloat>;
def Mx_ErfOp        : Mx_Unary<"erf", "Error function.", DtypeFloat>;
def Mx_ErfinvOp     : Mx_Unary<"erfinv", "Inverse error function.", DtypeFloat>;
def Mx_SigmoidOp    : Mx_Unary<"sigmoid", "1 / (1 + exp(-x)).", DtypeFloat>;

// Unary, logical and bitwise.
def Mx_LogicalNotOp    : Mx_Unary<"logical_not", "True where x is zero.", DtypeLogical> { let differentiable = 0; }
def Mx_BitwiseInvertOp : Mx_Unary<"bitwise_invert", "All bits flipped.", DtypeBits>     { let differentiable = 0; }

// Binary arithmetic.
def Mx_AddOp : Mx_Binary<"add", "Sum; bool adds as or.", DtypePromote,
    Mx_Scalar<"AddFOp", "AddIOp", "AddIOp", "OrIOp">, [Commutative]>;
def Mx_SubtractOp : Mx_Binary<"subtract", "Difference; bool is an error.", DtypePromote,
    Mx_Scalar<"SubFOp", "SubIOp", "SubIOp", "">>;
def Mx_MultiplyOp : Mx_Binary<"multiply", "Product; bool multiplies as and.", DtypePromote,
    Mx_Scalar<"MulFOp", "MulIOp", "MulIOp", "AndIOp">, [Commutative]>;
def Mx_DivideOp      : Mx_Binary<"divide", "True quotient, in floating point.", DtypeFloat, Mx_Scalar<"DivFOp", "", "", "">>;
def Mx_FloorDivideOp : Mx_Binary<"floor_divide", "Quotient rounded down; integers divided by 0 give 0.", DtypePromote> { let differentiable = 0; }
def Mx_RemainderOp   : Mx_Binary<"remainder", "a - floor(a / b) * b, with b's sign; integers by 0 give 0.", DtypePromote>;
def Mx_PowerOp       : Mx_Binary<"power", "a to the b; integers to a negative power give 0 (1 and -1 excepted).", DtypePromote>;
def Mx_MaximumOp     : Mx_Binary<"maximum", "The larger; NaN propagates.", DtypePromote, Mx_Scalar<"MaximumFOp", "MaxSIOp", "MaxUIOp", "OrIOp">, [Commutative]>;
def Mx_MinimumOp     : Mx_Binary<"minimum", "The smaller; NaN propagates.", DtypePromote, Mx_Scalar<"MinimumFOp", "MinSIOp", "MinUIOp", "AndIOp">, [Commutative]>;
def Mx_Arctan2Op     : Mx_Binary<"arctan2", "Angle of the point (b, a), in radians.", DtypeFloat>;
def Mx_LogaddexpOp   : Mx_Binary<"logaddexp", "log(exp(a) + exp(b)) without overflow.", DtypeFloat, Mx_NoScalar, [Commutative]>;

// Comparisons.
class Mx_Compare<string m, string doc, list<Trait> traits = []> : Mx_Binary<m, doc, DtypeCompare, Mx_NoScalar, traits> { let differentiable = 0; }
def Mx_EqualOp        : Mx_Compare<"equal", "a == b.", [Commutative]>;
def Mx_NotEqualOp     : Mx_Compare<"not_equal", "a != b.", [Commutative]>;
def Mx_LessOp         : Mx_Compare<"less", "a < b.">;
def Mx_LessEqualOp    : Mx_Compare<"less_equal", "a <= b.">;
def Mx_GreaterOp      : Mx_Compare<"greater", "a > b.">;
def Mx_GreaterEqualOp : Mx_Compare<"greater_equal", "a >= b.">;

// Logical and bitwise.
class Mx_LogicalBinary<string m, string doc, string body> : Mx_Binary<m, doc, DtypeLogical, Mx_Scalar<"", "", "", body>, [Commutative]> { let differentiable = 0; }
def Mx_LogicalAndOp : Mx_LogicalBinary<"logical_and", "Both nonzero.", "AndIOp">;
def Mx_LogicalOrOp  : Mx_LogicalBinary<"logical_or", "Either nonzero.", "OrIOp">;
def Mx_LogicalXorOp : Mx_LogicalBinary<"logical_xor", "Exactly one nonzero.", "XOrIOp">;
class Mx_BitsBinary<string m, string doc, string body> : Mx_Binary<m, doc, DtypeBits, Mx_Scalar<"", body, body, body>, [Commutative]> { let differentiable = 0; }
def Mx_BitwiseAndOp : Mx_BitsBinary<"bitwise_and", "Bitwise and.", "AndIOp">;
def Mx_BitwiseOrOp  : Mx_BitsBinary<"bitwise_or", "Bitwise or.", "OrIOp">;
def Mx_BitwiseXorOp : Mx_BitsBinary<"bitwise_xor", "Bitwise exclusive or.", "XOrIOp">;
def Mx_LeftShiftOp  : Mx_Binary<"left_shift", "a times 2 to the b; a shift by the width or more gives 0.", DtypeBits>  { let differentiable = 0; }
def Mx_RightShiftOp : Mx_Binary<"right_shift", "a shifted right, arithmetic when signed; a shift by the width or more gives 0 or -1.", DtypeBits> { let differentiable = 0; }

// Selection and conversion.
def Mx_WhereOp : Mx_Elementwise<"where", "a where the condition is nonzero, else b.", DtypeSelect, Mx_NoScalar> {
  let arguments = (ins AnyRankedTensor:$condition, AnyRankedTensor:$a, AnyRankedTensor:$b);
}
def Mx_AstypeOp : Mx_Elementwise<"astype", "Conversion to another dtype; float to integer saturates, NaN gives 0.", DtypeCast, Mx_NoScalar> {
  let arguments = (ins AnyRankedTensor:$x, Mx_DtypeAttr:$dtype);
}
def Mx_StopGradientOp : Mx_Unary<"stop_gradient", "x, a constant to differentiation.", DtypePromote> { let differentiable = 0; }
def Mx_CopyOp : Mx_Unary<"copy", "x in a buffer of its own, row-major.", DtypePromote>;
def Mx_BarrierOp : Mx_Elementwise<"barrier", "x, kept apart: two barriers with different ids are never merged, so what follows one is computed anew.", DtypePromote, Mx_NoScalar> {
  let arguments = (ins AnyRankedTensor:$x, I64Attr:$id);
  let api = "";
}

#endif
