// What MLIR's own simplifier and CSE make of the dialect: constants and equal ops merge, what nobody reads goes;
// barriers with different ids stay apart.
// RUN: mx-opt %s --canonicalize --cse | FileCheck %s

// CHECK-LABEL: func.func @constants
// CHECK-COUNT-1: mx.constant
// CHECK-NOT: mx.constant
// CHECK: return
func.func @constants(%x: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  %0 = mx.constant dense<2.0> : tensor<f32>
  %1 = mx.constant dense<2.0> : tensor<f32>
  %2 = mx.add %x, %0 : tensor<4xf32>, tensor<f32>
  %3 = mx.multiply %x, %1 : tensor<4xf32>, tensor<f32>
  return %2, %3 : tensor<4xf32>, tensor<4xf32>
}

// CHECK-LABEL: func.func @unread
// CHECK-NEXT: return %arg0
func.func @unread(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = mx.exp %x : tensor<4xf32>
  return %x : tensor<4xf32>
}

// CHECK-LABEL: func.func @twice
// CHECK-COUNT-1: mx.exp
// CHECK-NOT: mx.exp
// CHECK: return
func.func @twice(%x: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  %0 = mx.exp %x : tensor<4xf32>
  %1 = mx.exp %x : tensor<4xf32>
  return %0, %1 : tensor<4xf32>, tensor<4xf32>
}

// CHECK-LABEL: func.func @barriers
// CHECK: mx.barrier %arg0 {id = 1 : i64}
// CHECK: mx.barrier %arg0 {id = 2 : i64}
func.func @barriers(%x: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  %0 = mx.barrier %x {id = 1 : i64} : tensor<4xf32>
  %1 = mx.barrier %x {id = 2 : i64} : tensor<4xf32>
  return %0, %1 : tensor<4xf32>, tensor<4xf32>
}
