// Sizes at the edges: nothing to compute, a single element, a program that only passes its input on, sums of nothing.
// RUN: split-file %s %t
// RUN: mxc %t/empty.mlir --target=spirv:vulkan1.2 --compile-to=tiled | FileCheck %t/empty.mlir
// RUN: mxc %t/empty.mlir --target=spirv:vulkan1.2 --emit=spirv -o %t.spv && spirv-val --target-env vulkan1.2 %t.spv
// RUN: mxc %t/scalar.mlir --target=spirv:vulkan1.2 --compile-to=tiled | FileCheck %t/scalar.mlir
// RUN: mxc %t/scalar.mlir --target=spirv:vulkan1.2 --emit=spirv -o %t.spv && spirv-val --target-env vulkan1.2 %t.spv
// RUN: mxc %t/copy.mlir --target=spirv:vulkan1.2 --emit=spirv -o %t.spv && spirv-val --target-env vulkan1.2 %t.spv
// RUN: mxc %t/copy.mlir --target=x86-64 --emit=obj -o %t.o
// RUN: mxc %t/nothing.mlir --target=spirv:vulkan1.2 --compile-to=tiled | FileCheck %t/nothing.mlir
// RUN: mxc %t/nothing.mlir --target=spirv:vulkan1.2 --emit=spirv -o %t.spv && spirv-val --target-env vulkan1.2 %t.spv

//--- empty.mlir
// CHECK: mxp.workgroups = #mx.dims<0>
func.func @f(%x: tensor<0x4xf32>) -> tensor<0x4xf32> {
  %0 = mx.exp %x : tensor<0x4xf32>
  return %0 : tensor<0x4xf32>
}

//--- scalar.mlir
// CHECK: mxp.workgroups = #mx.dims<1>
func.func @f(%x: tensor<f32>, %y: tensor<f32>) -> tensor<f32> {
  %0 = mx.add %x, %y : tensor<f32>, tensor<f32>
  return %0 : tensor<f32>
}

//--- copy.mlir
func.func @f(%x: tensor<4xf32>) -> tensor<4xf32> {
  return %x : tensor<4xf32>
}

//--- nothing.mlir
// Each of the four rows is written, though it has no element.
// CHECK: mxp.workgroups = #mx.dims<1>
// CHECK-SAME: workgroup_size = [64, 1, 1]
// CHECK: memref.store
func.func @f(%x: tensor<4x0xf32>) -> tensor<4xf32> {
  %0 = mx.sum %x {axes = array<i64: 1>, keepdims = false} : tensor<4x0xf32>
  return %0 : tensor<4xf32>
}
