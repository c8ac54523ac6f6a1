// Elements of 8 and 16 bits on devices that access whole words alone: part of a word is read, whole words are written where an
// invocation has all of their elements, and a single one is put into its word by two atomics.
// RUN: split-file %s %t
// RUN: mxc %t/bools.mlir --target=spirv:vulkan1.2,-StorageBuffer8BitAccess --emit=spirv -o %t.spv && spirv-val --target-env vulkan1.2 %t.spv
// RUN: mxc %t/bools.mlir --target=spirv:vulkan1.2,-StorageBuffer8BitAccess,-Int8 --emit=spirv -o %t.spv && spirv-val --target-env vulkan1.2 %t.spv
// RUN: mxc %t/halves.mlir --target=spirv:vulkan1.2,-StorageBuffer16BitAccess,-Int16 --emit=spirv -o %t.spv && spirv-val --target-env vulkan1.2 %t.spv
// RUN: mxc %t/halves.mlir --target=spirv:lavapipe,-Float16 --emit=spirv -o %t.spv && spirv-val --target-env vulkan1.2 %t.spv
// RUN: mxc %t/bytes.mlir --target=spirv:vulkan1.2,-StorageBuffer8BitAccess --emit=spirv -o %t.spv && spirv-val --target-env vulkan1.2 %t.spv
// RUN: mxc %t/bools.mlir --target=spirv:vulkan1.2,-StorageBuffer8BitAccess,-Int8 --emit=spvasm | FileCheck %t/bools.mlir
// RUN: mxc %t/halves.mlir --target=spirv:vulkan1.2,-StorageBuffer16BitAccess,-Int16 --emit=spvasm | FileCheck %t/halves.mlir
// RUN: mxc %t/bytes.mlir --target=spirv:vulkan1.2,-StorageBuffer8BitAccess --emit=spvasm | FileCheck %t/bytes.mlir

//--- bools.mlir
// 1,001 are 250 words and one element left.
// CHECK-NOT: OpCapability Int8
// CHECK-NOT: OpTypeInt 8
// CHECK: OpShiftLeftLogical
// CHECK: OpBitwiseOr
// CHECK: OpStore
// CHECK: OpAtomicAnd
// CHECK: OpAtomicOr
func.func @f(%x: tensor<1001xi1>) -> tensor<1001xi1> {
  %0 = mx.logical_not %x : tensor<1001xi1>
  return %0 : tensor<1001xi1>
}

//--- halves.mlir
// Four halves are two words.
// CHECK-NOT: OpTypeInt 16
// CHECK: OpTypeVector %uint 2
// CHECK-NOT: OpAtomic
func.func @f(%x: tensor<64xf16>) -> tensor<64xf16> {
  %0 = mx.multiply %x, %x : tensor<64xf16>, tensor<64xf16>
  return %0 : tensor<64xf16>
}

//--- bytes.mlir
// Arithmetic stays in bytes.
// CHECK: OpCapability Int8
// CHECK-NOT: StorageBuffer8BitAccess
// CHECK: OpIMul %v4uchar
func.func @f(%x: tensor<64xi8>) -> tensor<64xi8> {
  %0 = mx.multiply %x, %x : tensor<64xi8>, tensor<64xi8>
  return %0 : tensor<64xi8>
}
