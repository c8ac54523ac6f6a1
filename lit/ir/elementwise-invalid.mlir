// What element-wise ops refuse: shapes that do not broadcast, dtypes without the operation, wrong operands.
// RUN: mx-opt %s --split-input-file --verify-diagnostics

func.func @shapes(%x: tensor<4xf32>, %y: tensor<3xf32>) {
  // expected-error @+1 {{[add] shapes (4) and (3) cannot be broadcast}}
  %0 = mx.add %x, %y : tensor<4xf32>, tensor<3xf32>
  return
}

// -----

func.func @bits(%x: tensor<4xf32>) {
  // expected-error @+1 {{[bitwise_invert] needs integers or bool, got float32 (float32 together)}}
  %0 = mx.bitwise_invert %x : tensor<4xf32>
  return
}

// -----

func.func @minus(%x: tensor<4xi1>) {
  // expected-error @+1 {{[negative] bool has no negative; use logical_not}}
  %0 = mx.negative %x : tensor<4xi1>
  return
}

// -----

func.func @complex(%x: tensor<4xcomplex<f32>>) {
  // expected-error @+1 {{[exp] complex64 is a storage type: exp takes real operands; convert with astype}}
  %0 = mx.exp %x : tensor<4xcomplex<f32>>
  return
}

// -----

func.func @element_type(%x: tensor<4xi7>) {
  // expected-error @+1 {{[exp] takes ranked tensors of mx's element types, got 'tensor<4xi7>'}}
  %0 = mx.exp %x : tensor<4xi7>
  return
}

// -----

func.func @attribute(%x: tensor<4xf32>) {
  // expected-error @+1 {{[astype] needs the attribute dtype}}
  %0 = mx.astype %x : tensor<4xf32>
  return
}

// -----

func.func @result(%x: tensor<4xf32>) {
  // expected-error @+2 {{'mx.exp' op inferred type(s) 'tensor<4xf32>' are incompatible with return type(s) of operation 'tensor<5xf32>'}}
  // expected-error @+1 {{'mx.exp' op failed to infer returned types}}
  %0 = "mx.exp"(%x) : (tensor<4xf32>) -> tensor<5xf32>
  return
}

// -----

func.func @symbols(%x: tensor<?xf32, #mx.dims<s0>>, %y: tensor<?xf32, #mx.dims<"(s0 + 1)">>) {
  // expected-error @+1 {{[add] shapes (s0) and ((s0 + 1)) cannot be broadcast}}
  %0 = mx.add %x, %y : tensor<?xf32, #mx.dims<s0>>, tensor<?xf32, #mx.dims<"(s0 + 1)">>
  return
}

// -----

func.func @subtract_bool(%x: tensor<4xi1>) {
  // expected-error @+1 {{[subtract] bool has no difference; use logical_xor}}
  %0 = mx.subtract %x, %x : tensor<4xi1>, tensor<4xi1>
  return
}
