// What joins, pads and indexing refuse.
// RUN: mx-opt %s --split-input-file --verify-diagnostics

func.func @join_shapes(%x: tensor<4x6xf32>, %y: tensor<3x6xf32>) {
  // expected-error @+1 {{[concatenate] shapes differ outside axis 1: (4, 6) and (3, 6)}}
  %0 = mx.concatenate %x, %y {axis = 1 : i64} : tensor<4x6xf32>, tensor<3x6xf32>
  return
}

// -----

func.func @join_axis(%x: tensor<4x6xf32>) {
  // expected-error @+1 {{[concatenate] axis 2 is out of range for (4, 6)}}
  %0 = mx.concatenate %x {axis = 2 : i64} : tensor<4x6xf32>
  return
}

// -----

func.func @join_nothing() {
  // expected-error @+2 {{[concatenate] needs at least one array}}
  // expected-error @+1 {{'mx.concatenate' op failed to infer returned types}}
  %0 = "mx.concatenate"() {axis = 0 : i64} : () -> tensor<4xf32>
  return
}

// -----

func.func @pad_value(%x: tensor<4xf32>, %v: tensor<1xf32>) {
  // expected-error @+1 {{[pad] the value is a scalar, got (1)}}
  %0 = mx.pad %x, %v {low = #mx.dims<1>, shape = #mx.dims<6>} : tensor<4xf32>, tensor<1xf32>
  return
}

// -----

func.func @pad_room(%x: tensor<4xf32>, %v: tensor<f32>) {
  // expected-error @+1 {{[pad] (4) placed at (3) does not fit into (6)}}
  %0 = mx.pad %x, %v {low = #mx.dims<3>, shape = #mx.dims<6>} : tensor<4xf32>, tensor<f32>
  return
}

// -----

func.func @update_window(%x: tensor<4xf32>, %u: tensor<3xf32>) {
  // expected-error @+1 {{[slice_update] elements 2 to 4 are out of range at axis 0 of (4)}}
  %0 = mx.slice_update %x, %u {starts = #mx.dims<2>, strides = array<i64: 1>, mode = "set"} : tensor<4xf32>, tensor<3xf32>
  return
}

// -----

func.func @update_mode(%x: tensor<4xf32>, %u: tensor<3xf32>) {
  // expected-error @+1 {{[slice_update] mode 'xor' is none of set, add, prod, max, min}}
  %0 = mx.slice_update %x, %u {starts = #mx.dims<0>, strides = array<i64: 1>, mode = "xor"} : tensor<4xf32>, tensor<3xf32>
  return
}

// -----

func.func @update_dtype(%x: tensor<4xf32>, %u: tensor<3xi32>) {
  // expected-error @+1 {{[slice_update] the update has dtype int32, the operand float32}}
  %0 = mx.slice_update %x, %u {starts = #mx.dims<0>, strides = array<i64: 1>, mode = "set"} : tensor<4xf32>, tensor<3xi32>
  return
}

// -----

func.func @gather_index(%x: tensor<4xf32>, %i: tensor<3xf32>) {
  // expected-error @+1 {{[gather] indices are integers, got float32}}
  %0 = mx.gather %x, %i {axes = array<i64: 0>, slice_sizes = #mx.dims<1>} : tensor<4xf32>, tensor<3xf32>
  return
}

// -----

func.func @gather_window(%x: tensor<4xf32>, %i: tensor<3xi32>) {
  // expected-error @+1 {{[gather] a window of (5) does not fit into (4)}}
  %0 = mx.gather %x, %i {axes = array<i64: 0>, slice_sizes = #mx.dims<5>} : tensor<4xf32>, tensor<3xi32>
  return
}

// -----

func.func @gather_axes(%x: tensor<4xf32>, %i: tensor<3xi32>) {
  // expected-error @+1 {{[gather] axis 1 is out of range for (4)}}
  %0 = mx.gather %x, %i {axes = array<i64: 0, 1>, slice_sizes = #mx.dims<1>} : tensor<4xf32>, tensor<3xi32>
  return
}

// -----

func.func @gather_count(%x: tensor<4xf32>) {
  // expected-error @+1 {{[gather] needs one index array per axis: 0 for 1 axes}}
  %0 = mx.gather %x {axes = array<i64: 0>, slice_sizes = #mx.dims<1>} : tensor<4xf32>
  return
}

// -----

func.func @take_rank(%x: tensor<4x6xf32>, %i: tensor<3xi32>) {
  // expected-error @+1 {{[take_along_axis] indices have the rank of the operand: (3) for (4, 6)}}
  %0 = mx.take_along_axis %x, %i {axis = 1 : i64} : tensor<4x6xf32>, tensor<3xi32>
  return
}

// -----

func.func @take_shape(%x: tensor<4x6xf32>, %i: tensor<3x2xi32>) {
  // expected-error @+1 {{[take_along_axis] indices (3, 2) do not broadcast to (4, 6) outside axis 1}}
  %0 = mx.take_along_axis %x, %i {axis = 1 : i64} : tensor<4x6xf32>, tensor<3x2xi32>
  return
}

// -----

func.func @take_nothing(%x: tensor<4x0xf32>, %i: tensor<4x2xi32>) {
  // expected-error @+1 {{[take_along_axis] axis 1 of (4, 0) is empty: nothing to take}}
  %0 = mx.take_along_axis %x, %i {axis = 1 : i64} : tensor<4x0xf32>, tensor<4x2xi32>
  return
}

// -----

func.func @scatter_updates(%x: tensor<4xf32>, %u: tensor<3xf32>, %i: tensor<3xi32>) {
  // expected-error @+1 {{[scatter] updates (3) are not indices (3) followed by a window of (4)}}
  %0 = mx.scatter %x, %u, %i {axes = array<i64: 0>, mode = "set"} : tensor<4xf32>, tensor<3xf32>, tensor<3xi32>
  return
}

// -----

func.func @scatter_mode(%x: tensor<4x6xf32>, %i: tensor<4x3xi32>, %v: tensor<4x3xf32>) {
  // expected-error @+1 {{[put_along_axis] mode 'max' is none of set, add}}
  %0 = mx.scatter_axis %x, %i, %v {axis = 1 : i64, mode = "max"} : tensor<4x6xf32>, tensor<4x3xi32>, tensor<4x3xf32>
  return
}
