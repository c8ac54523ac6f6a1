// Argument reductions: a workgroup a row, or an invocation a column; rows too long for one are cut into parts whose winners
// meet in a second entry. Where the length is known at the call alone both are there, and sizes say which runs.
// RUN: split-file %s %t
// RUN: mxc %t/rows.mlir --target=spirv:vulkan1.2 --compile-to=tiled | FileCheck %t/rows.mlir
// RUN: mxc %t/rows.mlir --target=spirv:vulkan1.2 --emit=spirv -o %t.spv && spirv-val --target-env vulkan1.2 %t.spv
// RUN: mxc %t/rows.mlir --target=spirv:vulkan1.2,by-address --emit=spirv -o %t.spv && spirv-val --target-env vulkan1.2 %t.spv
// RUN: mxc %t/columns.mlir --target=spirv:vulkan1.2 --compile-to=tiled | FileCheck %t/columns.mlir
// RUN: mxc %t/columns.mlir --target=spirv:vulkan1.2 --emit=spirv -o %t.spv && spirv-val --target-env vulkan1.2 %t.spv
// RUN: mxc %t/columns.mlir --target=spirv:vulkan1.2,by-address --emit=spirv -o %t.spv && spirv-val --target-env vulkan1.2 %t.spv
// RUN: mxc %t/long.mlir --target=spirv:vulkan1.2 --compile-to=tiled | FileCheck %t/long.mlir
// RUN: mxc %t/long.mlir --target=spirv:vulkan1.2 --emit=spirv -o %t.spv && spirv-val --target-env vulkan1.2 %t.spv
// RUN: mxc %t/long.mlir --target=spirv:vulkan1.2,by-address --emit=spirv -o %t.spv && spirv-val --target-env vulkan1.2 %t.spv
// RUN: mxc %t/dynamic.mlir --target=spirv:vulkan1.2 --compile-to=tiled | FileCheck %t/dynamic.mlir
// RUN: mxc %t/dynamic.mlir --target=spirv:vulkan1.2 --emit=spirv -o %t.spv && spirv-val --target-env vulkan1.2 %t.spv
// RUN: mxc %t/dynamic.mlir --target=spirv:vulkan1.2,by-address --emit=spirv -o %t.spv && spirv-val --target-env vulkan1.2 %t.spv

//--- rows.mlir
// CHECK: gpu.func @k0() {{.*}}mxp.workgroups = #mx.dims<500>
// CHECK: mxp.max_trips = #mx.dims<16>
// CHECK: gpu.barrier
// CHECK: gpu.barrier
// CHECK-NOT: gpu.func
func.func @f(%x: tensor<500x1000xf32>) -> tensor<500xui32> {
  %0 = mx.argmax %x {axis = 1 : i64, keepdims = false} : tensor<500x1000xf32>
  return %0 : tensor<500xui32>
}

//--- columns.mlir
// CHECK: gpu.func @k0() {{.*}}mxp.loop_iterations = #mx.dims<500>{{.*}}mxp.workgroups = #mx.dims<16>
// CHECK-NOT: gpu.barrier
func.func @f(%x: tensor<500x1000xi8>) -> tensor<1000xui32> {
  %0 = mx.argmin %x {axis = 0 : i64, keepdims = false} : tensor<500x1000xi8>
  return %0 : tensor<1000xui32>
}

//--- long.mlir
// CHECK: gpu.func @k0_part() {{.*}}mxp.loop_iterations = #mx.dims<256>{{.*}}mxp.scratch_bytes = #mx.dims<65536>{{.*}}mxp.workgroups = #mx.dims<4096>
// CHECK: gpu.func @k0_total() {{.*}}mxp.loop_iterations = #mx.dims<64>{{.*}}mxp.workgroups = #mx.dims<1>
func.func @f(%x: tensor<67108864xf16>) -> tensor<ui32> {
  %0 = mx.argmax %x {axis = 0 : i64, keepdims = false} : tensor<67108864xf16>
  return %0 : tensor<ui32>
}

//--- dynamic.mlir
// CHECK: gpu.func @k0() {{.*}}mxp.workgroups = #mx.dims<"(s0 * min(1, max(0, ((-1 * s1) + 16385))))">
// CHECK: gpu.func @k0_part() {{.*}}mxp.workgroups = #mx.dims<"(s0 * ((s1 + 16383) floordiv 16384) * min(1, max(0, (s1 - 16384))))">
// CHECK: gpu.func @k0_total() {{.*}}mxp.workgroups = #mx.dims<"(s0 * min(1, max(0, (s1 - 16384))))">
func.func @f(%x: tensor<?x?xf32, #mx.dims<s0, s1>>) -> tensor<?xui32, #mx.dims<s0>> {
  %0 = mx.argmax %x {axis = 1 : i64, keepdims = false} : tensor<?x?xf32, #mx.dims<s0, s1>>
  return %0 : tensor<?xui32, #mx.dims<s0>>
}
