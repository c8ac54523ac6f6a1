// A kernel of f32 uses the target's vector registers, and calls nothing: the mathematics is in it.
// RUN: mxc %s --emit=asm --target=x86-64-v4 | FileCheck %s --check-prefixes=CHECK,V4
// RUN: mxc %s --emit=asm --target=x86-64-v3 | FileCheck %s --check-prefixes=CHECK,V3
// RUN: mxc %s --emit=asm --target=x86-64 | FileCheck %s --check-prefixes=CHECK,BASE

// CHECK-LABEL: k0:
// CHECK-NOT: call
// V4: zmm
// V4-NOT: call
// V3: ymm
// V3-NOT: zmm
// V3-NOT: call
// BASE: xmm
// BASE-NOT: {{ymm|zmm|call}}
// CHECK: ret
func.func @main(%x: tensor<?xf32, #mx.dims<s0>>, %y: tensor<?xf32, #mx.dims<s0>>) -> tensor<?xf32, #mx.dims<s0>> {
  %0 = mx.exp %x : tensor<?xf32, #mx.dims<s0>>
  %1 = mx.tanh %y : tensor<?xf32, #mx.dims<s0>>
  %2 = mx.add %0, %1 : tensor<?xf32, #mx.dims<s0>>, tensor<?xf32, #mx.dims<s0>>
  return %2 : tensor<?xf32, #mx.dims<s0>>
}
