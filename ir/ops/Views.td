// Views: the same elements under other indices. They cost nothing: access maps fold them into their users.
#ifndef MX_OPS_VIEWS
#define MX_OPS_VIEWS

include "ir/MxAttrs.td"

class Mx_View<string m, string doc> : Mx_Op<m, "Views"> {
  let summary = doc;
  let results = (outs AnyRankedTensor:$result);
  let assemblyFormat = "operands attr-dict `:` type(operands)";
}

def Mx_ReshapeOp : Mx_View<"reshape", "The elements in row-major order under another shape of the same size."> {
  let arguments = (ins AnyRankedTensor:$x, Mx_ShapeAttr:$shape);
}
def Mx_TransposeOp : Mx_View<"transpose", "Axes permuted: result axis i is operand axis axes[i]."> {
  let arguments = (ins AnyRankedTensor:$x, DenseI64ArrayAttr:$axes);
}
def Mx_BroadcastToOp : Mx_View<"broadcast_to", "Repeats size-1 and missing leading axes up to the shape."> {
  let arguments = (ins AnyRankedTensor:$x, Mx_ShapeAttr:$shape);
}
def Mx_SliceOp : Mx_View<"slice", "result[i] = x[starts + i * strides]; strides may be negative, starts are in range."> {
  let arguments = (ins AnyRankedTensor:$x, Mx_OffsetsAttr:$starts, Mx_ShapeAttr:$sizes, DenseI64ArrayAttr:$strides);
}
def Mx_AsStridedOp : Mx_View<"as_strided", "result[i] = flat x[offset + sum of i * strides]; every index is in range."> {
  let arguments = (ins AnyRankedTensor:$x, Mx_ShapeAttr:$shape, Mx_OffsetsAttr:$strides, Mx_OffsetsAttr:$offset);
}
def Mx_ViewOp : Mx_View<"view", "The bits under another dtype; the last axis scales by the ratio of the element sizes."> {
  let arguments = (ins AnyRankedTensor:$x, Mx_DtypeAttr:$dtype);
  let differentiable = 0;
}

#endif
