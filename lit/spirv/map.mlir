// An element-wise kernel is straight-line code for a run of four elements of each invocation: broadcasts and views become
// index arithmetic, exp a polynomial whose every operation stands as written. Runs move as vectors, what is read at another
// step element by element. The last workgroup has fewer runs, so they lie inside a loop.
// RUN: mx-opt %s --mx-to-core --mx-form-fusions --mx-outline-kernels --mx-lower-kernels-to-gpu | FileCheck %s --check-prefix=TILED
// RUN: mxc %s --target=spirv:vulkan1.2 --emit=spvasm | FileCheck %s
// RUN: mx-opt %s --mx-to-spirv | FileCheck %s --check-prefix=EXACT
// RUN: mxc %s --target=spirv:vulkan1.2 --emit=spirv -o %t.spv && spirv-val --target-env vulkan1.2 %t.spv

// TILED: module attributes {gpu.container_module, spirv.target_env = #spirv.target_env<#spirv.vce<v1.5
// TILED: gpu.func @k0() kernel attributes
// TILED-SAME: mxp.buffers = 3
// TILED-SAME: mxp.inputs = 2
// TILED-SAME: mxp.loop_iterations = #mx.dims<1>
// TILED-SAME: mxp.scalars = #mx.dims<>
// TILED-SAME: mxp.workgroups = #mx.dims<32>
// TILED-SAME: workgroup_size = [128, 1, 1]
// TILED: scf.for
// TILED-COUNT-4: memref.load {{.*}} : memref<?xf32>
// TILED-NOT: memref.load {{.*}} : memref<?xf32>
// TILED: memref.load {{.*}} : memref<?xvector<4xf32>>
// TILED: memref.store {{.*}} : memref<?xvector<4xf32>>
// TILED-NOT: memref.store
// TILED: gpu.return

// CHECK: OpEntryPoint GLCompute %k0 "k0"
// CHECK-DAG: OpExecutionMode %k0 LocalSize 128 1 1
// CHECK-DAG: OpExecutionMode %k0 SignedZeroInfNanPreserve 32
// CHECK-DAG: OpDecorate %k0_operand0 Binding 0
// CHECK-DAG: OpDecorate %k0_operand0 NonWritable
// CHECK-DAG: OpDecorate %k0_operand0 Aliased
// CHECK-DAG: OpDecorate %k0_operand1 Binding 1
// CHECK-DAG: OpDecorate %k0_operand2 Binding 2
// CHECK-DAG: OpDecorate %k0_operand2 DescriptorSet 0
// CHECK-DAG: OpDecorate %_runtimearr_v4float{{.*}} ArrayStride 16
// CHECK-NOT: OpDecorate %k0_operand2 NonWritable
// CHECK: OpDecorate %{{[0-9]+}} NoContraction
// CHECK: OpFAdd
// CHECK: OpStore

// EXACT: spirv.module
// EXACT-NOT: spirv.{{(FAdd|FSub|FMul|FDiv|FNegate|GL.Fma) [^{]*$}}
// EXACT: spirv.FAdd {{.*}} {no_contraction} : vector<4xf32>
// EXACT-NOT: spirv.{{(FAdd|FSub|FMul|FDiv|FNegate|GL.Fma) [^{]*$}}
// EXACT: spirv.EntryPoint
func.func @f(%x: tensor<16x1000xf32>, %y: tensor<16xf32>) -> tensor<1000x16xf32> {
  %0 = mx.exp %x : tensor<16x1000xf32>
  %1 = mx.transpose %0 {axes = array<i64: 1, 0>} : tensor<16x1000xf32>
  %2 = mx.add %1, %y : tensor<1000x16xf32>, tensor<16xf32>
  return %2 : tensor<1000x16xf32>
}
