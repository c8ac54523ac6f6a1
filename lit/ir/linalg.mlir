// Round trip of matmul and the shapes it infers.
// RUN: mx-opt %s | mx-opt | FileCheck %s

// CHECK-LABEL: func.func @matmul
func.func @matmul(%a: tensor<3x1x4x5xf16>, %b: tensor<2x5x6xf32>, %x: tensor<?x5xf32, #mx.dims<s0, 5>>)
    -> (tensor<3x2x4x6xf32>, tensor<2x?x6xf32, #mx.dims<2, s0, 6>>) {
  // CHECK: mx.matmul %{{.*}}, %{{.*}} : tensor<3x1x4x5xf16>, tensor<2x5x6xf32>
  %0 = mx.matmul %a, %b : tensor<3x1x4x5xf16>, tensor<2x5x6xf32>
  %1 = mx.matmul %x, %b : tensor<?x5xf32, #mx.dims<s0, 5>>, tensor<2x5x6xf32>
  return %0, %1 : tensor<3x2x4x6xf32>, tensor<2x?x6xf32, #mx.dims<2, s0, 6>>
}
