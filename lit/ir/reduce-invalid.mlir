// What reductions and scans refuse.
// RUN: mx-opt %s --split-input-file --verify-diagnostics

func.func @axis(%x: tensor<4x6xf32>) {
  // expected-error @+1 {{[sum] axis 2 is out of range for (4, 6)}}
  %0 = mx.sum %x {axes = array<i64: 2>, keepdims = false} : tensor<4x6xf32>
  return
}

// -----

func.func @axis_negative(%x: tensor<4x6xf32>) {
  // expected-error @+1 {{[sum] axis -1 is out of range for (4, 6)}}
  %0 = mx.sum %x {axes = array<i64: -1>, keepdims = false} : tensor<4x6xf32>
  return
}

// -----

func.func @axis_twice(%x: tensor<4x6xf32>) {
  // expected-error @+1 {{[sum] axis 0 occurs twice}}
  %0 = mx.sum %x {axes = array<i64: 0, 0>, keepdims = false} : tensor<4x6xf32>
  return
}

// -----

func.func @empty_max(%x: tensor<4x0xf32>) {
  // expected-error @+1 {{[max] axis 1 of (4, 0) is empty: there is no such element}}
  %0 = mx.max %x {axes = array<i64: 1>, keepdims = false} : tensor<4x0xf32>
  return
}

// -----

func.func @complex(%x: tensor<4xcomplex<f32>>) {
  // expected-error @+1 {{[sum] complex64 is a storage type: sum takes real operands; convert with astype}}
  %0 = mx.sum %x {axes = array<i64: 0>, keepdims = false} : tensor<4xcomplex<f32>>
  return
}

// -----

func.func @empty_argmax(%x: tensor<4x0xf32>) {
  // expected-error @+1 {{[argmax] axis 1 of (4, 0) is empty: there is no such element}}
  %0 = mx.argmax %x {axis = 1 : i64, keepdims = false} : tensor<4x0xf32>
  return
}

// -----

func.func @scan_axis(%x: tensor<4xf32>) {
  // expected-error @+1 {{[cumsum] axis 1 is out of range for (4)}}
  %0 = mx.cumsum %x {axis = 1 : i64, reverse = false, inclusive = true} : tensor<4xf32>
  return
}

// -----

func.func @missing(%x: tensor<4xf32>) {
  // expected-error @+1 {{[sum] needs the attribute keepdims}}
  %0 = mx.sum %x {axes = array<i64: 0>} : tensor<4xf32>
  return
}
