// Promotion and broadcasting become ops of their own; what changes nothing disappears.
// RUN: mx-opt %s --mx-explicit-types | FileCheck %s

// CHECK-LABEL: func.func @promote
// CHECK-SAME: (%[[A:.*]]: tensor<4x1xf16>, %[[B:.*]]: tensor<8xi32>)
func.func @promote(%a: tensor<4x1xf16>, %b: tensor<8xi32>) -> tensor<4x8xf16> {
  // CHECK-NEXT: %[[AB:.*]] = mx.broadcast_to %[[A]] {shape = #mx.dims<4, 8>} : tensor<4x1xf16>
  // CHECK-NEXT: %[[BC:.*]] = mx.astype %[[B]] {dtype = f16} : tensor<8xi32>
  // CHECK-NEXT: %[[BB:.*]] = mx.broadcast_to %[[BC]] {shape = #mx.dims<4, 8>} : tensor<8xf16>
  // CHECK-NEXT: mx.add %[[AB]], %[[BB]] : tensor<4x8xf16>, tensor<4x8xf16>
  %0 = mx.add %a, %b : tensor<4x1xf16>, tensor<8xi32>
  return %0 : tensor<4x8xf16>
}

// The dtype an op computes in is its rule's: exp of integers is float32, a comparison compares promoted values, where
// tests a bool.
// CHECK-LABEL: func.func @rules
// CHECK-SAME: (%[[I:.*]]: tensor<4xi32>, %[[X:.*]]: tensor<4xf32>)
func.func @rules(%i: tensor<4xi32>, %x: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xi1>, tensor<4xf32>) {
  // CHECK: %[[F:.*]] = mx.astype %[[I]] {dtype = f32}
  // CHECK-NEXT: mx.exp %[[F]] : tensor<4xf32>
  %0 = mx.exp %i : tensor<4xi32>
  // CHECK: %[[G:.*]] = mx.astype %[[I]] {dtype = f32}
  // CHECK-NEXT: mx.less %[[G]], %[[X]] : tensor<4xf32>, tensor<4xf32>
  %1 = mx.less %i, %x : tensor<4xi32>, tensor<4xf32>
  // CHECK: %[[C:.*]] = mx.astype %[[I]] {dtype = i1}
  // CHECK: mx.where %[[C]], %[[X]], %{{.*}} : tensor<4xi1>, tensor<4xf32>, tensor<4xf32>
  %2 = mx.where %i, %x, %i : tensor<4xi32>, tensor<4xf32>, tensor<4xi32>
  return %0, %1, %2 : tensor<4xf32>, tensor<4xi1>, tensor<4xf32>
}

// Equal symbols are equal sizes: nothing to broadcast.
// CHECK-LABEL: func.func @symbols
// CHECK-SAME: (%[[X:.*]]: tensor<?xf32, #mx.dims<s0>>, %[[Y:.*]]: tensor<1xf32>)
func.func @symbols(%x: tensor<?xf32, #mx.dims<s0>>, %y: tensor<1xf32>) -> tensor<?xf32, #mx.dims<s0>> {
  // CHECK-NEXT: %[[B:.*]] = mx.broadcast_to %[[Y]] {shape = #mx.dims<s0>}
  // CHECK-NEXT: mx.add %[[X]], %[[B]]
  %0 = mx.add %x, %y : tensor<?xf32, #mx.dims<s0>>, tensor<1xf32>
  // CHECK-NEXT: mx.multiply
  %1 = mx.multiply %0, %x : tensor<?xf32, #mx.dims<s0>>, tensor<?xf32, #mx.dims<s0>>
  return %1 : tensor<?xf32, #mx.dims<s0>>
}

// CHECK-LABEL: func.func @nothing
// CHECK-SAME: (%[[X:.*]]: tensor<4xf32>)
func.func @nothing(%x: tensor<4xf32>) -> tensor<4xf32> {
  // CHECK-NEXT: return %[[X]]
  %0 = mx.stop_gradient %x : tensor<4xf32>
  %1 = mx.copy %0 : tensor<4xf32>
  %2 = mx.astype %1 {dtype = f32} : tensor<4xf32>
  %3 = mx.reshape %2 {shape = #mx.dims<4>} : tensor<4xf32>
  %4 = mx.broadcast_to %3 {shape = #mx.dims<4>} : tensor<4xf32>
  %5 = mx.view %4 {dtype = f32} : tensor<4xf32>
  return %5 : tensor<4xf32>
}

// CHECK-LABEL: func.func @joins
// CHECK-SAME: (%[[X:.*]]: tensor<2x2xf16>, %[[Y:.*]]: tensor<2x2xf32>)
func.func @joins(%x: tensor<2x2xf16>, %y: tensor<2x2xf32>) -> (tensor<4x2xf32>, tensor<2x2xf32>) {
  // CHECK-NEXT: %[[A:.*]] = mx.astype %[[X]] {dtype = f32}
  // CHECK-NEXT: mx.concatenate %[[A]], %[[Y]]
  %0 = mx.concatenate %x, %y {axis = 0 : i64} : tensor<2x2xf16>, tensor<2x2xf32>
  // CHECK-NEXT: %[[B:.*]] = mx.astype %[[X]] {dtype = f32}
  // CHECK-NEXT: mx.matmul %[[B]], %[[Y]]
  %1 = mx.matmul %x, %y : tensor<2x2xf16>, tensor<2x2xf32>
  return %0, %1 : tensor<4x2xf32>, tensor<2x2xf32>
}
