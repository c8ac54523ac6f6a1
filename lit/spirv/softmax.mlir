// A softmax is one kernel: 16 invocations of a subgroup run a row, four neighbouring columns at a time, and their totals
// meet by shuffles; every loop has a bound. Without shuffles a workgroup of 64 runs a row and meets in shared memory. Both
// add in one order.
// RUN: mxc %s --target=spirv:vulkan1.2 --compile-to=tiled | FileCheck %s --check-prefix=TILED
// RUN: mxc %s --target=spirv:vulkan1.2,-GroupNonUniformShuffle --compile-to=tiled | FileCheck %s --check-prefix=SHARED
// RUN: mxc %s --target=spirv:lavapipe --compile-to=tiled | FileCheck %s --check-prefix=NARROW
// RUN: mxc %s --target=spirv:vulkan1.2 --emit=spvasm | FileCheck %s
// RUN: mxc %s --target=spirv:vulkan1.2 --emit=spirv -o %t.spv && spirv-val --target-env vulkan1.2 %t.spv
// RUN: mxc %s --target=spirv:vulkan1.2,-GroupNonUniformShuffle --emit=spirv -o %t.spv && spirv-val --target-env vulkan1.2 %t.spv
// RUN: mxc %s --target=spirv:lavapipe --emit=spirv -o %t.spv && spirv-val --target-env vulkan1.2 %t.spv

// Four rows to a workgroup. Two passes of 1000 / 64 steps with up to 4 for the remainder, and one that stores.
// TILED: gpu.func @k0() kernel attributes
// TILED-SAME: mxp.loop_iterations = #mx.dims<54>
// TILED-SAME: mxp.workgroups = #mx.dims<128>
// TILED-SAME: workgroup_size = [64, 1, 1]
// TILED-NOT: memref.alloc
// TILED: gpu.lane_id
// TILED: gpu.subgroup_id
// TILED: scf.for
// TILED: memref.load {{.*}} : memref<?xvector<4xf32>>
// TILED: arith.cmpf olt
// TILED: {mxp.max_trips = #mx.dims<15>}
// TILED: {mxp.max_trips = #mx.dims<4>}
// TILED: gpu.shuffle xor
// TILED: gpu.shuffle idx
// TILED-NOT: gpu.barrier
// TILED: scf.for
// TILED: gpu.shuffle xor
// TILED: scf.for
// TILED: arith.divf
// TILED: memref.store {{.*}} : memref<?xvector<4xf32>>
// TILED-NOT: gpu.func

// SHARED: gpu.func @k0() kernel attributes
// SHARED-SAME: mxp.loop_iterations = #mx.dims<54>
// SHARED-SAME: mxp.workgroups = #mx.dims<512>
// SHARED-SAME: workgroup_size = [64, 1, 1]
// SHARED: memref.alloc() : memref<64xf32, #spirv.storage_class<Workgroup>>
// SHARED-NOT: gpu.shuffle
// SHARED: scf.for
// SHARED: arith.cmpf olt
// SHARED: {mxp.max_trips = #mx.dims<15>}
// SHARED: {mxp.max_trips = #mx.dims<4>}
// SHARED: gpu.barrier
// SHARED: gpu.barrier
// SHARED: scf.for
// SHARED: gpu.barrier
// SHARED: arith.divf
// SHARED: memref.store
// SHARED-NOT: gpu.func

// A subgroup of 8 is a team; each invocation keeps two vectors of sums, and a processor loads both at once.
// NARROW: gpu.func @k0() kernel attributes
// NARROW-SAME: mxp.workgroups = #mx.dims<64>
// NARROW: iter_args({{.*}}) -> (vector<4xf32>, vector<4xf32>)
// NARROW: memref.load {{.*}} : memref<?xvector<4xi64>>
// NARROW: memref.store {{.*}} : memref<?xvector<4xf32>>

// CHECK: OpCapability GroupNonUniformShuffle
// CHECK: OpEntryPoint GLCompute %k0 "k0"
// CHECK: BuiltIn SubgroupLocalInvocationId
// CHECK: OpDecorate %{{[0-9]+}} NoContraction
// CHECK: OpLoopMerge
// CHECK: OpGroupNonUniformShuffleXor
// CHECK: OpFDiv
func.func @f(%x: tensor<512x1000xf32>) -> tensor<512x1000xf32> {
  %0 = mx.max %x {axes = array<i64: 1>, keepdims = true} : tensor<512x1000xf32>
  %1 = mx.subtract %x, %0 : tensor<512x1000xf32>, tensor<512x1xf32>
  %2 = mx.exp %1 : tensor<512x1000xf32>
  %3 = mx.sum %2 {axes = array<i64: 1>, keepdims = true} : tensor<512x1000xf32>
  %4 = mx.divide %2, %3 : tensor<512x1000xf32>, tensor<512x1xf32>
  return %4 : tensor<512x1000xf32>
}
