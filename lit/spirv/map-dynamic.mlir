// Sizes that are known at the call are push constants, a 32-bit word each. Runs of four elements that are all there move
// as vectors; the elements after the last of them are the first invocations', one each.
// RUN: mx-opt %s --mx-to-core --mx-form-fusions --mx-outline-kernels --mx-lower-kernels-to-gpu | FileCheck %s --check-prefix=TILED
// RUN: mxc %s --target=spirv:vulkan1.2 --emit=spvasm | FileCheck %s
// RUN: mxc %s --target=spirv:vulkan1.2 --emit=spirv -o %t.spv && spirv-val --target-env vulkan1.2 %t.spv

// TILED: gpu.func @k0() kernel attributes
// TILED-SAME: mxp.loop_iterations = #mx.dims<3>
// TILED-SAME: mxp.scalars = #mx.dims<"((s0 + 1023) floordiv 1024)", "(s0 floordiv 4)", s0>
// TILED-SAME: mxp.workgroups = #mx.dims<"((s0 + 1023) floordiv 1024)">
// TILED: gpu.grid_dim x
// TILED: scf.if
// TILED: scf.for
// TILED: memref.load {{.*}} : memref<?xvector<4xf32>>
// TILED: memref.store {{.*}} : memref<?xvector<4xf32>>
// TILED: {mxp.max_trips = #mx.dims<2>}
// TILED: scf.for
// TILED: memref.load {{.*}} : memref<?xf32>
// TILED: memref.store {{.*}} : memref<?xf32>
// TILED: {mxp.max_trips = #mx.dims<1>}

// CHECK-DAG: OpDecorate %k0_operand0 Binding 0
// CHECK-DAG: OpDecorate %k0_operand0_ Binding 0
// CHECK-DAG: OpDecorate %_arr_uint_uint_3 ArrayStride 4
// CHECK: %[[BLOCK:_struct_[0-9]+]] = OpTypeStruct %_arr_uint_uint_3
// CHECK: %k0_constants = OpVariable %_ptr_PushConstant_[[BLOCK]] PushConstant
// CHECK: OpAccessChain %_ptr_PushConstant_uint %k0_constants %uint_0 %uint_2
func.func @f(%x: tensor<?xf32, #mx.dims<s0>>, %y: tensor<?xf32, #mx.dims<s0>>) -> tensor<?xf32, #mx.dims<s0>> {
  %0 = mx.tanh %x : tensor<?xf32, #mx.dims<s0>>
  %1 = mx.multiply %0, %y : tensor<?xf32, #mx.dims<s0>>, tensor<?xf32, #mx.dims<s0>>
  return %1 : tensor<?xf32, #mx.dims<s0>>
}
