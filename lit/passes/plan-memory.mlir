// Results are placed in outputs, temporaries in one arena whose bytes are used again; a value takes the place of an
// operand that dies where its kernel reads element i before it writes element i.
// RUN: mx-opt %s --mx-plan-memory --split-input-file | FileCheck %s

mxp.kernel @exp "map" (%a: tensor<64xf32>) -> (tensor<64xf32>) {
  %0 = mx.exp %a : tensor<64xf32>
  mx.yield %0 : tensor<64xf32>
}
mxp.kernel @reverse "map" (%a: tensor<64xf32>) -> (tensor<64xf32>) {
  %0 = mx.slice %a {starts = #mx.dims<63>, sizes = #mx.dims<64>, strides = array<i64: -1>} : tensor<64xf32>
  mx.yield %0 : tensor<64xf32>
}

// Two reversals need two buffers, the exponential in between none.
// CHECK-LABEL: func.func @chain
// CHECK-SAME: mxp.arena_bytes = 512 : i64, mxp.arena_bytes_live = 512 : i64, mxp.arena_bytes_without_reuse = 512 : i64, mxp.donors = array<i64: -1>
func.func @chain(%x: tensor<64xf32>) -> tensor<64xf32> {
  // CHECK: @reverse(%{{.*}}) {places = [#mxp.place<arena, [[A:[0-9]+]]>]}
  %0 = mxp.dispatch @reverse(%x) : (tensor<64xf32>) -> tensor<64xf32>
  // CHECK: @exp(%{{.*}}) {places = [#mxp.place<arena, [[A]]>]}
  %1 = mxp.dispatch @exp(%0) : (tensor<64xf32>) -> tensor<64xf32>
  // CHECK: @reverse(%{{.*}}) {places = [#mxp.place<arena, [[B:[0-9]+]]>]}
  %2 = mxp.dispatch @reverse(%1) : (tensor<64xf32>) -> tensor<64xf32>
  // CHECK: @exp(%{{.*}}) {places = [#mxp.place<output, 0>]}
  %3 = mxp.dispatch @exp(%2) : (tensor<64xf32>) -> tensor<64xf32>
  return %3 : tensor<64xf32>
}

// An output may take over an argument's buffer; one that others still read, or that is read elsewhere, may not.
// CHECK-LABEL: func.func @donation
// CHECK-SAME: mxp.donors = array<i64: 0, -1, -1>
func.func @donation(%x: tensor<64xf32>, %y: tensor<64xf32>, %z: tensor<64xf32>) -> (tensor<64xf32>, tensor<64xf32>, tensor<64xf32>) {
  %0 = mxp.dispatch @exp(%x) : (tensor<64xf32>) -> tensor<64xf32>
  %1 = mxp.dispatch @exp(%y) : (tensor<64xf32>) -> tensor<64xf32>
  %2 = mxp.dispatch @reverse(%y) : (tensor<64xf32>) -> tensor<64xf32>
  return %0, %1, %2 : tensor<64xf32>, tensor<64xf32>, tensor<64xf32>
}

// -----

mxp.kernel @exp "map" (%a: tensor<?xf32, #mx.dims<s0>>) -> (tensor<?xf32, #mx.dims<s0>>) {
  %0 = mx.exp %a : tensor<?xf32, #mx.dims<s0>>
  mx.yield %0 : tensor<?xf32, #mx.dims<s0>>
}
// Sizes that are known at the call only: slots are numbered, and planned there.
// CHECK-LABEL: func.func @symbolic
// CHECK-NOT: mxp.arena_bytes
func.func @symbolic(%x: tensor<?xf32, #mx.dims<s0>>) -> tensor<?xf32, #mx.dims<s0>> {
  // CHECK: mxp.dispatch @exp(%{{.*}}) {places = [#mxp.place<arena, -1>]
  %0 = mxp.dispatch @exp(%x) {symbols = #mx.dims<s0>} : (tensor<?xf32, #mx.dims<s0>>) -> tensor<?xf32, #mx.dims<s0>>
  // CHECK: mxp.dispatch @exp(%{{.*}}) {places = [#mxp.place<arena, -1>]
  %1 = mxp.dispatch @exp(%0) {symbols = #mx.dims<s0>} : (tensor<?xf32, #mx.dims<s0>>) -> tensor<?xf32, #mx.dims<s0>>
  // CHECK: mxp.dispatch @exp(%{{.*}}) {places = [#mxp.place<output, 0>]
  %2 = mxp.dispatch @exp(%1) {symbols = #mx.dims<s0>} : (tensor<?xf32, #mx.dims<s0>>) -> tensor<?xf32, #mx.dims<s0>>
  return %2 : tensor<?xf32, #mx.dims<s0>>
}
