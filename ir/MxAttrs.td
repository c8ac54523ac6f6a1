// Attributes of the mx dialect.
#ifndef MX_ATTRS
#define MX_ATTRS

include "ir/MxBase.td"
include "mlir/IR/TensorEncoding.td"

class Mx_Attr<string name, string attrMnemonic, list<Trait> traits = []> : AttrDef<Mx_Dialect, name, traits> {
  let mnemonic = attrMnemonic;
}

def Mx_DimsAttr : Mx_Attr<"Dims", "dims", [DeclareAttrInterfaceMethods<VerifiableTensorEncoding>]> {
  let summary = "A list of sizes: integers, symbols `s0`, `s1`, ... and expressions over them.";
  let description = [{
    As the encoding of a tensor it names the dynamic sizes, one entry per axis, a known size by itself; as an op's attribute it is a shape or a list of
    offsets that may differ from call to call without a new compilation. Evaluation has
    symbols for sizes of 2 and more alone; in a program from a file one may be 0 or 1 too.
    Example: `#mx.dims<s0, 4, "(s0 * s1)">`.
  }];
  let parameters = (ins ArrayRefParameter<"::mx::ir::Dim">:$dims);
  let hasCustomAssemblyFormat = 1;
}

// One storage, two meanings. A shape takes part in the grouping of equal sizes; offsets are plain run-time
// arguments: a new value never compiles anything.
def Mx_ShapeAttr   : TypedAttrBase<NoneType, "DimsAttr", CPred<"::llvm::isa<::mx::ir::DimsAttr>($_self)">, "sizes"> {
  let storageType = "::mx::ir::DimsAttr"; let returnType = "::llvm::ArrayRef<::mx::ir::Dim>"; let convertFromStorage = "$_self.getDims()";
  let constBuilderCall = "::mx::ir::DimsAttr::get($_builder.getContext(), $0)";
}
def Mx_OffsetsAttr : TypedAttrBase<NoneType, "DimsAttr", CPred<"::llvm::isa<::mx::ir::DimsAttr>($_self)">, "offsets"> {
  let storageType = "::mx::ir::DimsAttr"; let returnType = "::llvm::ArrayRef<::mx::ir::Dim>"; let convertFromStorage = "$_self.getDims()";
  let constBuilderCall = "::mx::ir::DimsAttr::get($_builder.getContext(), $0)";
}
def Mx_DtypeAttr : TypeAttrBase<"::mlir::Type", "element type">;

#endif
