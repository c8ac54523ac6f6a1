// Products of dynamic sizes, batched, with a transposed operand of another dtype: edges read legal elements, k beyond the last
// adds zeros, nothing outside is stored.
// RUN: mx-opt %s --mx-to-core --mx-form-fusions --mx-outline-kernels --mx-lower-kernels-to-gpu | FileCheck %s
// RUN: mxc %s --target=spirv:vulkan1.2 --emit=spirv -o %t.spv && spirv-val --target-env vulkan1.2 %t.spv
// RUN: mxc %s --target=spirv:lavapipe --emit=spirv -o %t.spv && spirv-val --target-env vulkan1.2 %t.spv

// CHECK: gpu.func @k0()
// CHECK-SAME: mxp.loop_iterations = #mx.dims<"{{.*}}s2
// CHECK: scf.for
// CHECK: arith.select
// CHECK: scf.if
// CHECK: memref.store
!a = tensor<?x?x?xf32, #mx.dims<s0, s1, s2>>
!b = tensor<?x?x?xf16, #mx.dims<s0, s3, s2>>
!t = tensor<?x?x?xf16, #mx.dims<s0, s2, s3>>
!c = tensor<?x?x?xf32, #mx.dims<s0, s1, s3>>
func.func @f(%a: !a, %b: !b) -> !c {
  %0 = mx.transpose %b {axes = array<i64: 0, 2, 1>} : !b
  %1 = mx.matmul %a, %0 : !a, !t
  return %1 : !c
}
