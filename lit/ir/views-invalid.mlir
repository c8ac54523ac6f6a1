// What views refuse: other numbers of elements, axes that are no permutation, windows that reach outside.
// RUN: mx-opt %s --split-input-file --verify-diagnostics

func.func @reshape(%x: tensor<4x6xf32>) {
  // expected-error @+1 {{[reshape] cannot reshape (4, 6) to (5, 5): 24 elements to 25}}
  %0 = mx.reshape %x {shape = #mx.dims<5, 5>} : tensor<4x6xf32>
  return
}

// -----

func.func @reshape_symbols(%x: tensor<?x6xf32, #mx.dims<s0, 6>>) {
  // expected-error @+1 {{[reshape] cannot reshape (s0, 6) to (((6 * s0) + 1)): (6 * s0) elements to ((6 * s0) + 1)}}
  %0 = mx.reshape %x {shape = #mx.dims<"((6 * s0) + 1)">} : tensor<?x6xf32, #mx.dims<s0, 6>>
  return
}

// -----

func.func @negative_size(%x: tensor<4x6xf32>) {
  // expected-error @+1 {{[reshape] size -4 is negative: (-4, -6)}}
  %0 = mx.reshape %x {shape = #mx.dims<-4, -6>} : tensor<4x6xf32>
  return
}

// -----

func.func @huge(%x: tensor<1xf32>) {
  // expected-error @+1 {{[broadcast_to] (2147483647, 2147483647, 2147483647) has more than 2^62 elements}}
  %0 = mx.broadcast_to %x {shape = #mx.dims<2147483647, 2147483647, 2147483647>} : tensor<1xf32>
  return
}

// -----

func.func @transpose_length(%x: tensor<4x6xf32>) {
  // expected-error @+1 {{[transpose] axes needs one entry per axis of (4, 6), got 1}}
  %0 = mx.transpose %x {axes = array<i64: 0>} : tensor<4x6xf32>
  return
}

// -----

func.func @transpose_twice(%x: tensor<4x6xf32>) {
  // expected-error @+1 {{[transpose] axis 0 occurs twice}}
  %0 = mx.transpose %x {axes = array<i64: 0, 0>} : tensor<4x6xf32>
  return
}

// -----

func.func @transpose_range(%x: tensor<4x6xf32>) {
  // expected-error @+1 {{[transpose] axis 2 is out of range for (4, 6)}}
  %0 = mx.transpose %x {axes = array<i64: 0, 2>} : tensor<4x6xf32>
  return
}

// -----

func.func @broadcast(%x: tensor<4x6xf32>) {
  // expected-error @+1 {{[broadcast_to] cannot broadcast (4, 6) to (4, 5)}}
  %0 = mx.broadcast_to %x {shape = #mx.dims<4, 5>} : tensor<4x6xf32>
  return
}

// -----

func.func @broadcast_rank(%x: tensor<4x6xf32>) {
  // expected-error @+1 {{[broadcast_to] cannot broadcast (4, 6) to (6)}}
  %0 = mx.broadcast_to %x {shape = #mx.dims<6>} : tensor<4x6xf32>
  return
}

// -----

func.func @slice_outside(%x: tensor<4x6xf32>) {
  // expected-error @+1 {{[slice] elements 4 to 6 are out of range at axis 1 of (4, 6)}}
  %0 = mx.slice %x {starts = #mx.dims<0, 4>, sizes = #mx.dims<4, 3>, strides = array<i64: 1, 1>} : tensor<4x6xf32>
  return
}

// -----

func.func @slice_stride(%x: tensor<4x6xf32>) {
  // expected-error @+1 {{[slice] stride 0 at axis 1 of (4, 6)}}
  %0 = mx.slice %x {starts = #mx.dims<0, 0>, sizes = #mx.dims<4, 3>, strides = array<i64: 1, 0>} : tensor<4x6xf32>
  return
}

// -----

func.func @slice_length(%x: tensor<4x6xf32>) {
  // expected-error @+1 {{[slice] starts needs one entry per axis of (4, 6), got 1}}
  %0 = mx.slice %x {starts = #mx.dims<0>, sizes = #mx.dims<4, 3>, strides = array<i64: 1, 1>} : tensor<4x6xf32>
  return
}

// -----

func.func @strided_outside(%x: tensor<4x6xf32>) {
  // expected-error @+1 {{[as_strided] elements 0 to 29 are out of range for 24}}
  %0 = mx.as_strided %x {shape = #mx.dims<5, 6>, strides = #mx.dims<6, 1>, offset = #mx.dims<0>} : tensor<4x6xf32>
  return
}

// -----

func.func @strided_before(%x: tensor<4x6xf32>) {
  // expected-error @+1 {{[as_strided] elements -1 to 3 are out of range for 24}}
  %0 = mx.as_strided %x {shape = #mx.dims<5>, strides = #mx.dims<-1>, offset = #mx.dims<3>} : tensor<4x6xf32>
  return
}

// -----

func.func @view(%x: tensor<4x3xf16>) {
  // expected-error @+1 {{[view] cannot view (4, 3) of float16 as float32: rows of 6 bytes do not divide into elements of 4}}
  %0 = mx.view %x {dtype = f32} : tensor<4x3xf16>
  return
}

// -----

func.func @view_scalar(%x: tensor<f16>) {
  // expected-error @+1 {{[view] cannot view () of float16 as float32: a scalar only views as a dtype of its size}}
  %0 = mx.view %x {dtype = f32} : tensor<f16>
  return
}

// -----

func.func @as_strided_offsets(%x: tensor<4xf32>) {
  // expected-error @+1 {{[as_strided] takes one offset, got 2}}
  %0 = mx.as_strided %x {shape = #mx.dims<2>, strides = #mx.dims<1>, offset = #mx.dims<0, 1>} : tensor<4xf32>
  return
}
