// Round trip of joins, pads, updates, gathers and scatters.
// RUN: mx-opt %s | mx-opt | FileCheck %s

// CHECK-LABEL: func.func @indexing
func.func @indexing(%x: tensor<4x6xf32>, %y: tensor<4x2xf32>, %v: tensor<f32>, %i: tensor<5xi32>, %u: tensor<5x1x6xf32>, %a: tensor<4x3xi64>, %w: tensor<4x3xf32>)
    -> (tensor<4x8xf32>, tensor<5x1x6xf32>) {
  // CHECK: mx.concatenate %{{.*}}, %{{.*}} {axis = 1 : i64} : tensor<4x6xf32>, tensor<4x2xf32>
  %0 = mx.concatenate %x, %y {axis = 1 : i64} : tensor<4x6xf32>, tensor<4x2xf32>
  // CHECK: mx.pad %{{.*}}, %{{.*}} {low = #mx.dims<1, s0>, shape = #mx.dims<6, s1>} : tensor<4x6xf32>, tensor<f32>
  %1 = mx.pad %x, %v {low = #mx.dims<1, s0>, shape = #mx.dims<6, s1>} : tensor<4x6xf32>, tensor<f32>
  // CHECK: mx.slice_update %{{.*}}, %{{.*}} {mode = "add", starts = #mx.dims<0, 5>, strides = array<i64: 1, -2>} : tensor<4x6xf32>, tensor<4x2xf32>
  %2 = mx.slice_update %x, %y {starts = #mx.dims<0, 5>, strides = array<i64: 1, -2>, mode = "add"} : tensor<4x6xf32>, tensor<4x2xf32>
  // CHECK: mx.gather %{{.*}}, %{{.*}} {axes = array<i64: 0>, slice_sizes = #mx.dims<1, 6>} : tensor<4x6xf32>, tensor<5xi32>
  %3 = mx.gather %x, %i {axes = array<i64: 0>, slice_sizes = #mx.dims<1, 6>} : tensor<4x6xf32>, tensor<5xi32>
  // CHECK: mx.take_along_axis %{{.*}}, %{{.*}} {axis = 1 : i64} : tensor<4x6xf32>, tensor<4x3xi64>
  %4 = mx.take_along_axis %x, %a {axis = 1 : i64} : tensor<4x6xf32>, tensor<4x3xi64>
  // CHECK: mx.scatter %{{.*}}, %{{.*}}, %{{.*}} {axes = array<i64: 0>, mode = "max"} : tensor<4x6xf32>, tensor<5x1x6xf32>, tensor<5xi32>
  %5 = mx.scatter %x, %u, %i {axes = array<i64: 0>, mode = "max"} : tensor<4x6xf32>, tensor<5x1x6xf32>, tensor<5xi32>
  // CHECK: mx.scatter_axis %{{.*}}, %{{.*}}, %{{.*}} {axis = 1 : i64, mode = "set"} : tensor<4x6xf32>, tensor<4x3xi64>, tensor<4x3xf32>
  %6 = mx.scatter_axis %x, %a, %w {axis = 1 : i64, mode = "set"} : tensor<4x6xf32>, tensor<4x3xi64>, tensor<4x3xf32>
  return %0, %3 : tensor<4x8xf32>, tensor<5x1x6xf32>
}
