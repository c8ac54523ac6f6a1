// Round trip of reductions, argument reductions and scans, and the types they infer.
// RUN: mx-opt %s | mx-opt | FileCheck %s

// CHECK-LABEL: func.func @reductions
func.func @reductions(%x: tensor<4x6xf16>) {
  // CHECK: mx.sum %{{.*}} {axes = array<i64: 0, 1>, keepdims = false} : tensor<4x6xf16>
  %sum = mx.sum %x {axes = array<i64: 0, 1>, keepdims = false} : tensor<4x6xf16>
  // CHECK: mx.prod %{{.*}} {axes = array<i64: 0, 1>, keepdims = false} : tensor<4x6xf16>
  %prod = mx.prod %x {axes = array<i64: 0, 1>, keepdims = false} : tensor<4x6xf16>
  // CHECK: mx.max %{{.*}} {axes = array<i64: 0, 1>, keepdims = false} : tensor<4x6xf16>
  %max = mx.max %x {axes = array<i64: 0, 1>, keepdims = false} : tensor<4x6xf16>
  // CHECK: mx.min %{{.*}} {axes = array<i64: 0, 1>, keepdims = false} : tensor<4x6xf16>
  %min = mx.min %x {axes = array<i64: 0, 1>, keepdims = false} : tensor<4x6xf16>
  // CHECK: mx.all %{{.*}} {axes = array<i64: 0, 1>, keepdims = false} : tensor<4x6xf16>
  %all = mx.all %x {axes = array<i64: 0, 1>, keepdims = false} : tensor<4x6xf16>
  // CHECK: mx.any %{{.*}} {axes = array<i64: 0, 1>, keepdims = false} : tensor<4x6xf16>
  %any = mx.any %x {axes = array<i64: 0, 1>, keepdims = false} : tensor<4x6xf16>
  // CHECK: mx.argmax %{{.*}} {axis = 1 : i64, keepdims = true} : tensor<4x6xf16>
  %argmax = mx.argmax %x {axis = 1 : i64, keepdims = true} : tensor<4x6xf16>
  // CHECK: mx.argmin %{{.*}} {axis = 1 : i64, keepdims = true} : tensor<4x6xf16>
  %argmin = mx.argmin %x {axis = 1 : i64, keepdims = true} : tensor<4x6xf16>
  // CHECK: mx.cumsum %{{.*}} {axis = 0 : i64, inclusive = true, reverse = false} : tensor<4x6xf16>
  %cumsum = mx.cumsum %x {axis = 0 : i64, reverse = false, inclusive = true} : tensor<4x6xf16>
  // CHECK: mx.cumprod %{{.*}} {axis = 0 : i64, inclusive = true, reverse = false} : tensor<4x6xf16>
  %cumprod = mx.cumprod %x {axis = 0 : i64, reverse = false, inclusive = true} : tensor<4x6xf16>
  // CHECK: mx.cummax %{{.*}} {axis = 0 : i64, inclusive = true, reverse = false} : tensor<4x6xf16>
  %cummax = mx.cummax %x {axis = 0 : i64, reverse = false, inclusive = true} : tensor<4x6xf16>
  // CHECK: mx.cummin %{{.*}} {axis = 0 : i64, inclusive = true, reverse = false} : tensor<4x6xf16>
  %cummin = mx.cummin %x {axis = 0 : i64, reverse = false, inclusive = true} : tensor<4x6xf16>
  return
}

// CHECK-LABEL: func.func @results
func.func @results(%x: tensor<?x6xui8, #mx.dims<s0, 6>>)
    -> (tensor<6xui32>, tensor<?x1xui8, #mx.dims<s0, 1>>, tensor<i1>, tensor<6xui32>, tensor<?x6xui32, #mx.dims<s0, 6>>) {
  %0 = mx.sum %x {axes = array<i64: 0>, keepdims = false} : tensor<?x6xui8, #mx.dims<s0, 6>>
  %1 = mx.max %x {axes = array<i64: 1>, keepdims = true} : tensor<?x6xui8, #mx.dims<s0, 6>>
  %2 = mx.all %x {axes = array<i64: 0, 1>, keepdims = false} : tensor<?x6xui8, #mx.dims<s0, 6>>
  %3 = mx.argmax %x {axis = 0 : i64, keepdims = false} : tensor<?x6xui8, #mx.dims<s0, 6>>
  %4 = mx.cumsum %x {axis = 0 : i64, reverse = false, inclusive = true} : tensor<?x6xui8, #mx.dims<s0, 6>>
  // CHECK: return {{.*}} : tensor<6xui32>, tensor<?x1xui8, #mx.dims<s0, 1>>, tensor<i1>, tensor<6xui32>, tensor<?x6xui32, #mx.dims<s0, 6>>
  return %0, %1, %2, %3, %4 : tensor<6xui32>, tensor<?x1xui8, #mx.dims<s0, 1>>, tensor<i1>, tensor<6xui32>, tensor<?x6xui32, #mx.dims<s0, 6>>
}
