// The members of a chain stay whole in its kernel, and their arguments are renumbered with the kernel's symbols.
// RUN: mx-opt %s --mx-form-chains --mx-outline-kernels | FileCheck %s

// CHECK-LABEL: mxp.kernel @k0 "chain" (%{{.*}}: tensor<?x0xf32, #mx.dims<s0, 0>>)
// CHECK: mx.fusion "map" (%{{.*}} = %{{.*}} : tensor<?x0xf32, #mx.dims<s0, 0>>)
// CHECK-NEXT: mx.exp %{{.*}} : tensor<?x0xf32, #mx.dims<s0, 0>>
// CHECK: mxp.dispatch @k0({{.*}}symbols = #mx.dims<s7>
func.func @symbols(%x: tensor<?x0xf32, #mx.dims<s7, 0>>) -> (tensor<?x0xf32, #mx.dims<s7, 0>>, tensor<?x0xf32, #mx.dims<s7, 0>>) {
  %0 = mx.fusion "map" (%a = %x : tensor<?x0xf32, #mx.dims<s7, 0>>) -> (tensor<?x0xf32, #mx.dims<s7, 0>>) {
    %r = mx.exp %a : tensor<?x0xf32, #mx.dims<s7, 0>>
    mx.yield %r : tensor<?x0xf32, #mx.dims<s7, 0>>
  }
  %1 = mx.fusion "map" (%a = %x : tensor<?x0xf32, #mx.dims<s7, 0>>) -> (tensor<?x0xf32, #mx.dims<s7, 0>>) {
    %r = mx.sin %a : tensor<?x0xf32, #mx.dims<s7, 0>>
    mx.yield %r : tensor<?x0xf32, #mx.dims<s7, 0>>
  }
  return %0, %1 : tensor<?x0xf32, #mx.dims<s7, 0>>, tensor<?x0xf32, #mx.dims<s7, 0>>
}
