// What the creating ops refuse.
// RUN: mx-opt %s --split-input-file --verify-diagnostics

func.func @iota_bool() {
  // expected-error @+1 {{[arange] bool does not count; use an integer or a real dtype}}
  %0 = mx.iota {shape = #mx.dims<4>, dtype = i1}
  return
}

// -----

func.func @iota_rank() {
  // expected-error @+1 {{[arange] counts along one axis, got the shape (4, 4)}}
  %0 = mx.iota {shape = #mx.dims<4, 4>, dtype = i32}
  return
}

// -----

func.func @iota_dtype() {
  // expected-error @+1 {{[arange] has an attribute of the wrong kind: dtype}}
  %0 = mx.iota {shape = #mx.dims<4>, dtype = tensor<4xf32>}
  return
}

// -----

func.func @size_bool() {
  // expected-error @+1 {{[number_of_elements] bool does not count; use an integer or a real dtype}}
  %0 = mx.size {shape = #mx.dims<4>, dtype = i1}
  return
}

// -----

func.func @key_dtype(%key: tensor<2xi32>) {
  // expected-error @+1 {{[random::bits] the key is uint32, got int32}}
  %0 = mx.random_bits %key {shape = #mx.dims<4>, width = 4 : i64} : tensor<2xi32>
  return
}

// -----

func.func @key_shape(%key: tensor<3xui32>) {
  // expected-error @+1 {{[random::bits] the last axis of the key has size 2, got (3)}}
  %0 = mx.random_bits %key {shape = #mx.dims<4>, width = 4 : i64} : tensor<3xui32>
  return
}

// -----

func.func @width(%key: tensor<2xui32>) {
  // expected-error @+1 {{[random::bits] the width is 1, 2 or 4 bytes, got 3}}
  %0 = mx.random_bits %key {shape = #mx.dims<4>, width = 3 : i64} : tensor<2xui32>
  return
}
