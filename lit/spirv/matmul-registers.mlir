// Products without shared memory: how each operand is read, edges, and what a config may ask for.
// RUN: split-file %s %t
// RUN: mxc %t/edges.mlir --target=spirv:lavapipe --compile-to=tiled | FileCheck %t/edges.mlir
// RUN: mxc %t/edges.mlir --target=spirv:lavapipe --emit=spirv -o %t.spv && spirv-val --target-env vulkan1.2 %t.spv
// RUN: mxc %t/transposed.mlir --target=spirv:lavapipe --compile-to=tiled | FileCheck %t/transposed.mlir
// RUN: mxc %t/transposed.mlir --target=spirv:lavapipe --emit=spirv -o %t.spv && spirv-val --target-env vulkan1.2 %t.spv
// RUN: mxc %t/odd.mlir --target=spirv:lavapipe --compile-to=tiled | FileCheck %t/odd.mlir
// RUN: mxc %t/column.mlir --target=spirv:lavapipe --compile-to=tiled | FileCheck %t/column.mlir
// RUN: mxc %t/edges.mlir --target=spirv:lavapipe,-GroupNonUniformShuffle --compile-to=tiled | FileCheck %t/column.mlir
// RUN: mx-opt %t/pinned.mlir --mx-lower-kernels-to-gpu | FileCheck %t/pinned.mlir
// RUN: mx-opt %t/pinned.mlir --mx-lower-kernels-to-gpu --mx-lower-gpu-entries | FileCheck %t/pinned.mlir --check-prefix=SPIRV
// RUN: not mx-opt %t/refused.mlir --mx-lower-kernels-to-gpu 2>&1 | FileCheck %t/refused.mlir

//--- edges.mlir
// 30 = 7 x 4 + 2: two k are left for a loop of their own. Columns beyond the last read the last pair.
// CHECK: gpu.func @k0()
// CHECK-SAME: mxp.loop_iterations = #mx.dims<10>
// CHECK-SAME: mxp.workgroups = #mx.dims<14>
// CHECK: arith.minsi
// CHECK: scf.for
// CHECK: memref.load %{{.*}} : memref<?xvector<4xi64>>
// CHECK: scf.for
// CHECK: {mxp.max_trips = #mx.dims<3>}
// CHECK: scf.if
// CHECK: memref.store %{{.*}} : memref<?xvector<4xf32>>
func.func @f(%a: tensor<100x30xf32>, %b: tensor<30x72xf32>) -> tensor<100x72xf32> {
  %0 = mx.matmul %a, %b : tensor<100x30xf32>, tensor<30x72xf32>
  return %0 : tensor<100x72xf32>
}

//--- transposed.mlir
// Both operands are read along their rows: the left one by runs of its columns, the right one by runs of k.
// CHECK: scf.for
// CHECK-COUNT-2: memref.load %{{.*}} : memref<?xvector<4xf32>>
// CHECK-NOT: memref.load
// CHECK: gpu.shuffle
// CHECK-COUNT-8: memref.load %{{.*}} : memref<?xvector<4xf32>>
// CHECK-NOT: memref.load
// CHECK: math.fma
func.func @f(%a: tensor<64x128xf32>, %b: tensor<256x64xf32>) -> tensor<128x256xf32> {
  %0 = mx.transpose %a {axes = array<i64: 1, 0>} : tensor<64x128xf32>
  %1 = mx.transpose %b {axes = array<i64: 1, 0>} : tensor<256x64xf32>
  %2 = mx.matmul %0, %1 : tensor<128x64xf32>, tensor<64x256xf32>
  return %2 : tensor<128x256xf32>
}

//--- odd.mlir
// Rows that are no whole vectors: elements, each at a legal column, each stored where it is inside.
// CHECK: arith.minsi %{{.*}} : vector<4xindex>
// CHECK: scf.for
// CHECK: memref.load %{{.*}} : memref<?xf32>
// CHECK: scf.if
// CHECK-NEXT: memref.store %{{.*}} : memref<?xf32>
func.func @f(%a: tensor<64x64xf32>, %b: tensor<64x70xf32>) -> tensor<64x70xf32> {
  %0 = mx.matmul %a, %b : tensor<64x64xf32>, tensor<64x70xf32>
  return %0 : tensor<64x70xf32>
}

//--- column.mlir
// Shared memory: there are no columns for the invocations of a subgroup, or no shuffles.
// CHECK: memref.alloc
// CHECK-NOT: gpu.shuffle
func.func @f(%a: tensor<64x64xf32>, %b: tensor<64x1xf32>) -> tensor<64x1xf32> {
  %0 = mx.matmul %a, %b : tensor<64x64xf32>, tensor<64x1xf32>
  return %0 : tensor<64x1xf32>
}

//--- pinned.mlir
// A subgroup of 32 with 8 rows and one vector of columns each, though the device prefers shared memory.
// CHECK: mxp.workgroups = #mx.dims<16>
// CHECK-SAME: workgroup_size = [32, 1, 1]
// CHECK-NOT: memref.alloc
// CHECK-COUNT-32: math.fma {{.*}} : vector<4xf32>
// CHECK-NOT: math.fma
// SPIRV: spirv.GroupNonUniformShuffle <Subgroup>
mxp.kernel @k0 "matmul" (%a: tensor<64x64xf32>, %b: tensor<64x256xf32>) -> (tensor<64x256xf32>) attributes {config = {shared = 0, rows = 8, cols = 4}} {
  %0 = mx.matmul %a, %b : tensor<64x64xf32>, tensor<64x256xf32>
  mx.yield %0 : tensor<64x256xf32>
}

//--- refused.mlir
// CHECK: matmul config: without shared memory cols are a multiple of 4
mxp.kernel @k0 "matmul" (%a: tensor<64x64xf32>, %b: tensor<64x256xf32>) -> (tensor<64x256xf32>) attributes {config = {shared = 0, cols = 6}} {
  %0 = mx.matmul %a, %b : tensor<64x64xf32>, tensor<64x256xf32>
  mx.yield %0 : tensor<64x256xf32>
}
