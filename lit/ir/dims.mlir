// Sizes: constants, symbols and expressions, written one way whatever way they were read.
// RUN: mx-opt %s | mx-opt | FileCheck %s

// CHECK: a = #mx.dims<1, -2, s0, s12>
// CHECK-SAME: b = #mx.dims<"(6 * s0)", "((2 * s0) + 1)", "(s0 * s1)", "(s0 - s1)">
// CHECK-SAME: c = #mx.dims<"(s0 floordiv 4)", "((s0 + 3) floordiv 4)", "max(1, s0)", "min(s0, s1)">
// CHECK-SAME: d = #mx.dims<>
// CHECK-SAME: e = #mx.dims<s0, 0, 7>
func.func private @sizes() attributes {
  a = #mx.dims<1, -2, s0, s12>,
  b = #mx.dims<"(s0 * 6)", "(s0 + s0 + 1)", "(s1 * s0)", "(s0 - s1)">,
  c = #mx.dims<"(s0 floordiv 4)", "(s0 ceildiv 4)", "max(s0, 1)", "min(s1, s0)">,
  d = #mx.dims<>,
  e = #mx.dims<"(s0 + s1 - s1)", "(s0 - s0)", "((s0 + 7) - s0)">
}
