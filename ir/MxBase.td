// What every mx op record is made of. Beside the fields stock mlir-tblgen reads, an Mx_Op carries plain
// fields that ir/opgen.py turns into the MLIR-free op table (OpTable.inc): the single definition of an op.
#ifndef MX_BASE
#define MX_BASE

include "mlir/IR/OpBase.td"
include "mlir/IR/AttrTypeBase.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Mx_Dialect : Dialect {
  let name = "mx";
  let cppNamespace = "::mx::ir";
  let summary = "Tensor programs traced from mx::array.";
  let description = [{
    Values are ranked tensors. A size that is not known at compile time is `?` in the type and named in the
    tensor's encoding, `tensor<?x4xf32, #mx.dims<s0, 4>>`: two dims with one name are the same size. Unsigned
    integers are `ui8` ... `ui64`, signed ones signless `i8` ... `i64`, booleans `i1`.
  }];
  let useDefaultAttributePrinterParser = 1;
  let dependentDialects = [];
}

// Result types come from the op table (ir/shape), never from per-op code.
def TableInferred : NativeOpTrait<"TableInferred"> { let cppNamespace = "::mx::ir"; }

// How vmap treats an op. `Custom`: frontend defines vmap_<mnemonic>. `None`: the op cannot be mapped.
class Mx_Batch<string rule> { string name = rule; }
def BatchElementwise : Mx_Batch<"Elementwise">;
def BatchCustom      : Mx_Batch<"Custom">;
def BatchNone        : Mx_Batch<"None">;

// How an element-wise op computes: the common dtype its operands are cast to, and its result's.
class Mx_DtypeRule<string rule> { string name = rule; }
def DtypeNone    : Mx_DtypeRule<"None">;     // not element-wise: the shape rule says it
def DtypePromote : Mx_DtypeRule<"Promote">;  // promoted -> same
def DtypeFloat   : Mx_DtypeRule<"Float">;    // promoted, integers to float32 -> same
def DtypeCompare : Mx_DtypeRule<"Compare">;  // promoted -> bool
def DtypeLogical : Mx_DtypeRule<"Logical">;  // bool -> bool
def DtypeBits    : Mx_DtypeRule<"Bits">;     // promoted, integers and bool only -> same
def DtypeSelect  : Mx_DtypeRule<"Select">;   // operand 0 bool, the others promoted -> same
def DtypeCast    : Mx_DtypeRule<"Cast">;     // attribute `dtype`

// Scalar body: the arith/math op per element class; "" means that codegen/lowering/ScalarBodies.cpp has it.
class Mx_Scalar<string f, string s, string u, string b> {
  string onFloat = f; string onSigned = s; string onUnsigned = u; string onBool = b;
}
def Mx_NoScalar : Mx_Scalar<"", "", "", "">;

class Mx_Op<string mnemonic, string family_, list<Trait> traits = []>
    : Op<Mx_Dialect, mnemonic, traits # [Pure, InferTypeOpInterface, TableInferred]> {
  string family = family_;            // file name that holds this op in every layer
  string shapeRule = mnemonic;        // ir/shape: infer_<shapeRule>
  string api = mnemonic;              // public C++ name; "" = not public
  bit differentiable = 1;             // frontend defines vjp_<mnemonic>
  Mx_Batch batch = BatchCustom;
  Mx_DtypeRule dtypeRule = DtypeNone;
  Mx_Scalar scalar = Mx_NoScalar;

  // A dynamic size is compatible with any: the table may know less, or more, than the type says.
  let extraClassDeclaration = [{
    static bool isCompatibleReturnTypes(::mlir::TypeRange l, ::mlir::TypeRange r) { return ::mx::ir::compatibleTypes(l, r); }
  }];
}

#endif
