// Kernels that read the same elements of something become one, unless one needs the other's result.
// RUN: mx-opt %s --mx-to-fused --split-input-file | FileCheck %s

// Maps and reductions of one tensor share one pass over it.
// CHECK-LABEL: func.func @shared
// CHECK: mx.fusion "row"
// CHECK: mx.exp
// CHECK: mx.multiply
// CHECK: mx.sum
// CHECK: mx.max
// CHECK-NOT: mx.fusion
func.func @shared(%x: tensor<512x64xf32>, %y: tensor<512x64xf32>) -> (tensor<512x64xf32>, tensor<512x64xf32>, tensor<512xf32>, tensor<512xf32>) {
  %0 = mx.exp %x : tensor<512x64xf32>
  %1 = mx.multiply %x, %y : tensor<512x64xf32>, tensor<512x64xf32>
  %2 = mx.sum %x {axes = array<i64: 1>, keepdims = false} : tensor<512x64xf32>
  %3 = mx.max %x {axes = array<i64: 1>, keepdims = false} : tensor<512x64xf32>
  return %0, %1, %2, %3 : tensor<512x64xf32>, tensor<512x64xf32>, tensor<512xf32>, tensor<512xf32>
}

// -----

// The second reads what a product of the first yields: they cannot be one.
// CHECK-LABEL: func.func @ordered
// CHECK: mx.fusion "map"
// CHECK: mx.fusion "matmul"
// CHECK: mx.multiply
func.func @ordered(%x: tensor<64x64xf32>) -> (tensor<64x64xf32>, tensor<64x64xf32>) {
  %0 = mx.exp %x : tensor<64x64xf32>
  %1 = mx.matmul %0, %0 : tensor<64x64xf32>, tensor<64x64xf32>
  %2 = mx.multiply %x, %1 : tensor<64x64xf32>, tensor<64x64xf32>
  return %0, %2 : tensor<64x64xf32>, tensor<64x64xf32>
}

// -----

// Reductions over different axes walk the tensor differently; one to a single number runs over many threads.
// CHECK-LABEL: func.func @apart
// CHECK-COUNT-3: mx.fusion "row"
func.func @apart(%x: tensor<512x64xf32>) -> (tensor<512xf32>, tensor<64xf32>, tensor<f32>) {
  %0 = mx.sum %x {axes = array<i64: 1>, keepdims = false} : tensor<512x64xf32>
  %1 = mx.sum %x {axes = array<i64: 0>, keepdims = false} : tensor<512x64xf32>
  %2 = mx.sum %x {axes = array<i64: 0, 1>, keepdims = false} : tensor<512x64xf32>
  return %0, %1, %2 : tensor<512xf32>, tensor<64xf32>, tensor<f32>
}
