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

// expected-error @+1 {{a place is in the arena or an output}}
func.func private @f() attributes {a = #mxp.place<stack, 0>}
