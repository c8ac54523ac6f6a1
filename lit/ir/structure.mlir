// Round trip of composites and fusions.
// RUN: mx-opt %s | mx-opt | FileCheck %s

func.func private @relu(%x: tensor<4xf32>) -> tensor<4xf32> {
  %zero = mx.constant dense<0.0> : tensor<f32>
  %0 = mx.maximum %x, %zero : tensor<4xf32>, tensor<f32>
  return %0 : tensor<4xf32>
}

// CHECK-LABEL: func.func @composite
func.func @composite(%x: tensor<4xf32>) -> tensor<4xf32> {
  // CHECK: mx.composite "relu" %{{.*}} {attrs = {axis = 1 : i64}, decomposition = @relu} : (tensor<4xf32>) -> tensor<4xf32>
  %0 = mx.composite "relu" %x {attrs = {axis = 1 : i64}, decomposition = @relu} : (tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// CHECK-LABEL: func.func @fusion
func.func @fusion(%x: tensor<?xf32, #mx.dims<s0>>, %y: tensor<?xf32, #mx.dims<s0>>) -> tensor<?xf32, #mx.dims<s0>> {
  // CHECK: mx.fusion "map" (%[[A:.*]] = %{{.*}} : tensor<?xf32, #mx.dims<s0>>, %{{.*}} = %{{.*}} : tensor<?xf32, #mx.dims<s0>>) -> (tensor<?xf32, #mx.dims<s0>>) attributes {reasons = {"1" = "why"}} {
  // CHECK-NEXT: %[[E:.*]] = mx.exp %[[A]]
  // CHECK-NEXT: mx.yield %[[E]] : tensor<?xf32, #mx.dims<s0>>
  %0 = mx.fusion "map" (%a = %x : tensor<?xf32, #mx.dims<s0>>, %b = %y : tensor<?xf32, #mx.dims<s0>>) -> (tensor<?xf32, #mx.dims<s0>>) attributes {reasons = {"1" = "why"}} {
    %1 = mx.exp %a : tensor<?xf32, #mx.dims<s0>>
    mx.yield %1 : tensor<?xf32, #mx.dims<s0>>
  }
  return %0 : tensor<?xf32, #mx.dims<s0>>
}
