// What a target cannot do is a message that names it, never a module that would not run.
// RUN: split-file %s %t
// RUN: not mxc %t/f64.mlir --target=spirv:vulkan1.2,-Float64 --emit=spirv 2>&1 | FileCheck %t/f64.mlir
// RUN: not mxc %t/i64.mlir --target=spirv:vulkan1.2,-Int64 --emit=spirv 2>&1 | FileCheck %t/i64.mlir
// RUN: not mxc %t/bools.mlir --target=spirv:vulkan1.2,-StorageBuffer8BitAccess,by-address --emit=spirv 2>&1 | FileCheck %t/bools.mlir
// RUN: not mxc %t/bytes.mlir --target=spirv:vulkan1.2,-Int8 --emit=spirv 2>&1 | FileCheck %t/bytes.mlir
// RUN: mxc %t/gather.mlir --target=spirv:vulkan1.2,-Int64 --emit=spirv -o %t.spv && spirv-val --target-env vulkan1.2 %t.spv
// RUN: not mxc %t/large.mlir --target=spirv:vulkan1.2 --emit=spirv 2>&1 | FileCheck %t/large.mlir
// RUN: not mxc %t/none.mlir --target=spirv:vulkan1.2 --emit=spirv 2>&1 | FileCheck %t/none.mlir
// RUN: not mxc %t/pinned.mlir --target=spirv:vulkan1.2 --compile-to=tiled 2>&1 | FileCheck %t/pinned.mlir
// RUN: not mxc %t/f64.mlir --target=spirv:vulkan9 --emit=spirv 2>&1 | FileCheck %s --check-prefix=TARGET
// RUN: not mxc %t/f64.mlir --target=spirv:vulkan1.2,Float64 --emit=spirv 2>&1 | FileCheck %s --check-prefix=FEATURE
// RUN: not mxc %t/f64.mlir --target=spirv:vulkan1.2,-Shader --emit=spirv 2>&1 | FileCheck %s --check-prefix=SHADER
// RUN: not mxc %t/f64.mlir --emit=spirv 2>&1 | FileCheck %s --check-prefix=EMIT

// TARGET: the SPIR-V target 'vulkan9' is none of vulkan1.2, lavapipe
// FEATURE: 'Float64' in the SPIR-V target 'vulkan1.2,Float64' is not + or - and the name of a SPIR-V capability
// SHADER: '-Shader' in the SPIR-V target 'vulkan1.2,-Shader': devices of Vulkan have Shader and never Kernel
// EMIT: --emit=spirv and spvasm need --target=spirv:vulkan1.2

//--- f64.mlir
// CHECK: [negative] float64 needs the SPIR-V capability Float64, which the target vulkan1.2,-Float64 lacks
func.func @f(%x: tensor<4xf64>) -> tensor<4xf64> {
  %0 = mx.negative %x : tensor<4xf64>
  return %0 : tensor<4xf64>
}

//--- i64.mlir
// CHECK: [negative] int64 needs the SPIR-V capability Int64, which the target vulkan1.2,-Int64 lacks
func.func @f(%x: tensor<4xi64>) -> tensor<4xi64> {
  %0 = mx.negative %x : tensor<4xi64>
  return %0 : tensor<4xi64>
}

//--- bools.mlir
// By words, but not where an address may be that of any byte.
// CHECK: [logical_not] bool needs the SPIR-V capability StorageBuffer8BitAccess, which the target
func.func @f(%x: tensor<4xi1>) -> tensor<4xi1> {
  %0 = mx.logical_not %x : tensor<4xi1>
  return %0 : tensor<4xi1>
}

//--- bytes.mlir
// What is only moved needs no type of its own, what is computed does.
// CHECK: [negative] int8 needs the SPIR-V capability Int8, which the target vulkan1.2,-Int8 lacks
func.func @f(%x: tensor<4xi8>) -> tensor<4xi8> {
  %0 = mx.negative %x : tensor<4xi8>
  return %0 : tensor<4xi8>
}

//--- gather.mlir
// Indices of 32 bits and less need no wider integers.
func.func @f(%x: tensor<40x6xf32>, %i: tensor<33xui32>) -> tensor<33x1x6xf32> {
  %0 = mx.gather %x, %i {axes = array<i64: 0>, slice_sizes = #mx.dims<1, 6>} : tensor<40x6xf32>, tensor<33xui32>
  return %0 : tensor<33x1x6xf32>
}

//--- large.mlir
// CHECK: computes on 'tensor<65536x65536xf32>', indices of the target have 32 bits
func.func @f(%x: tensor<65536x65536xf32>) -> tensor<65536xf32> {
  %0 = mx.sum %x {axes = array<i64: 1>, keepdims = false} : tensor<65536x65536xf32>
  return %0 : tensor<65536xf32>
}

//--- none.mlir
// CHECK: mxc: error: the program has no kernels
func.func @f() {
  return
}


//--- pinned.mlir
// CHECK: matmul config: 4096 invocations, the device has 128
mxp.kernel @k0 "matmul" (%a: tensor<64x64xf32>, %b: tensor<64x64xf32>) -> (tensor<64x64xf32>) attributes {config = {rows = 1, cols = 1, tile_rows = 64, tile_cols = 64}} {
  %0 = mx.matmul %a, %b : tensor<64x64xf32>, tensor<64x64xf32>
  mx.yield %0 : tensor<64x64xf32>
}
