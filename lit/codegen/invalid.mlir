// Kernels that no pattern can lower, on the CPU as in SPIR-V.
// RUN: mx-opt %s --mx-lower-kernels --split-input-file --verify-diagnostics
// RUN: mx-opt %s --mx-lower-kernels-to-gpu --split-input-file --verify-diagnostics

// expected-error @+1 {{of kind map yields different shapes}}
mxp.kernel @k0 "map" (%a: tensor<4xf32>, %b: tensor<5xf32>) -> (tensor<4xf32>, tensor<5xf32>) {
  mx.yield %a, %b : tensor<4xf32>, tensor<5xf32>
}

// -----

// expected-error @+1 {{of kind row has no reduction}}
mxp.kernel @k0 "row" (%a: tensor<4xf32>) -> (tensor<4xf32>) {
  mx.yield %a : tensor<4xf32>
}

// -----

mxp.kernel @k0 "row" (%a: tensor<f32>) -> (tensor<f32>) {
  // expected-error @+1 {{reduces no axis}}
  %0 = mx.sum %a {axes = array<i64>, keepdims = false} : tensor<f32>
  mx.yield %0 : tensor<f32>
}

// -----

mxp.kernel @k0 "row" (%a: tensor<4x8xf32>, %b: tensor<8x4xf32>) -> (tensor<4xf32>, tensor<8xf32>) {
  %0 = mx.sum %a {axes = array<i64: 1>, keepdims = false} : tensor<4x8xf32>
  // expected-error @+1 {{reduces another domain than the rest of its kernel}}
  %1 = mx.sum %b {axes = array<i64: 1>, keepdims = false} : tensor<8x4xf32>
  mx.yield %0, %1 : tensor<4xf32>, tensor<8xf32>
}

// -----

// expected-error @+1 {{of kind row yields 'tensor<3xf32>', of neither its domain's shape nor its rows'}}
mxp.kernel @k0 "row" (%a: tensor<4x8xf32>, %b: tensor<3xf32>) -> (tensor<4xf32>, tensor<3xf32>) {
  %0 = mx.sum %a {axes = array<i64: 1>, keepdims = false} : tensor<4x8xf32>
  mx.yield %0, %b : tensor<4xf32>, tensor<3xf32>
}

// -----

// expected-error @+1 {{of kind matmul has no matmul}}
mxp.kernel @k0 "matmul" (%a: tensor<4x4xf32>) -> (tensor<4x4xf32>) {
  mx.yield %a : tensor<4x4xf32>
}

// -----

// expected-error @+1 {{of kind matmul yields 'tensor<3xf32>', of another shape than its product}}
mxp.kernel @k0 "matmul" (%a: tensor<4x4xf32>, %b: tensor<3xf32>) -> (tensor<4x4xf32>, tensor<3xf32>) {
  %0 = mx.matmul %a, %a : tensor<4x4xf32>, tensor<4x4xf32>
  mx.yield %0, %b : tensor<4x4xf32>, tensor<3xf32>
}

// -----

// expected-error @+1 {{for kind 'sort'}}
mxp.kernel @k0 "sort" (%a: tensor<4xf32>) -> (tensor<4xf32>) {
  mx.yield %a : tensor<4xf32>
}
