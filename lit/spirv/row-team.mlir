// The invocations that run a row: by the device and its rows, or as the kernel's config says.
// RUN: split-file %s %t
// RUN: mx-opt %t/pinned.mlir --mx-lower-kernels-to-gpu=target=lavapipe | FileCheck %t/pinned.mlir
// RUN: mx-opt %t/pinned.mlir --mx-lower-kernels-to-gpu=target=lavapipe --mx-lower-gpu-entries | FileCheck %t/pinned.mlir --check-prefix=SPIRV
// RUN: not mx-opt %t/refused.mlir --mx-lower-kernels-to-gpu=target=lavapipe 2>&1 | FileCheck %t/refused.mlir
// RUN: mxc %t/few.mlir --target=spirv:vulkan1.2 --compile-to=tiled | FileCheck %t/few.mlir --check-prefix=WIDE
// RUN: mxc %t/few.mlir --target=spirv:lavapipe --compile-to=tiled | FileCheck %t/few.mlir --check-prefix=NARROW
// RUN: mxc %t/wide-types.mlir --target=spirv:vulkan1.2 --compile-to=tiled | FileCheck %t/wide-types.mlir
// RUN: mxc %t/wide-types.mlir --target=spirv:vulkan1.2 --emit=spirv -o %t.spv && spirv-val --target-env vulkan1.2 %t.spv

//--- pinned.mlir
// Teams of four: sixteen of them to a workgroup, each invocation with four vectors of sums.
// CHECK: mxp.workgroups = #mx.dims<8>
// CHECK: iter_args({{.*}}) -> (vector<4xf32>, vector<4xf32>, vector<4xf32>, vector<4xf32>)
// SPIRV: spirv.GroupNonUniformShuffleXor
mxp.kernel @k "row" (%x: tensor<128x256xf32>) -> (tensor<128xf32>) attributes {config = {team = 4}} {
  %0 = mx.sum %x {axes = array<i64: 1>, keepdims = false} : tensor<128x256xf32>
  mx.yield %0 : tensor<128xf32>
}

//--- refused.mlir
// CHECK: row config: a team of 16 is neither a workgroup of 64 nor a power of two from 4 to 8
mxp.kernel @k "row" (%x: tensor<128x256xf32>) -> (tensor<128xf32>) attributes {config = {team = 16}} {
  %0 = mx.sum %x {axes = array<i64: 1>, keepdims = false} : tensor<128x256xf32>
  mx.yield %0 : tensor<128xf32>
}

//--- few.mlir
// A device with wide subgroups has room for more than 16 invocations a row of these.
// WIDE: mxp.workgroups = #mx.dims<100>
// WIDE: gpu.barrier
// NARROW: mxp.workgroups = #mx.dims<13>
// NARROW-NOT: gpu.barrier
// The last workgroup has teams without a row.
// NARROW: scf.if
func.func @f(%x: tensor<100x4096xf32>) -> tensor<100xf32> {
  %0 = mx.max %x {axes = array<i64: 1>, keepdims = false} : tensor<100x4096xf32>
  return %0 : tensor<100xf32>
}

//--- wide-types.mlir
// What has 64 bits is shuffled as two words and moves as vectors of two.
// CHECK: memref.load {{.*}} : memref<?xvector<2xf64>>
// CHECK: gpu.shuffle xor {{.*}} : i32
// CHECK: arith.shli {{.*}} : i64
func.func @f(%x: tensor<1000x64xf64>) -> tensor<1000xf64> {
  %0 = mx.sum %x {axes = array<i64: 1>, keepdims = false} : tensor<1000x64xf64>
  return %0 : tensor<1000xf64>
}
