// A softmax is one kernel: a workgroup of 64 runs a row, its totals meet in shared memory in a fixed order, and every loop
// has a bound.
// RUN: mx-opt %s --mx-to-core --mx-form-fusions --mx-outline-kernels --mx-lower-kernels-to-gpu | FileCheck %s --check-prefix=TILED
// RUN: mxc %s --target=spirv:vulkan1.2 --emit=spvasm | FileCheck %s
// RUN: mxc %s --target=spirv:vulkan1.2 --emit=spirv -o %t.spv && spirv-val --target-env vulkan1.2 %t.spv

// Two passes of 1000 / 64 steps with up to 4 for the remainder, and one that stores.
// TILED: gpu.func @k0() kernel attributes
// TILED-SAME: mxp.loop_iterations = #mx.dims<56>
// TILED-SAME: mxp.workgroups = #mx.dims<512>
// TILED-SAME: workgroup_size = [64, 1, 1]
// TILED: memref.alloc() : memref<64xf32, #spirv.storage_class<Workgroup>>
// TILED: scf.for
// TILED: arith.cmpf olt
// TILED: {mxp.max_trips = #mx.dims<16>}
// TILED: {mxp.max_trips = #mx.dims<4>}
// TILED: gpu.barrier
// TILED: gpu.barrier
// TILED: scf.for
// TILED: gpu.barrier
// TILED: arith.divf
// TILED: memref.store
// TILED-NOT: gpu.func

// CHECK: OpDecorate %{{[0-9]+}} NoContraction
// CHECK: OpVariable %{{.*}} Workgroup
// CHECK: OpLoopMerge
// CHECK: OpControlBarrier
// CHECK: OpFDiv
func.func @f(%x: tensor<512x1000xf32>) -> tensor<512x1000xf32> {
  %0 = mx.max %x {axes = array<i64: 1>, keepdims = true} : tensor<512x1000xf32>
  %1 = mx.subtract %x, %0 : tensor<512x1000xf32>, tensor<512x1xf32>
  %2 = mx.exp %1 : tensor<512x1000xf32>
  %3 = mx.sum %2 {axes = array<i64: 1>, keepdims = true} : tensor<512x1000xf32>
  %4 = mx.divide %2, %3 : tensor<512x1000xf32>, tensor<512x1xf32>
  return %4 : tensor<512x1000xf32>
}
