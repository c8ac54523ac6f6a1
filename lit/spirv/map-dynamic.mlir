// Sizes that are known at the call come from the buffer after the operands; invocations beyond the last element read a
// legal one and store nothing.
// RUN: mx-opt %s --mx-to-core --mx-form-fusions --mx-outline-kernels --mx-lower-kernels-to-gpu | FileCheck %s --check-prefix=TILED
// RUN: mxc %s --target=spirv:vulkan1.2 --emit=spvasm | FileCheck %s
// RUN: mxc %s --target=spirv:vulkan1.2 --emit=spirv -o %t.spv && spirv-val --target-env vulkan1.2 %t.spv

// TILED: gpu.func @k0() kernel attributes
// TILED-SAME: mxp.scalars = #mx.dims<"((s0 + 511) floordiv 512)", "(s0 - 1)", s0>
// TILED-SAME: mxp.workgroups = #mx.dims<"((s0 + 511) floordiv 512)">
// TILED: gpu.grid_dim x
// TILED: scf.if
// TILED: scf.if %{{.*}} {
// TILED-NEXT: memref.store

// CHECK-DAG: OpDecorate %k0_arg_3 Binding 3
// CHECK-DAG: OpDecorate %k0_arg_3 NonWritable
// CHECK-DAG: %k0_arg_3 = OpVariable %{{.*}} StorageBuffer
func.func @f(%x: tensor<?xf32, #mx.dims<s0>>, %y: tensor<?xf32, #mx.dims<s0>>) -> tensor<?xf32, #mx.dims<s0>> {
  %0 = mx.tanh %x : tensor<?xf32, #mx.dims<s0>>
  %1 = mx.multiply %0, %y : tensor<?xf32, #mx.dims<s0>>, tensor<?xf32, #mx.dims<s0>>
  return %1 : tensor<?xf32, #mx.dims<s0>>
}
