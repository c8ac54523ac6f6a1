// Ops that join, pad and index. Indices count from the end when negative; after that an out-of-range entry reads
// clamped, an update there is dropped.
#ifndef MX_OPS_INDEXING
#define MX_OPS_INDEXING

include "ir/MxAttrs.td"

class Mx_Indexing<string m, string doc> : Mx_Op<m, "Indexing"> {
  let summary = doc;
  let results = (outs AnyRankedTensor:$result);
  let assemblyFormat = "operands attr-dict `:` type(operands)";
}

def Mx_ConcatenateOp : Mx_Indexing<"concatenate", "Joins along an axis; operands promote to one dtype."> {
  let arguments = (ins Variadic<AnyRankedTensor>:$xs, I64Attr:$axis);
}
def Mx_PadOp : Mx_Indexing<"pad", "x placed at `low` in a tensor of `shape` filled with the scalar `value`."> {
  let arguments = (ins AnyRankedTensor:$x, AnyRankedTensor:$value, Mx_OffsetsAttr:$low, Mx_ShapeAttr:$shape);
}
def Mx_SliceUpdateOp : Mx_Indexing<"slice_update", "x with the strided window at `starts` combined with `update` (mode set, add, prod, max or min)."> {
  let arguments = (ins AnyRankedTensor:$x, AnyRankedTensor:$update, Mx_OffsetsAttr:$starts, DenseI64ArrayAttr:$strides, StrAttr:$mode);
}
def Mx_GatherOp : Mx_Indexing<"gather", "Windows of x."> {
  let description = [{
    Operand 0 is x, the others are index tensors, one per entry of `axes`, that broadcast to a shape I. The result has shape
    I + slice_sizes (one size per axis of x): result[i, j] = x[k] with k[a] = j[a], and indices[n][i] added for a = axes[n].
  }];
  let arguments = (ins AnyRankedTensor:$x, Variadic<AnyRankedTensor>:$indices, DenseI64ArrayAttr:$axes, Mx_ShapeAttr:$slice_sizes);
}
def Mx_TakeAlongAxisOp : Mx_Indexing<"take_along_axis", "result[..., i, ...] = x[..., indices[..., i, ...], ...] along `axis`; other axes broadcast."> {
  let arguments = (ins AnyRankedTensor:$x, AnyRankedTensor:$indices, I64Attr:$axis);
}
def Mx_ScatterOp : Mx_Indexing<"scatter", "x with windows combined with updates (mode set, add, prod, max or min)."> {
  let description = [{
    Operand 0 is x, 1 is updates of shape I + W, the rest index tensors that broadcast to I, one per entry of `axes`. W has one
    size per axis of x. x[k] with k[a] = j[a] + indices[n][i] for a = axes[n] is combined with updates[i, j], in row-major order of i.
  }];
  let arguments = (ins AnyRankedTensor:$x, AnyRankedTensor:$updates, Variadic<AnyRankedTensor>:$indices, DenseI64ArrayAttr:$axes, StrAttr:$mode);
}
def Mx_ScatterAxisOp : Mx_Indexing<"scatter_axis", "x with x[..., indices[..., i, ...], ...] along `axis` combined with values[..., i, ...] (mode set or add)."> {
  let arguments = (ins AnyRankedTensor:$x, AnyRankedTensor:$indices, AnyRankedTensor:$values, I64Attr:$axis, StrAttr:$mode);
  let api = "put_along_axis";
}

#endif
