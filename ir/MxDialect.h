// The mx dialect in C++: types, attributes, op classes, and the bridge from MLIR values to the op table.
#pragma once

#include "ir/OpTable.h"

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/IR/TensorEncoding.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

namespace mx::ir {

/// Sizes by pointer identity in attribute storage.
inline llvm::hash_code hash_value(Dim d) { return llvm::hash_value(d.key()); }

llvm::LogicalResult inferFromTable(llvm::StringRef opName, mlir::MLIRContext *ctx, std::optional<mlir::Location> loc,
                                   mlir::ValueRange operands, mlir::DictionaryAttr attrs,
                                   llvm::SmallVectorImpl<mlir::Type> &results);
/// Dynamic sizes are compatible with any size; element type and rank are not negotiable.
bool compatibleTypes(mlir::TypeRange inferred, mlir::TypeRange actual);

/// Result types come from the op table. ODS keeps inherent attributes as properties; shape rules read a dictionary.
template <typename OpT> struct TableInferred : mlir::OpTrait::TraitBase<OpT, TableInferred> {
  static llvm::LogicalResult inferReturnTypes(mlir::MLIRContext *ctx, std::optional<mlir::Location> loc,
                                              mlir::ValueRange operands, mlir::DictionaryAttr attrs,
                                              mlir::OpaqueProperties props, mlir::RegionRange,
                                              llvm::SmallVectorImpl<mlir::Type> &results) {
    // The dependent condition delays the lookup until OpT is complete.
    if constexpr (OpT::template hasTrait<mlir::OpTrait::ZeroRegions>()) {
      using P = typename OpT::template InferredProperties<OpT>;
      if constexpr (!std::is_same_v<P, mlir::EmptyProperties>)
        if (props)
          attrs = llvm::cast<mlir::DictionaryAttr>(OpT::getPropertiesAsAttr(ctx, *props.as<P *>()));
    }
    return inferFromTable(OpT::getOperationName(), ctx, loc, operands, attrs, results);
  }
};

// --- Types ------------------------------------------------------------------------------------------------------

/// The MLIR element type of a dtype.
mlir::Type toElementType(mlir::MLIRContext *ctx, rt::DType dtype);
/// The dtype of an MLIR element type, nullopt when mx has none.
std::optional<rt::DType> toDType(mlir::Type type);
/// `tensor<?x4xf32, #mx.dims<s0, 4>>`; without an encoding when all sizes are constants.
mlir::RankedTensorType toTensorType(mlir::MLIRContext *ctx, const TensorType &type);
/// Sizes and dtype of a tensor type; an unnamed `?` gets a fresh symbol that equals nothing else.
TensorType fromTensorType(mlir::RankedTensorType type);
/// Sizes of a ranked tensor value.
Dims dimsOf(mlir::Value value);
/// What is wrong with a type whose `?` have no names, and what to write instead; empty when all sizes are known or named.
std::string unnamedSizes(mlir::RankedTensorType type);
rt::DType dtypeOf(mlir::Value value);

// --- Ops <-> table ----------------------------------------------------------------------------------------------

/// The table row of an operation, null for ops that have none (constant, composite, fusion, yield).
const OpRow *rowOf(mlir::Operation *op);
/// The op's attributes in the row's order.
Attrs attrsOf(mlir::Operation *op);
/// Builds the op `mx.<mnemonic>`; the result type comes from the table unless `resultType` names it.
mlir::Value createOp(mlir::OpBuilder &b, mlir::Location loc, OpKind kind, mlir::ValueRange operands, const Attrs &attrs = {},
                     mlir::RankedTensorType resultType = {});

} // namespace mx::ir

#include "ir/MxDialect.h.inc"
#define GET_ATTRDEF_CLASSES
#include "ir/MxAttrs.h.inc"
#define GET_OP_CLASSES
#include "ir/MxOps.h.inc"
