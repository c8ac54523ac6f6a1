// Scans: along the last axis a part of a subgroup takes a row, elsewhere an invocation walks a column, or four. The blocks of few
// or long rows run side by side: their totals, what comes before each, the results.
// RUN: split-file %s %t
// RUN: mxc %t/columns.mlir --target=spirv:vulkan1.2 --emit=spirv -o %t.spv && spirv-val --target-env vulkan1.2 %t.spv
// RUN: mxc %t/columns.mlir --target=spirv:vulkan1.2,by-address --emit=spirv -o %t.spv && spirv-val --target-env vulkan1.2 %t.spv
// RUN: mxc %t/columns.mlir --target=spirv:vulkan1.2,-GroupNonUniformShuffle --emit=spirv -o %t.spv && spirv-val --target-env vulkan1.2 %t.spv
// RUN: mxc %t/columns.mlir --target=spirv:vulkan1.2 --compile-to=tiled | FileCheck %t/columns.mlir
// RUN: mxc %t/row.mlir --target=spirv:vulkan1.2 --emit=spirv -o %t.spv && spirv-val --target-env vulkan1.2 %t.spv
// RUN: mxc %t/row.mlir --target=spirv:vulkan1.2,by-address --emit=spirv -o %t.spv && spirv-val --target-env vulkan1.2 %t.spv
// RUN: mxc %t/row.mlir --target=spirv:vulkan1.2,-GroupNonUniformShuffle --emit=spirv -o %t.spv && spirv-val --target-env vulkan1.2 %t.spv
// RUN: mxc %t/row.mlir --target=spirv:vulkan1.2 --compile-to=tiled | FileCheck %t/row.mlir
// RUN: mxc %t/blocks.mlir --target=spirv:vulkan1.2 --emit=spirv -o %t.spv && spirv-val --target-env vulkan1.2 %t.spv
// RUN: mxc %t/blocks.mlir --target=spirv:vulkan1.2,by-address --emit=spirv -o %t.spv && spirv-val --target-env vulkan1.2 %t.spv
// RUN: mxc %t/blocks.mlir --target=spirv:vulkan1.2,-GroupNonUniformShuffle --emit=spirv -o %t.spv && spirv-val --target-env vulkan1.2 %t.spv
// RUN: mxc %t/blocks.mlir --target=spirv:vulkan1.2 --compile-to=tiled | FileCheck %t/blocks.mlir
// RUN: mxc %t/dynamic.mlir --target=spirv:vulkan1.2 --emit=spirv -o %t.spv && spirv-val --target-env vulkan1.2 %t.spv
// RUN: mxc %t/dynamic.mlir --target=spirv:vulkan1.2,by-address --emit=spirv -o %t.spv && spirv-val --target-env vulkan1.2 %t.spv
// RUN: mxc %t/dynamic.mlir --target=spirv:vulkan1.2,-GroupNonUniformShuffle --emit=spirv -o %t.spv && spirv-val --target-env vulkan1.2 %t.spv
// RUN: mxc %t/dynamic.mlir --target=spirv:vulkan1.2 --compile-to=tiled | FileCheck %t/dynamic.mlir
// RUN: mxc %t/row.mlir --target=spirv:lavapipe --compile-to=tiled | FileCheck %t/row.mlir --check-prefix=ALONE
// RUN: not mx-opt %t/refused.mlir --mx-lower-kernels-to-gpu=target=lavapipe 2>&1 | FileCheck %t/refused.mlir

//--- columns.mlir
// A run of four positions an iteration, and no barrier of any kind. Rows of 30 are no whole vectors.
// CHECK: gpu.func @k0() {{.*}}mxp.loop_iterations = #mx.dims<250>
// CHECK-NOT: gpu.shuffle
func.func @f(%x: tensor<1000x30xi32>) -> tensor<1000x30xi32> {
  %0 = mx.cumsum %x {axis = 0 : i64, reverse = true, inclusive = false} : tensor<1000x30xi32>
  return %0 : tensor<1000x30xi32>
}

//--- row.mlir
// CHECK: gpu.func @k0() {{.*}}mxp.loop_iterations = #mx.dims<63>{{.*}}mxp.workgroups = #mx.dims<25>
// CHECK: memref.load {{.*}} : memref<?xvector<4xf32>>
// CHECK-COUNT-16: gpu.shuffle idx
// CHECK: memref.store {{.*}} : memref<?xvector<4xf32>>
// A processor's caches hold the neighbours of what an invocation reads.
// ALONE: gpu.func @k0() {{.*}}mxp.loop_iterations = #mx.dims<1008>{{.*}}mxp.workgroups = #mx.dims<2>
// ALONE-NOT: gpu.shuffle
func.func @f(%x: tensor<100x4032xf32>) -> tensor<100x4032xf32> {
  %0 = mx.cumsum %x {axis = 1 : i64, reverse = false, inclusive = true} : tensor<100x4032xf32>
  return %0 : tensor<100x4032xf32>
}

//--- blocks.mlir
// CHECK: gpu.func @k0_total() {{.*}}mxp.workgroups = #mx.dims<62>
// CHECK: gpu.func @k0_before() {{.*}}mxp.loop_iterations = #mx.dims<16>{{.*}}mxp.workgroups = #mx.dims<1>
// CHECK: gpu.func @k0() {{.*}}mxp.workgroups = #mx.dims<62>
func.func @f(%x: tensor<1000000xf16>) -> tensor<1000000xf16> {
  %0 = mx.cummax %x {axis = 0 : i64, reverse = false, inclusive = true} : tensor<1000000xf16>
  return %0 : tensor<1000000xf16>
}

//--- dynamic.mlir
// The sizes of the call say whether rows are cut, and what comes before very many blocks is added up in passes.
// CHECK: gpu.func @k0_total() {{.*}}mxp.workgroups = #mx.dims<"{{.*}}">
// CHECK: gpu.func @k0_before() {{.*}}mxp.passes = #mx.dims<"{{.*}}">
// CHECK: mxp.pass
// CHECK: gpu.func @k0() {{.*}}mxp.workgroups
func.func @f(%x: tensor<?x?xf32, #mx.dims<s0, s1>>) -> tensor<?x?xf32, #mx.dims<s0, s1>> {
  %0 = mx.cumprod %x {axis = 1 : i64, reverse = false, inclusive = true} : tensor<?x?xf32, #mx.dims<s0, s1>>
  return %0 : tensor<?x?xf32, #mx.dims<s0, s1>>
}

//--- refused.mlir
// CHECK: scan config: a team of 16 is neither 1 nor a power of two from 4 to 8
mxp.kernel @k "scan" (%x: tensor<128x256xf32>) -> (tensor<128x256xf32>) attributes {config = {team = 16}} {
  %0 = mx.cumsum %x {axis = 1 : i64, reverse = false, inclusive = true} : tensor<128x256xf32>
  mx.yield %0 : tensor<128x256xf32>
}
