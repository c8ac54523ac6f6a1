// Scans: an invocation walks a row in order. A long axis takes several passes, which hand the carried value on in scratch.
// RUN: split-file %s %t
// RUN: mxc %t/short.mlir --target=spirv:vulkan1.2 --compile-to=tiled | FileCheck %t/short.mlir
// RUN: mxc %t/short.mlir --target=spirv:vulkan1.2 --emit=spirv -o %t.spv && spirv-val --target-env vulkan1.2 %t.spv
// RUN: mxc %t/short.mlir --target=spirv:vulkan1.2,by-address --emit=spirv -o %t.spv && spirv-val --target-env vulkan1.2 %t.spv
// RUN: mxc %t/long.mlir --target=spirv:vulkan1.2 --compile-to=tiled | FileCheck %t/long.mlir
// RUN: mxc %t/long.mlir --target=spirv:vulkan1.2 --emit=spirv -o %t.spv && spirv-val --target-env vulkan1.2 %t.spv
// RUN: mxc %t/long.mlir --target=spirv:vulkan1.2,by-address --emit=spirv -o %t.spv && spirv-val --target-env vulkan1.2 %t.spv
// RUN: mxc %t/dynamic.mlir --target=spirv:vulkan1.2 --compile-to=tiled | FileCheck %t/dynamic.mlir
// RUN: mxc %t/dynamic.mlir --target=spirv:vulkan1.2 --emit=spirv -o %t.spv && spirv-val --target-env vulkan1.2 %t.spv
// RUN: mxc %t/dynamic.mlir --target=spirv:vulkan1.2,by-address --emit=spirv -o %t.spv && spirv-val --target-env vulkan1.2 %t.spv
// RUN: mxc %t/long.mlir --target=spirv:vulkan1.2 --emit=spvasm | FileCheck %t/long.mlir --check-prefix=PASS

//--- short.mlir
// CHECK: gpu.func @k0() {{.*}}mxp.loop_iterations = #mx.dims<1000>
// CHECK-NOT: mxp.pass
func.func @f(%x: tensor<1000x30xi32>) -> tensor<1000x30xi32> {
  %0 = mx.cumsum %x {axis = 0 : i64, reverse = true, inclusive = false} : tensor<1000x30xi32>
  return %0 : tensor<1000x30xi32>
}

//--- long.mlir
// CHECK: gpu.func @k0() {{.*}}mxp.loop_iterations = #mx.dims<16384>{{.*}}mxp.passes = #mx.dims<62>{{.*}}mxp.scratch_bytes = #mx.dims<8>
// CHECK: mxp.pass
// The kernel has no scalars: the number of the pass is the only word.
// PASS: OpTypeStruct %_arr_uint_uint_1
func.func @f(%x: tensor<1000000xf16>) -> tensor<1000000xf16> {
  %0 = mx.cummax %x {axis = 0 : i64, reverse = false, inclusive = true} : tensor<1000000xf16>
  return %0 : tensor<1000000xf16>
}

//--- dynamic.mlir
// CHECK: gpu.func @k0() {{.*}}mxp.passes = #mx.dims<"max(1, ((s1 + 16383) floordiv 16384))">
func.func @f(%x: tensor<?x?xf32, #mx.dims<s0, s1>>) -> tensor<?x?xf32, #mx.dims<s0, s1>> {
  %0 = mx.cumprod %x {axis = 1 : i64, reverse = false, inclusive = true} : tensor<?x?xf32, #mx.dims<s0, s1>>
  return %0 : tensor<?x?xf32, #mx.dims<s0, s1>>
}
