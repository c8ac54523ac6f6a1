// Reductions in each shape: along the last axis, down columns, of everything, of a row too long for one workgroup.
// RUN: split-file %s %t
// RUN: mx-opt %t/columns.mlir --mx-to-core --mx-form-fusions --mx-outline-kernels --mx-lower-kernels-to-gpu | FileCheck %t/columns.mlir
// RUN: mxc %t/columns.mlir --target=spirv:lavapipe --compile-to=tiled | FileCheck %t/columns.mlir --check-prefix=RUNS
// RUN: mxc %t/columns.mlir --target=spirv:vulkan1.2 --emit=spirv -o %t.spv && spirv-val --target-env vulkan1.2 %t.spv
// RUN: mxc %t/wide.mlir --target=spirv:lavapipe --compile-to=tiled | FileCheck %t/wide.mlir
// RUN: mxc %t/wide.mlir --target=spirv:lavapipe --emit=spirv -o %t.spv && spirv-val --target-env vulkan1.2 %t.spv
// RUN: mx-opt %t/all.mlir --mx-to-core --mx-form-fusions --mx-outline-kernels --mx-lower-kernels-to-gpu | FileCheck %t/all.mlir
// RUN: mxc %t/all.mlir --target=spirv:vulkan1.2 --emit=spirv -o %t.spv && spirv-val --target-env vulkan1.2 %t.spv
// RUN: mx-opt %t/long.mlir --mx-to-core --mx-form-fusions --mx-outline-kernels --mx-lower-kernels-to-gpu | FileCheck %t/long.mlir
// RUN: mxc %t/long.mlir --target=spirv:vulkan1.2 --emit=spirv -o %t.spv && spirv-val --target-env vulkan1.2 %t.spv
// RUN: mx-opt %t/tail.mlir --mx-to-spirv | FileCheck %t/tail.mlir
// RUN: mx-opt %t/bools.mlir --mx-to-core --mx-form-fusions --mx-outline-kernels --mx-lower-kernels-to-gpu | FileCheck %t/bools.mlir
// RUN: mxc %t/bools.mlir --target=spirv:vulkan1.2,-GroupNonUniformShuffle --compile-to=tiled | FileCheck %t/bools.mlir --check-prefix=SHARED
// RUN: mxc %t/bools.mlir --target=spirv:vulkan1.2 --emit=spirv -o %t.spv && spirv-val --target-env vulkan1.2 %t.spv
// RUN: mxc %t/many.mlir --target=spirv:vulkan1.2 --compile-to=tiled | FileCheck %t/many.mlir
// RUN: mxc %t/many.mlir --target=spirv:vulkan1.2 --emit=spirv -o %t.spv && spirv-val --target-env vulkan1.2 %t.spv

//--- columns.mlir
// Each invocation adds one column, in blocks of 256 rows; nothing is shared.
// CHECK: gpu.func @k0()
// CHECK-SAME: mxp.loop_iterations = #mx.dims<1028>
// CHECK-SAME: mxp.workgroups = #mx.dims<3>
// CHECK-NOT: memref.alloc
// CHECK: scf.for
// CHECK: scf.for
// CHECK: {mxp.max_trips = #mx.dims<256>}
// CHECK: {mxp.max_trips = #mx.dims<4>}
// A processor is full with a quarter of the invocations, each with four columns.
// RUNS: mxp.workgroups = #mx.dims<1>
// RUNS: scf.for {{.*}} -> (vector<4xf32>)
// RUNS: memref.load {{.*}} : memref<?xvector<4xf32>>
// RUNS: memref.store {{.*}} : memref<?xvector<4xf32>>
func.func @f(%x: tensor<1000x300xf32>) -> tensor<300xf32> {
  %0 = mx.sum %x {axes = array<i64: 0>, keepdims = false} : tensor<1000x300xf32>
  return %0 : tensor<300xf32>
}

//--- wide.mlir
// On a processor an invocation has 16 columns of many, loaded eight at a time.
// CHECK: gpu.func @k0() {{.*}}mxp.workgroups = #mx.dims<4>
// CHECK: scf.for {{.*}} -> (vector<4xf32>, vector<4xf32>, vector<4xf32>, vector<4xf32>)
// CHECK-COUNT-2: memref.load {{.*}} : memref<?xvector<4xi64>>
// CHECK-NOT: memref.load
// CHECK-COUNT-4: memref.store {{.*}} : memref<?xvector<4xf32>>
func.func @f(%x: tensor<1000x2048xf32>) -> tensor<2048xf32> {
  %0 = mx.sum %x {axes = array<i64: 0>, keepdims = false} : tensor<1000x2048xf32>
  return %0 : tensor<2048xf32>
}

