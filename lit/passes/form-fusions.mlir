// What one kernel of each kind holds, and what keeps an edge apart.
// RUN: mx-opt %s --mx-form-fusions | FileCheck %s
// RUN: mx-opt %s --mx-form-fusions=max-ops=1 | FileCheck %s --check-prefix=SINGLE

// A softmax is one kernel of rows. With one op to a kernel it is five.
// CHECK-LABEL: func.func @softmax
// CHECK-COUNT-1: mx.fusion "row"
// CHECK-NOT: mx.fusion
// CHECK: return
// SINGLE-LABEL: func.func @softmax
// SINGLE-COUNT-5: mx.fusion
// SINGLE-NOT: mx.fusion
// SINGLE: return
func.func @softmax(%x: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %0 = mx.max %x {axes = array<i64: 1>, keepdims = true} : tensor<4x8xf32>
  %1 = mx.broadcast_to %0 {shape = #mx.dims<4, 8>} : tensor<4x1xf32>
  %2 = mx.subtract %x, %1 : tensor<4x8xf32>, tensor<4x8xf32>
  %3 = mx.exp %2 : tensor<4x8xf32>
  %4 = mx.sum %3 {axes = array<i64: 1>, keepdims = true} : tensor<4x8xf32>
  %5 = mx.broadcast_to %4 {shape = #mx.dims<4, 8>} : tensor<4x1xf32>
  %6 = mx.divide %3, %5 : tensor<4x8xf32>, tensor<4x8xf32>
  return %6 : tensor<4x8xf32>
}

// Bias and activation end the matmul's kernel; the transposed operand is read through the view.
// CHECK-LABEL: func.func @epilogue
// CHECK: mx.fusion "matmul"
// CHECK: mx.transpose
// CHECK: mx.matmul
// CHECK: mx.add
// CHECK: mx.tanh
// CHECK: mx.yield
// CHECK-NOT: mx.fusion
// CHECK: return
func.func @epilogue(%a: tensor<16x8xf32>, %b: tensor<32x8xf32>, %c: tensor<32xf32>) -> tensor<16x32xf32> {
  %0 = mx.transpose %b {axes = array<i64: 1, 0>} : tensor<32x8xf32>
  %1 = mx.matmul %a, %0 : tensor<16x8xf32>, tensor<8x32xf32>
  %2 = mx.broadcast_to %c {shape = #mx.dims<16, 32>} : tensor<32xf32>
  %3 = mx.add %1, %2 : tensor<16x32xf32>, tensor<16x32xf32>
  %4 = mx.tanh %3 : tensor<16x32xf32>
  return %4 : tensor<16x32xf32>
}

// A kernel has one matmul: the second reads the first's result from memory, and says why.
// CHECK-LABEL: func.func @chain
// CHECK: %[[FIRST:.*]] = mx.fusion "matmul"
// CHECK: mx.fusion "matmul" (%{{.*}} = %[[FIRST]] : tensor<8x8xf32>{{.*}} attributes {reasons = {"0" = "a matmul reads its operands more than once"}}
func.func @chain(%a: tensor<8x8xf32>, %b: tensor<8x8xf32>) -> tensor<8x8xf32> {
  %0 = mx.matmul %a, %b : tensor<8x8xf32>, tensor<8x8xf32>
  %1 = mx.matmul %0, %b : tensor<8x8xf32>, tensor<8x8xf32>
  return %1 : tensor<8x8xf32>
}

// Element-wise producers are computed where these kinds read them.
// CHECK-LABEL: func.func @others
// CHECK-DAG: mx.fusion "argreduce"
// CHECK-DAG: mx.fusion "scan"
// CHECK-DAG: mx.fusion "scatter"
func.func @others(%x: tensor<4x8xf32>, %i: tensor<3xi32>, %u: tensor<3x1x8xf32>) -> (tensor<4xui32>, tensor<4x8xf32>, tensor<4x8xf32>) {
  %0 = mx.argmax %x {axis = 1 : i64, keepdims = false} : tensor<4x8xf32>
  %1 = mx.cumsum %x {axis = 1 : i64, reverse = false, inclusive = true} : tensor<4x8xf32>
  %2 = mx.scatter %x, %u, %i {axes = array<i64: 0>, mode = "add"} : tensor<4x8xf32>, tensor<3x1x8xf32>, tensor<3xi32>
  return %0, %1, %2 : tensor<4xui32>, tensor<4x8xf32>, tensor<4x8xf32>
}

// What is returned needs a buffer of its own: views, arguments and what is returned twice are copied.
// CHECK-LABEL: func.func @returned
// CHECK-COUNT-3: mx.fusion "map"
// CHECK-NOT: mx.fusion
// CHECK: return
func.func @returned(%x: tensor<4x8xf32>) -> (tensor<4x8xf32>, tensor<8x4xf32>, tensor<4x8xf32>) {
  %0 = mx.exp %x : tensor<4x8xf32>
  %1 = mx.transpose %x {axes = array<i64: 1, 0>} : tensor<4x8xf32>
  return %0, %1, %0 : tensor<4x8xf32>, tensor<8x4xf32>, tensor<4x8xf32>
}
