// Ops that make values from nothing but attributes or a key.
#ifndef MX_OPS_CREATION
#define MX_OPS_CREATION

include "ir/MxAttrs.td"

def Mx_IotaOp : Mx_Op<"iota", "Creation"> {
  let summary = "0, 1, 2, ... along one axis of length shape[0].";
  let arguments = (ins Mx_ShapeAttr:$shape, Mx_DtypeAttr:$dtype);
  let results = (outs AnyRankedTensor:$result);
  let assemblyFormat = "attr-dict";
  let differentiable = 0; let batch = BatchNone; let api = "arange";
}
def Mx_SizeOp : Mx_Op<"size", "Creation"> {
  let summary = "The product of the sizes, as a scalar.";
  let description = [{
    What divides the sum of a mean where sizes vary from call to call.
    Example: `%n = mx.size {shape = #mx.dims<s0, 32>, dtype = f32}`.
  }];
  let arguments = (ins Mx_ShapeAttr:$shape, Mx_DtypeAttr:$dtype);
  let results = (outs AnyRankedTensor:$result);
  let assemblyFormat = "attr-dict";
  let differentiable = 0; let batch = BatchNone; let api = "number_of_elements";
}
def Mx_ConstantOp : Op<Mx_Dialect, "constant", [ConstantLike, Pure, AllTypesMatch<["value", "result"]>]> {
  let summary = "A value known at compile time.";
  let arguments = (ins ElementsAttr:$value);
  let results = (outs AnyRankedTensor:$result);
  let assemblyFormat = "attr-dict $value";
  let hasFolder = 1;
}
def Mx_RandomBitsOp : Mx_Op<"random_bits", "Creation"> {
  let summary = "Random bits of threefry2x32.";
  let description = [{
    `key` is `tensor<...x2xui32>`; the result has the key's leading axes followed by `shape`, and unsigned integers of
    `width` bytes (1, 2 or 4). Source: Salmon et al., Parallel Random Numbers: As Easy as 1, 2, 3 (2011).
  }];
  let arguments = (ins AnyRankedTensor:$key, Mx_ShapeAttr:$shape, I64Attr:$width);
  let results = (outs AnyRankedTensor:$result);
  let assemblyFormat = "operands attr-dict `:` type(operands)";
  let differentiable = 0; let api = "random::bits";
}

#endif
