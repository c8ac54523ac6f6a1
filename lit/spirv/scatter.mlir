// Scatters: the operand is copied, then every column of the window walks all updates in their order, in passes where they
// are many; where columns are few, each of several invocations applies those of its own rows. What an update is combined with is read where the index is known to be in range, never before.
// RUN: split-file %s %t
// RUN: mxc %t/add.mlir --target=spirv:vulkan1.2 --compile-to=tiled | FileCheck %t/add.mlir
// RUN: mxc %t/add.mlir --target=spirv:lavapipe --compile-to=tiled | FileCheck %t/add.mlir --check-prefix=ALONE
// RUN: mxc %t/add.mlir --target=spirv:vulkan1.2 --emit=spirv -o %t.spv && spirv-val --target-env vulkan1.2 %t.spv
// RUN: mxc %t/add.mlir --target=spirv:vulkan1.2,by-address --emit=spirv -o %t.spv && spirv-val --target-env vulkan1.2 %t.spv
// RUN: mxc %t/many.mlir --target=spirv:vulkan1.2 --compile-to=tiled | FileCheck %t/many.mlir
// RUN: mxc %t/many.mlir --target=spirv:vulkan1.2 --emit=spirv -o %t.spv && spirv-val --target-env vulkan1.2 %t.spv
// RUN: mxc %t/many.mlir --target=spirv:vulkan1.2,by-address --emit=spirv -o %t.spv && spirv-val --target-env vulkan1.2 %t.spv
// RUN: mxc %t/axis.mlir --target=spirv:vulkan1.2 --compile-to=tiled | FileCheck %t/axis.mlir
// RUN: mxc %t/axis.mlir --target=spirv:vulkan1.2 --emit=spirv -o %t.spv && spirv-val --target-env vulkan1.2 %t.spv
// RUN: mxc %t/axis.mlir --target=spirv:vulkan1.2,by-address --emit=spirv -o %t.spv && spirv-val --target-env vulkan1.2 %t.spv

//--- add.mlir
// CHECK: gpu.func @k0_init() {{.*}}mxp.workgroups = #mx.dims<5>
// CHECK: gpu.func @k0_update() {{.*}}mxp.loop_iterations = #mx.dims<20>{{.*}}mxp.workgroups = #mx.dims<10>
// CHECK: %[[OWN:.*]] = arith.divui
// CHECK: scf.for
// CHECK: memref.load {{.*}} : memref<?xi32>
// CHECK: %[[ROW:.*]] = arith.remui
// CHECK: arith.cmpi eq, %[[ROW]], %[[OWN]]
// CHECK: scf.if
// CHECK-NEXT: memref.load
// CHECK-NEXT: arith.addf
// CHECK-NEXT: memref.store
// ALONE: gpu.func @k0_update() {{.*}}mxp.workgroups = #mx.dims<1>
func.func @f(%x: tensor<10x60xf32>, %u: tensor<20x1x60xf32>, %i: tensor<20xi32>) -> tensor<10x60xf32> {
  %0 = mx.scatter %x, %u, %i {axes = array<i64: 0>, mode = "add"} : tensor<10x60xf32>, tensor<20x1x60xf32>, tensor<20xi32>
  return %0 : tensor<10x60xf32>
}

//--- many.mlir
// CHECK: gpu.func @k0_init() {{[^p]*}}mxp.buffers
// CHECK: gpu.func @k0_update() {{.*}}mxp.loop_iterations = #mx.dims<16384>{{.*}}mxp.passes = #mx.dims<7>
func.func @f(%x: tensor<4xf32>, %u: tensor<100000x1xf32>, %i: tensor<100000xui8>) -> tensor<4xf32> {
  %0 = mx.scatter %x, %u, %i {axes = array<i64: 0>, mode = "max"} : tensor<4xf32>, tensor<100000x1xf32>, tensor<100000xui8>
  return %0 : tensor<4xf32>
}

//--- axis.mlir
// CHECK: gpu.func @k0_update() {{.*}}mxp.loop_iterations = #mx.dims<9>{{.*}}mxp.workgroups = #mx.dims<1>
func.func @f(%x: tensor<4x5xi64>, %v: tensor<9x5xi64>, %i: tensor<9x5xi32>) -> tensor<4x5xi64> {
  %0 = mx.scatter_axis %x, %i, %v {axis = 0 : i64, mode = "set"} : tensor<4x5xi64>, tensor<9x5xi32>, tensor<9x5xi64>
  return %0 : tensor<4x5xi64>
}
