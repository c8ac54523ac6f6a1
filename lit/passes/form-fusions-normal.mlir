// The normal form of fusions: operands once and in the order of first use, each value computed, stored and read once. So
// kernels of equal bodies are equal whatever the program around them looks like.
// RUN: mx-opt %s --mx-form-fusions | FileCheck %s
// RUN: mx-opt %s --mx-form-fusions --mx-outline-kernels | FileCheck %s --check-prefix=KERNELS

// Both subtract their second argument from their first, in either order of the arguments.
// CHECK-LABEL: func.func @order
// CHECK: mx.fusion "map" (%[[B:.*]] = %arg1 : tensor<8xf32>, %[[A:.*]] = %arg0 : tensor<8xf32>)
// CHECK-NEXT: mx.subtract %[[B]], %[[A]]
// CHECK: mx.fusion "map" (%{{.*}} = %arg2 : tensor<8xf32>, %{{.*}} = %arg3 : tensor<8xf32>)
// KERNELS: mxp.kernel @k0 "map" (%arg0: tensor<8xf32>, %arg1: tensor<8xf32>) -> (tensor<8xf32>)
// KERNELS-NOT: tensor<8xf32>, %{{.*}}: tensor<8xf32>) -> (tensor<8xf32>)
// KERNELS-LABEL: func.func @order
// KERNELS: mxp.dispatch @k0(%arg1, %arg0)
// KERNELS: mxp.dispatch @k0(%arg2, %arg3)
func.func @order(%a: tensor<8xf32>, %b: tensor<8xf32>, %c: tensor<8xf32>, %d: tensor<8xf32>) -> (tensor<8xf32>, tensor<8xf32>) {
  %0 = mx.subtract %b, %a : tensor<8xf32>, tensor<8xf32>
  %1 = mx.subtract %c, %d : tensor<8xf32>, tensor<8xf32>
  return %0, %1 : tensor<8xf32>, tensor<8xf32>
}

// A cheap op is copied for each of its readers: here the matmul, the product after it, and the caller. The copies meet
// again in one kernel, which stores the value once, and the readers' kernel reads it once.
// CHECK-LABEL: func.func @once
// CHECK: %[[R:.*]]:2 = mx.fusion "row" (%{{.*}} = %arg0 : tensor<4x8xf32>) -> (tensor<4x1xf32>, tensor<4x8xf32>) {
// CHECK: mx.fusion "matmul" (%{{.*}} = %[[R]]#1 : tensor<4x8xf32>, %{{.*}} = %arg1 : tensor<8x8xf32>)
// CHECK: return %[[R]]#0, %{{.*}}, %[[R]]#1
func.func @once(%x: tensor<4x8xf32>, %w: tensor<8x8xf32>) -> (tensor<4x1xf32>, tensor<4x8xf32>, tensor<4x8xf32>) {
  %m = mx.max %x {axes = array<i64: 1>, keepdims = true} : tensor<4x8xf32>
  %mb = mx.broadcast_to %m {shape = #mx.dims<4, 8>} : tensor<4x1xf32>
  %0 = mx.subtract %x, %mb : tensor<4x8xf32>, tensor<4x8xf32>
  %1 = mx.matmul %0, %w : tensor<4x8xf32>, tensor<8x8xf32>
  %2 = mx.multiply %1, %0 : tensor<4x8xf32>, tensor<4x8xf32>
  return %m, %2, %0 : tensor<4x1xf32>, tensor<4x8xf32>, tensor<4x8xf32>
}
