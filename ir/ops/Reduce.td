// Reductions over axes and scans along one axis.
#ifndef MX_OPS_REDUCE
#define MX_OPS_REDUCE

include "ir/MxAttrs.td"

class Mx_Reduce<string m, string doc> : Mx_Op<m, "Reduce"> {
  let summary = doc;
  let arguments = (ins AnyRankedTensor:$x, DenseI64ArrayAttr:$axes, BoolAttr:$keepdims);
  let results = (outs AnyRankedTensor:$result);
  let assemblyFormat = "operands attr-dict `:` type(operands)";
  let shapeRule = "reduce";
}
def Mx_SumOp  : Mx_Reduce<"sum", "Sum over axes; bool and small integers sum as int32 (uint32).">;
def Mx_ProdOp : Mx_Reduce<"prod", "Product over axes; bool and small integers multiply as int32 (uint32).">;
def Mx_MaxOp  : Mx_Reduce<"max", "Largest over axes; NaN propagates.">;
def Mx_MinOp  : Mx_Reduce<"min", "Smallest over axes; NaN propagates.">;
def Mx_AllOp  : Mx_Reduce<"all", "True where every element is nonzero."> { let differentiable = 0; }
def Mx_AnyOp  : Mx_Reduce<"any", "True where some element is nonzero.">  { let differentiable = 0; }

class Mx_ArgReduce<string m, string doc> : Mx_Op<m, "Reduce"> {
  let summary = doc;
  let arguments = (ins AnyRankedTensor:$x, I64Attr:$axis, BoolAttr:$keepdims);
  let results = (outs AnyRankedTensor:$result);
  let assemblyFormat = "operands attr-dict `:` type(operands)";
  let shapeRule = "arg_reduce";
  let differentiable = 0;
}
def Mx_ArgmaxOp : Mx_ArgReduce<"argmax", "uint32 index of the first largest element; NaN counts as largest.">;
def Mx_ArgminOp : Mx_ArgReduce<"argmin", "uint32 index of the first smallest element; NaN counts as smallest.">;

class Mx_Scan<string m, string doc> : Mx_Op<m, "Scan"> {
  let summary = doc;
  let arguments = (ins AnyRankedTensor:$x, I64Attr:$axis, BoolAttr:$reverse, BoolAttr:$inclusive);
  let results = (outs AnyRankedTensor:$result);
  let assemblyFormat = "operands attr-dict `:` type(operands)";
  let shapeRule = "scan";
}
def Mx_CumsumOp  : Mx_Scan<"cumsum", "Running sum along an axis; bool and small integers sum as int32 (uint32).">;
def Mx_CumprodOp : Mx_Scan<"cumprod", "Running product along an axis.">;
def Mx_CummaxOp  : Mx_Scan<"cummax", "Running maximum along an axis.">;
def Mx_CumminOp  : Mx_Scan<"cummin", "Running minimum along an axis.">;

#endif
