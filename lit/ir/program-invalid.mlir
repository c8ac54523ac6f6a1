// What kernels and dispatches refuse.
// RUN: mx-opt %s --split-input-file --verify-diagnostics

func.func @main(%x: tensor<4xf32>) {
  // expected-error @+1 {{names no kernel: @k0}}
  %0 = mxp.dispatch @k0(%x) : (tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

mxp.kernel @k0 "map" (%a: tensor<4xf32>) -> (tensor<4xf32>) {
  mx.yield %a : tensor<4xf32>
}
func.func @main(%x: tensor<5xf32>) {
  // expected-error @+1 {{differs in type from the kernel @k0}}
  %0 = mxp.dispatch @k0(%x) : (tensor<5xf32>) -> tensor<5xf32>
  return
}

// -----

// expected-error @+1 {{yields values that differ from its results}}
mxp.kernel @k0 "map" (%a: tensor<4xf32>) -> (tensor<5xf32>) {
  mx.yield %a : tensor<4xf32>
}

// -----

mxp.kernel @k0 "map" (%a: tensor<4xf32>) -> (tensor<f32>) {
  // expected-error @+1 {{belongs into a kernel of kind 'row', not 'map'}}
  %0 = mx.sum %a {axes = array<i64: 0>, keepdims = false} : tensor<4xf32>
  mx.yield %0 : tensor<f32>
}

// -----

mxp.kernel @k0 "matmul" (%a: tensor<4x4xf32>) -> (tensor<4x4xf32>) {
  %0 = mx.matmul %a, %a : tensor<4x4xf32>, tensor<4x4xf32>
  // expected-error @+1 {{is one too many: a kernel of kind 'matmul' computes one}}
  %1 = mx.matmul %0, %a : tensor<4x4xf32>, tensor<4x4xf32>
  mx.yield %1 : tensor<4x4xf32>
}

// -----

mxp.kernel @k0 "map" (%a: tensor<4xf32>) -> (tensor<4xf32>) {
  // expected-error @+1 {{is no op of a kernel}}
  %0 = mxp.buffer 0 : memref<?xf32>
  mx.yield %a : tensor<4xf32>
}

// -----

// expected-error @+1 {{yields nothing}}
"mxp.kernel"() ({
  "mx.yield"() : () -> ()
}) {sym_name = "k0", kind = "map", result_types = []} : () -> ()

// -----

// expected-error @+1 {{a place is in the arena or an output}}
func.func private @f() attributes {a = #mxp.place<stack, 0>}
