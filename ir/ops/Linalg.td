// Contractions.
#ifndef MX_OPS_LINALG
#define MX_OPS_LINALG

include "ir/MxAttrs.td"

def Mx_MatmulOp : Mx_Op<"matmul", "Linalg"> {
  let summary = "Matrix product over the last two axes; leading axes broadcast. Floating point only.";
  let description = [{
    `[..., M, K] @ [..., K, N] -> [..., M, N]`. Each element is the chain of fused multiply-adds over k = 0 ... K-1 in
    order, in float32 for float16 and bfloat16 operands: the same bits for any tiling and any number of threads.
  }];
  let arguments = (ins AnyRankedTensor:$a, AnyRankedTensor:$b);
  let results = (outs AnyRankedTensor:$result);
  let assemblyFormat = "operands attr-dict `:` type(operands)";
}

#endif
