// A fusion becomes a kernel and a dispatch; fusions that are equal up to the names of their sizes share a kernel.
// RUN: mx-opt %s --mx-outline-kernels | FileCheck %s

// CHECK: mxp.kernel @k0 "map" (%{{.*}}: tensor<?x4xf32, #mx.dims<s0, 4>>) -> (tensor<?x4xf32, #mx.dims<s0, 4>>)
// CHECK-NEXT: mx.exp
// CHECK: mxp.kernel @k1 "map"
// CHECK-NEXT: mx.slice %{{.*}} {sizes = #mx.dims<s1>, starts = #mx.dims<s2>, strides = array<i64: 1>} : tensor<?xf32, #mx.dims<s0>>
// CHECK-NOT: mxp.kernel

// CHECK-LABEL: func.func @main
// CHECK-SAME: (%[[X:.*]]: tensor<?x4xf32, #mx.dims<s0, 4>>, %[[Y:.*]]: tensor<?x4xf32, #mx.dims<"(s0 + s1)", 4>>
func.func @main(%x: tensor<?x4xf32, #mx.dims<s0, 4>>, %y: tensor<?x4xf32, #mx.dims<"(s0 + s1)", 4>>, %z: tensor<?xf32, #mx.dims<s0>>)
    -> (tensor<?x4xf32, #mx.dims<s0, 4>>, tensor<?x4xf32, #mx.dims<"(s0 + s1)", 4>>, tensor<?xf32, #mx.dims<s5>>) {
  // CHECK-NEXT: mxp.dispatch @k0(%[[X]]) {symbols = #mx.dims<s0>}
  %0 = mx.fusion "map" (%a = %x : tensor<?x4xf32, #mx.dims<s0, 4>>) -> (tensor<?x4xf32, #mx.dims<s0, 4>>) {
    %3 = mx.exp %a : tensor<?x4xf32, #mx.dims<s0, 4>>
    mx.yield %3 : tensor<?x4xf32, #mx.dims<s0, 4>>
  }
  // CHECK-NEXT: mxp.dispatch @k0(%[[Y]]) {reasons = {"0" = "why"}, symbols = #mx.dims<"(s0 + s1)">}
  %1 = mx.fusion "map" (%a = %y : tensor<?x4xf32, #mx.dims<"(s0 + s1)", 4>>) -> (tensor<?x4xf32, #mx.dims<"(s0 + s1)", 4>>) attributes {reasons = {"0" = "why"}} {
    %3 = mx.exp %a : tensor<?x4xf32, #mx.dims<"(s0 + s1)", 4>>
    mx.yield %3 : tensor<?x4xf32, #mx.dims<"(s0 + s1)", 4>>
  }
  // Offsets are sizes of the kernel too.
  // CHECK-NEXT: mxp.dispatch @k1(%{{.*}}) {symbols = #mx.dims<s0, s5, s7>}
  %2 = mx.fusion "map" (%a = %z : tensor<?xf32, #mx.dims<s0>>) -> (tensor<?xf32, #mx.dims<s5>>) {
    %3 = mx.slice %a {starts = #mx.dims<s7>, sizes = #mx.dims<s5>, strides = array<i64: 1>} : tensor<?xf32, #mx.dims<s0>>
    mx.yield %3 : tensor<?xf32, #mx.dims<s5>>
  }
  return %0, %1, %2 : tensor<?x4xf32, #mx.dims<s0, 4>>, tensor<?x4xf32, #mx.dims<"(s0 + s1)", 4>>, tensor<?xf32, #mx.dims<s5>>
}
