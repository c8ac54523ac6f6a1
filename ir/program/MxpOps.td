// The mxp dialect: a program as kernels, dispatches and buffers; and, inside a lowered kernel, the few ops that
// reach the outside (buffers, scalars, scratch).
#ifndef MXP_OPS
#define MXP_OPS

include "mlir/IR/OpBase.td"
include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "ir/MxAttrs.td"

def Mxp_Dialect : Dialect {
  let name = "mxp";
  let cppNamespace = "::mx::ir::program";
  let summary = "Programs: kernels, dispatches, and where each buffer lives.";
  let useDefaultAttributePrinterParser = 1;
  let dependentDialects = ["::mx::ir::MxDialect"];
}

class Mxp_Op<string m, list<Trait> traits = []> : Op<Mxp_Dialect, m, traits>;

def Mxp_PlaceAttr : AttrDef<Mxp_Dialect, "Place"> {
  let mnemonic = "place";
  let summary = "Where a value is stored: `arena` with a byte offset (negative: a slot that is planned per call), or `output` with its number.";
  let parameters = (ins StringRefParameter<"arena or output">:$kind, "int64_t":$where);
  let assemblyFormat = "`<` custom<PlaceKind>($kind) `,` $where `>`";
}

def Mxp_KernelOp : Mxp_Op<"kernel", [IsolatedFromAbove, SingleBlock, Symbol]> {
  let summary = "One kernel: the body of a fusion under a name.";
  let description = [{
    The body is that of the mx.fusion it came from and ends in mx.yield. Equal kernels are merged, so several dispatches may name
    one. `kind` is the pattern that codegen lowers; `config`, once chosen, pins the schedule.

    ```mlir
    mxp.kernel @k0 "map" (%a: tensor<?xf32, #mx.dims<s0>>) -> (tensor<?xf32, #mx.dims<s0>>) {
      %0 = mx.exp %a : tensor<?xf32, #mx.dims<s0>>
      mx.yield %0 : tensor<?xf32, #mx.dims<s0>>
    }
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, StrAttr:$kind, TypeArrayAttr:$result_types, OptionalAttr<DictionaryAttr>:$config);
  let regions = (region SizedRegion<1>:$body);
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
}

def Mxp_DispatchOp : Mxp_Op<"dispatch", [Pure, DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "Runs a kernel.";
  let description = [{
    A kernel numbers its symbols from s0; `symbols` gives their values in the program's terms. `places` says where each
    result lives once memory is planned. A result whose place is that of an operand that dies here is computed in place.

    ```mlir
    mxp.kernel @k0 "map" (%a: tensor<?xf32, #mx.dims<s0>>) -> (tensor<?xf32, #mx.dims<s0>>) {
      mx.yield %a : tensor<?xf32, #mx.dims<s0>>
    }
    func.func @main(%x: tensor<?xf32, #mx.dims<s7>>) -> tensor<?xf32, #mx.dims<s7>> {
      %0 = mxp.dispatch @k0(%x) {places = [#mxp.place<output, 0>], symbols = #mx.dims<s7>}
         : (tensor<?xf32, #mx.dims<s7>>) -> tensor<?xf32, #mx.dims<s7>>
      return %0 : tensor<?xf32, #mx.dims<s7>>
    }
    ```
  }];
  let arguments = (ins FlatSymbolRefAttr:$kernel, Variadic<AnyRankedTensor>:$inputs, OptionalAttr<Mx_DimsAttr>:$symbols, OptionalAttr<ArrayAttr>:$places, OptionalAttr<DictionaryAttr>:$reasons);
  let results = (outs Variadic<AnyRankedTensor>:$outputs);
  let assemblyFormat = "$kernel `(` $inputs `)` attr-dict `:` functional-type($inputs, $outputs)";
}

// Inside a lowered kernel (phase `tiled`).

def Mxp_BufferOp : Mxp_Op<"buffer", [Pure]> {
  let summary = "Operand `index` of the kernel as flat memory; inputs come first, then outputs, then shared scratch.";
  let arguments = (ins I64Attr:$index);
  let results = (outs MemRefRankOf<[AnyType], [1]>:$memory);
  let assemblyFormat = "$index attr-dict `:` type($memory)";
}
def Mxp_ScalarOp : Mxp_Op<"scalar", [Pure]> {
  let summary = "Scalar argument `index` of the kernel: a size or an offset.";
  let arguments = (ins I64Attr:$index);
  let results = (outs Index:$value);
  let assemblyFormat = "$index attr-dict";
}
def Mxp_PassOp : Mxp_Op<"pass", [Pure]> {
  let summary = "The number of the pass: an entry of several passes runs once for each, one after the other.";
  let results = (outs Index:$value);
  let assemblyFormat = "attr-dict";
}
def Mxp_ScratchOp : Mxp_Op<"scratch", [Pure]> {
  let summary = "Memory private to the calling thread, from a byte offset on.";
  let arguments = (ins I64Attr:$offset);
  let results = (outs MemRefRankOf<[AnyType], [1]>:$memory);
  let assemblyFormat = "$offset attr-dict `:` type($memory)";
}
def Mxp_FaultOp : Mxp_Op<"fault", [Pure]> {
  let summary = "Where mxp.fail_if leaves what it found, once per entry.";
  let results = (outs MemRefRankOf<[I64], [1]>:$memory);
  let assemblyFormat = "attr-dict `:` type($memory)";
}
def Mxp_FailIfOp : Mxp_Op<"fail_if", [MemoryEffects<[MemWrite]>,
    TypesMatchWith<"indices are as many as conditions", "condition", "index", "indicesLike($_self)">,
    TypesMatchWith<"positions are as many as conditions", "condition", "position", "indicesLike($_self)">]> {
  let summary = "Makes the kernel fail where the condition holds: an index out of range.";
  let description = [{
    `condition`, `index` and `position` are scalars or lanes. The first lane that fails is kept in `fault` unless an earlier
    failure is there: the index as the program gave it, the size it was to stay below, its position among the indices, and the
    op that reads it. The rest of the unit still runs; the entry returns MX_KERNEL_INDEX_OUT_OF_RANGE at its end.

    ```mlir
    func.func @entry(%begin: index, %end: index) {
      %size = mxp.scalar 0
      %fault = mxp.fault : memref<?xi64>
      %bad = arith.cmpi uge, %begin, %size : index
      mxp.fail_if %bad, %begin of %size at %end to %fault "gather" : i1, memref<?xi64>
      return
    }
    ```
  }];
  let arguments = (ins AnyTypeOf<[I1, VectorOfRankAndType<[1], [I1]>]>:$condition, AnyType:$index, Index:$size, AnyType:$position,
                       MemRefRankOf<[I64], [1]>:$fault, StrAttr:$op);
  let assemblyFormat = "$condition `,` $index `of` $size `at` $position `to` $fault $op attr-dict `:` type($condition) `,` type($fault)";
}

#endif