//--- all.mlir
// Blocks of 16 rows of 1,000 go to workgroups of their own; a second entry adds their totals in order.
// CHECK: gpu.func @k0_partial()
// CHECK-SAME: mxp.buffers = 4
// CHECK-SAME: mxp.inputs = 2
// CHECK-SAME: mxp.scratch_bytes = #mx.dims<512>
// CHECK-SAME: mxp.workgroups = #mx.dims<63>
// CHECK: gpu.func @k0_total()
// CHECK-SAME: mxp.workgroups = #mx.dims<1>
func.func @f(%x: tensor<1000x1000xf32>, %y: tensor<1000x1000xf32>) -> tensor<f32> {
  %0 = mx.multiply %x, %y : tensor<1000x1000xf32>, tensor<1000x1000xf32>
  %1 = mx.sum %0 {axes = array<i64: 0, 1>, keepdims = false} : tensor<1000x1000xf32>
  return %1 : tensor<f32>
}

//--- long.mlir
// A softmax over rows that would run too many iterations: an entry of block totals and one of totals for each of its two
// reductions, one that stores.
// CHECK: gpu.func @k0_partial1()
// CHECK-SAME: mxp.workgroups = #mx.dims<512>
// CHECK: gpu.func @k0_total1()
// CHECK: gpu.func @k0_partial2()
// CHECK: gpu.func @k0_total2()
// CHECK: gpu.func @k0_full()
// CHECK-SAME: mxp.loop_iterations = #mx.dims<256>
func.func @f(%x: tensor<2x4194304xf32>) -> tensor<2x4194304xf32> {
  %0 = mx.max %x {axes = array<i64: 1>, keepdims = true} : tensor<2x4194304xf32>
  %1 = mx.subtract %x, %0 : tensor<2x4194304xf32>, tensor<2x1xf32>
  %2 = mx.exp %1 : tensor<2x4194304xf32>
  %3 = mx.sum %2 {axes = array<i64: 1>, keepdims = true} : tensor<2x4194304xf32>
  %4 = mx.divide %2, %3 : tensor<2x4194304xf32>, tensor<2x1xf32>
  return %4 : tensor<2x4194304xf32>
}

//--- tail.mlir
// One invocation runs an iteration of the remainder's loop, which adds to lane 0 of its sums: those of the others stay what
// they were before it.
// CHECK: %[[SUM:.*]] = spirv.CompositeExtract {{.*}} : vector<4xf32>
// CHECK: spirv.mlir.loop {
// CHECK-NEXT: spirv.Branch ^bb1(%{{.*}}, %[[SUM]] : i32, f32)
// CHECK: spirv.mlir.merge
// CHECK: %[[AFTER:.*]] = spirv.Load "Function"
// CHECK: spirv.Select %{{.*}}, %[[AFTER]], %[[SUM]] : i1, f32
func.func @f(%x: tensor<4x65xf32>) -> tensor<4xf32> {
  %0 = mx.sum %x {axes = array<i64: 1>, keepdims = false} : tensor<4x65xf32>
  return %0 : tensor<4xf32>
}

//--- bools.mlir
// Bools are shuffled, and meet in shared memory, as 32-bit integers, and are bytes in the result.
// CHECK: gpu.shuffle xor {{.*}} : i32
// SHARED: memref.alloc() : memref<64xi32, #spirv.storage_class<Workgroup>>
// CHECK: memref.store %{{.*}} : memref<?xi8>
func.func @f(%x: tensor<100x70xi32>) -> tensor<100xi1> {
  %0 = mx.any %x {axes = array<i64: 1>, keepdims = false} : tensor<100x70xi32>
  return %0 : tensor<100xi1>
}

//--- many.mlir
// More blocks than one pass adds: three passes hand the totals on.
// CHECK: gpu.func @k0_total() {{.*}}mxp.loop_iterations = #mx.dims<32768>{{.*}}mxp.passes = #mx.dims<3>
// CHECK: mxp.pass
func.func @f(%x: tensor<20000000x3xf32>) -> tensor<3xf32> {
  %0 = mx.sum %x {axes = array<i64: 0>, keepdims = false} : tensor<20000000x3xf32>
  return %0 : tensor<3xf32>
}
