// Operands by address: push constants hold the address of a table with the operands' addresses and then the scalars. Taken
// where a device binds fewer buffers, passes fewer scalars or reaches fewer bytes than a kernel needs, and where it is asked for.
// RUN: split-file %s %t
// RUN: mxc %t/asked.mlir --target=spirv:vulkan1.2,by-address --emit=spvasm | FileCheck %t/asked.mlir
// RUN: mxc %t/asked.mlir --target=spirv:vulkan1.2,by-address --emit=spirv -o %t.spv && spirv-val --target-env vulkan1.2 %t.spv
// RUN: mxc %t/asked.mlir --target=spirv:lavapipe --compile-to=tiled | FileCheck %t/asked.mlir --check-prefix=BOUND
// RUN: mxc %t/operands.mlir --target=spirv:vulkan1.2 --compile-to=tiled | FileCheck %t/operands.mlir
// RUN: mxc %t/operands.mlir --target=spirv:vulkan1.2 --emit=spirv -o %t.spv && spirv-val --target-env vulkan1.2 %t.spv
// RUN: mxc %t/operands.mlir --target=spirv:lavapipe --compile-to=tiled | FileCheck %t/operands.mlir --check-prefix=BOUND
// RUN: not mxc %t/operands.mlir --target=spirv:vulkan1.2,-PhysicalStorageBufferAddresses --emit=spirv 2>&1 | FileCheck %t/operands.mlir --check-prefix=LACKS
// RUN: mxc %t/large.mlir --target=spirv:lavapipe --compile-to=tiled | FileCheck %t/large.mlir
// RUN: not mxc %t/large.mlir --target=spirv:lavapipe,-Int64 --emit=spirv 2>&1 | FileCheck %t/large.mlir --check-prefix=LACKS
// RUN: mxc %t/scalars.mlir --target=spirv:lavapipe --compile-to=tiled | FileCheck %t/scalars.mlir
// RUN: mxc %t/scalars.mlir --target=spirv:lavapipe --emit=spirv -o %t.spv && spirv-val --target-env vulkan1.2 %t.spv

//--- asked.mlir
// CHECK: OpCapability PhysicalStorageBufferAddresses
// CHECK: OpExtension "SPV_KHR_physical_storage_buffer"
// CHECK: OpMemoryModel PhysicalStorageBuffer64 GLSL450
// CHECK-NOT: Binding
// CHECK: %[[BLOCK:_struct_[0-9]+]] = OpTypeStruct %ulong %uint
// CHECK: %k0_constants = OpVariable %_ptr_PushConstant_[[BLOCK]] PushConstant
// The third word after the two addresses.
// CHECK: OpAccessChain %_ptr_PhysicalStorageBuffer_uint %{{[0-9]+}} %uint_0 %uint_4
// CHECK: OpLoad %uint %{{[0-9]+}} Aligned 4
// CHECK: OpLoad %float %{{[0-9]+}} Aligned 4
// BOUND-NOT: by_address
func.func @f(%x: tensor<?xf32, #mx.dims<s0>>) -> tensor<?xf32, #mx.dims<s0>> {
  %0 = mx.negative %x : tensor<?xf32, #mx.dims<s0>>
  return %0 : tensor<?xf32, #mx.dims<s0>>
}

//--- operands.mlir
// CHECK: mxp.by_address
// BOUND-NOT: by_address
// LACKS: has 5 operands, the target binds 4; addresses need the SPIR-V capabilities PhysicalStorageBufferAddresses and Int64, which the target lacks
func.func @f(%a: tensor<9xf32>, %b: tensor<9xf32>, %c: tensor<9xf32>, %d: tensor<9xf32>) -> tensor<9xf32> {
  %0 = mx.add %a, %b : tensor<9xf32>, tensor<9xf32>
  %1 = mx.add %c, %d : tensor<9xf32>, tensor<9xf32>
  %2 = mx.multiply %0, %1 : tensor<9xf32>, tensor<9xf32>
  return %2 : tensor<9xf32>
}

//--- large.mlir
// CHECK: mxp.by_address
// LACKS: has an operand of 268435456 bytes, the target binds 134217728; addresses need
func.func @f(%x: tensor<67108864xf32>) -> tensor<67108864xf32> {
  %0 = mx.negative %x : tensor<67108864xf32>
  return %0 : tensor<67108864xf32>
}

//--- scalars.mlir
// CHECK: mxp.by_address
!in = tensor<?x?x?x?x?x?x?x?x?x?xf32, #mx.dims<s0, s1, s2, s3, s4, s5, s6, s7, s8, s9>>
!out = tensor<?x?x?x?x?x?x?x?x?x?xf32, #mx.dims<"(s0 + s10)", "(s1 + s11)", "(s2 + s12)", "(s3 + s13)", "(s4 + s14)", "(s5 + s15)", "(s6 + s16)", "(s7 + s17)", "(s8 + s18)", "(s9 + s19)">>
func.func @f(%x: !in) -> !out {
  %v = mx.constant dense<1.0> : tensor<f32>
  %0 = mx.pad %x, %v {low = #mx.dims<s20, s21, s22, s23, s24, s25, s26, s27, s28, s29>, shape = #mx.dims<"(s0 + s10)", "(s1 + s11)", "(s2 + s12)", "(s3 + s13)", "(s4 + s14)", "(s5 + s15)", "(s6 + s16)", "(s7 + s17)", "(s8 + s18)", "(s9 + s19)">} : !in, tensor<f32>
  return %0 : !out
}
