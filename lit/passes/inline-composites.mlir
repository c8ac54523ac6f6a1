// Composites are replaced by their decompositions, nested ones too, and decompositions nobody names any more are dropped.
// RUN: mx-opt %s --mx-inline-composites --split-input-file --verify-diagnostics | FileCheck %s

// CHECK-NOT: @inner
// CHECK-NOT: @outer
func.func private @inner(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = mx.exp %x : tensor<4xf32>
  return %0 : tensor<4xf32>
}
func.func private @outer(%x: tensor<4xf32>, %y: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  %0 = mx.composite "inner" %x {attrs = {}, decomposition = @inner} : (tensor<4xf32>) -> tensor<4xf32>
  %1 = mx.add %0, %y : tensor<4xf32>, tensor<4xf32>
  return %1, %x : tensor<4xf32>, tensor<4xf32>
}
// A decomposition that is public stays: somebody else may call it.
// CHECK: func.func @shared
func.func @shared(%x: tensor<4xf32>) -> tensor<4xf32> {
  return %x : tensor<4xf32>
}

// CHECK-LABEL: func.func @main
// CHECK-SAME: (%[[X:.*]]: tensor<4xf32>)
func.func @main(%x: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) {
  // CHECK-NEXT: %[[E:.*]] = mx.exp %[[X]]
  // CHECK-NEXT: %[[A:.*]] = mx.add %[[E]], %[[X]]
  // CHECK-NEXT: return %[[A]], %[[X]], %[[X]]
  %0, %1 = mx.composite "outer" %x, %x {attrs = {}, decomposition = @outer} : (tensor<4xf32>, tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>)
  %2 = mx.composite "shared" %x {attrs = {}, decomposition = @shared} : (tensor<4xf32>) -> tensor<4xf32>
  return %0, %1, %2 : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
}

// -----

func.func private @loop(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @+1 {{decomposes into itself}}
  %0 = mx.composite "loop" %x {attrs = {}, decomposition = @loop} : (tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}
