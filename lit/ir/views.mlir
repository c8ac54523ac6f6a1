// Round trip of the views, with sizes that are constants, symbols and expressions.
// RUN: mx-opt %s | mx-opt | FileCheck %s

// CHECK-LABEL: func.func @static
func.func @static(%x: tensor<4x6xf32>) {
  // CHECK: mx.reshape %{{.*}} {shape = #mx.dims<2, 12>} : tensor<4x6xf32>
  %0 = mx.reshape %x {shape = #mx.dims<2, 12>} : tensor<4x6xf32>
  // CHECK: mx.transpose %{{.*}} {axes = array<i64: 1, 0>} : tensor<4x6xf32>
  %1 = mx.transpose %x {axes = array<i64: 1, 0>} : tensor<4x6xf32>
  // CHECK: mx.broadcast_to %{{.*}} {shape = #mx.dims<3, 4, 6>} : tensor<4x6xf32>
  %2 = mx.broadcast_to %x {shape = #mx.dims<3, 4, 6>} : tensor<4x6xf32>
  // CHECK: mx.slice %{{.*}} {sizes = #mx.dims<2, 3>, starts = #mx.dims<1, 5>, strides = array<i64: 1, -2>} : tensor<4x6xf32>
  %3 = mx.slice %x {starts = #mx.dims<1, 5>, sizes = #mx.dims<2, 3>, strides = array<i64: 1, -2>} : tensor<4x6xf32>
  // CHECK: mx.as_strided %{{.*}} {offset = #mx.dims<2>, shape = #mx.dims<3, 2>, strides = #mx.dims<1, 6>} : tensor<4x6xf32>
  %4 = mx.as_strided %x {shape = #mx.dims<3, 2>, strides = #mx.dims<1, 6>, offset = #mx.dims<2>} : tensor<4x6xf32>
  // CHECK: mx.view %{{.*}} {dtype = i16} : tensor<4x6xf32>
  %5 = mx.view %x {dtype = i16} : tensor<4x6xf32>
  return
}

// CHECK-LABEL: func.func @symbolic
func.func @symbolic(%x: tensor<?x6xf32, #mx.dims<s0, 6>>)
    -> (tensor<?xf32, #mx.dims<"(6 * s0)">>, tensor<6x?xf32, #mx.dims<6, s0>>, tensor<?x3xf32, #mx.dims<s2, 3>>) {
  // CHECK: mx.reshape %{{.*}} {shape = #mx.dims<"(6 * s0)">}
  %0 = mx.reshape %x {shape = #mx.dims<"(s0 * 6)">} : tensor<?x6xf32, #mx.dims<s0, 6>>
  %1 = mx.transpose %x {axes = array<i64: 1, 0>} : tensor<?x6xf32, #mx.dims<s0, 6>>
  // CHECK: mx.slice %{{.*}} {sizes = #mx.dims<s2, 3>, starts = #mx.dims<s1, 0>
  %2 = mx.slice %x {starts = #mx.dims<s1, 0>, sizes = #mx.dims<s2, 3>, strides = array<i64: 1, 2>} : tensor<?x6xf32, #mx.dims<s0, 6>>
  // CHECK: return {{.*}} : tensor<?xf32, #mx.dims<"(6 * s0)">>, tensor<6x?xf32, #mx.dims<6, s0>>, tensor<?x3xf32, #mx.dims<s2, 3>>
  return %0, %1, %2 : tensor<?xf32, #mx.dims<"(6 * s0)">>, tensor<6x?xf32, #mx.dims<6, s0>>, tensor<?x3xf32, #mx.dims<s2, 3>>
}
