// With checked indices a kernel has one operand more. Whoever finds an index out of range first claims it, by setting its
// first word, and writes index, size, position and the op's name.
// RUN: mxc %s --target=spirv:lavapipe,check-indices --compile-to=tiled | FileCheck %s
// RUN: mxc %s --target=spirv:lavapipe,check-indices --emit=spvasm | FileCheck %s --check-prefix=ASM
// RUN: mxc %s --target=spirv:lavapipe,check-indices --emit=spirv -o %t.spv && spirv-val --target-env vulkan1.2 %t.spv
// RUN: mxc %s --target=spirv:lavapipe,check-indices,by-address --emit=spirv -o %t.spv && spirv-val --target-env vulkan1.2 %t.spv
// RUN: mxc %s --target=spirv:lavapipe --compile-to=tiled | FileCheck %s --check-prefix=FREE

// CHECK: gpu.func @k0() {{.*}}mxp.buffers = 4
// CHECK: mxp.fail_if %{{.*}} of %{{.*}} "gather"
// FREE: mxp.buffers = 3
// FREE-NOT: mxp.fail_if

// ASM: OpDecorate %k0_operand3 Binding 3
// "gath" and "er".
// ASM-DAG: %uint_1752457575 = OpConstant
// ASM-DAG: %uint_29285 = OpConstant
// ASM: %[[BEFORE:.*]] = OpAtomicOr %uint %{{.*}} %uint_1 %uint_0 %uint_1
// ASM: OpIEqual %bool %[[BEFORE]] %uint_0
func.func @f(%x: tensor<40x6xf32>, %i: tensor<33xi32>) -> tensor<33x1x6xf32> {
  %0 = mx.gather %x, %i {axes = array<i64: 0>, slice_sizes = #mx.dims<1, 6>} : tensor<40x6xf32>, tensor<33xi32>
  return %0 : tensor<33x1x6xf32>
}
