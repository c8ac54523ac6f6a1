// Ops that hold other ops: composites as traced, fusions as the compiler forms them.
#ifndef MX_OPS_STRUCTURE
#define MX_OPS_STRUCTURE

include "ir/MxAttrs.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/ControlFlowInterfaces.td"

def Mx_CompositeOp : Op<Mx_Dialect, "composite", [Pure, DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "A named operation with a decomposition.";
  let description = [{
    `decomposition` names a private function that computes the same from the same operands. A backend that knows `name`
    may claim the op; otherwise `mx-inline-composites` replaces it by the function's body. Legal in phase `traced` only.

    ```mlir
    func.func private @relu_0(%x: tensor<4xf32>) -> tensor<4xf32> {
      %zero = mx.constant dense<0.0> : tensor<f32>
      %0 = mx.maximum %x, %zero : tensor<4xf32>, tensor<f32>
      return %0 : tensor<4xf32>
    }
    func.func @main(%x: tensor<4xf32>) -> tensor<4xf32> {
      %0 = mx.composite "relu" %x {attrs = {}, decomposition = @relu_0} : (tensor<4xf32>) -> tensor<4xf32>
      return %0 : tensor<4xf32>
    }
    ```
  }];
  let arguments = (ins Variadic<AnyRankedTensor>:$inputs, StrAttr:$name, DictionaryAttr:$attrs, FlatSymbolRefAttr:$decomposition);
  let results = (outs Variadic<AnyRankedTensor>:$outputs);
  let assemblyFormat = "$name operands attr-dict `:` functional-type(operands, results)";
}
def Mx_FusionOp : Op<Mx_Dialect, "fusion", [Pure, IsolatedFromAbove, SingleBlock]> {
  let summary = "Ops that become one kernel.";
  let description = [{
    The body computes the results from block arguments that stand for the operands. `kind` is the kernel pattern that
    codegen lowers: `map`, `row`, `matmul`, `argreduce`, `scan`, `scatter`; a `chain` holds fusions of these kinds, which run
    one after the other in one workgroup. `reasons` says, per operand that another
    fusion produces, why the edge is not fused.

    ```mlir
    func.func @main(%x: tensor<8xf32>, %y: tensor<8xf32>) -> tensor<8xf32> {
      %0 = mx.fusion "map" (%a = %x : tensor<8xf32>, %b = %y : tensor<8xf32>) -> (tensor<8xf32>) {
        %1 = mx.exp %a : tensor<8xf32>
        %2 = mx.add %1, %b : tensor<8xf32>, tensor<8xf32>
        mx.yield %2 : tensor<8xf32>
      }
      return %0 : tensor<8xf32>
    }
    ```
  }];
  let arguments = (ins Variadic<AnyRankedTensor>:$inputs, StrAttr:$kind, OptionalAttr<DictionaryAttr>:$reasons);
  let results = (outs Variadic<AnyRankedTensor>:$outputs);
  let regions = (region SizedRegion<1>:$body);
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
}
def Mx_YieldOp : Op<Mx_Dialect, "yield", [Pure, Terminator, ReturnLike]> {
  let summary = "The results of the enclosing fusion or kernel.";
  let arguments = (ins Variadic<AnyRankedTensor>:$values);
  let assemblyFormat = "operands attr-dict `:` type(operands)";
}

#endif
