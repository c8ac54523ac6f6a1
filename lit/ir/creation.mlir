// Round trip of constants, iota and random bits.
// RUN: mx-opt %s | mx-opt | FileCheck %s

// CHECK-LABEL: func.func @creation
func.func @creation(%key: tensor<2xui32>, %keys: tensor<?x2xui32, #mx.dims<s0, 2>>) -> (tensor<?x3xui16, #mx.dims<s0, 3>>, tensor<?xf16, #mx.dims<s1>>) {
  // CHECK: mx.constant dense<1.500000e+00> : tensor<4xf32>
  %0 = mx.constant dense<1.5> : tensor<4xf32>
  // CHECK: mx.constant dense<[1, 2, 255]> : tensor<3xui8>
  %1 = mx.constant dense<[1, 2, 255]> : tensor<3xui8>
  // CHECK: mx.constant dense<true> : tensor<i1>
  %2 = mx.constant dense<true> : tensor<i1>
  // CHECK: mx.constant dense<(1.000000e+00,-2.000000e+00)> : tensor<2xcomplex<f32>>
  %3 = mx.constant dense<(1.0, -2.0)> : tensor<2xcomplex<f32>>
  // CHECK: mx.iota {dtype = i32, shape = #mx.dims<7>}
  %4 = mx.iota {shape = #mx.dims<7>, dtype = i32}
  %5 = mx.iota {shape = #mx.dims<s1>, dtype = f16}
  // CHECK: mx.size {dtype = f32, shape = #mx.dims<s1, 4>}
  %8 = mx.size {shape = #mx.dims<s1, 4>, dtype = f32}
  // CHECK: mx.random_bits %{{.*}} {shape = #mx.dims<4, 5>, width = 4 : i64} : tensor<2xui32>
  %6 = mx.random_bits %key {shape = #mx.dims<4, 5>, width = 4 : i64} : tensor<2xui32>
  %7 = mx.random_bits %keys {shape = #mx.dims<3>, width = 2 : i64} : tensor<?x2xui32, #mx.dims<s0, 2>>
  return %7, %5 : tensor<?x3xui16, #mx.dims<s0, 3>>, tensor<?xf16, #mx.dims<s1>>
}
