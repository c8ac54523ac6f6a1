// One program in each phase, by mx-opt's pipelines and by mxc's names for the same.
// RUN: mx-opt %s --mx-to-core | FileCheck %s --check-prefix=CORE
// RUN: mx-opt %s --mx-to-fused | FileCheck %s --check-prefix=FUSED
// RUN: mx-opt %s --mx-to-program | FileCheck %s --check-prefix=PROGRAM
// RUN: mx-opt %s --mx-to-tiled=target=x86-64-v4 | FileCheck %s --check-prefix=TILED
// RUN: mx-opt %s --mx-to-target=target=x86-64-v4 | FileCheck %s --check-prefix=TARGET
// RUN: mxc %s --compile-to=core | FileCheck %s --check-prefix=CORE
// RUN: mxc %s --compile-to=fused | FileCheck %s --check-prefix=FUSED
// RUN: mxc %s --compile-to=program | FileCheck %s --check-prefix=PROGRAM
// RUN: mxc %s --compile-to=tiled --target=x86-64-v4 | FileCheck %s --check-prefix=TILED
// RUN: mxc %s --compile-to=target --target=x86-64-v4 | FileCheck %s --check-prefix=TARGET

func.func private @twice(%x: tensor<?xf32, #mx.dims<s0>>) -> tensor<?xf32, #mx.dims<s0>> {
  %0 = mx.add %x, %x : tensor<?xf32, #mx.dims<s0>>, tensor<?xf32, #mx.dims<s0>>
  return %0 : tensor<?xf32, #mx.dims<s0>>
}

// CORE-NOT: @twice
// CORE-LABEL: func.func @main
// CORE: mx.add
// CORE: mx.astype
// CORE: mx.broadcast_to
// CORE: mx.multiply %{{.*}}, %{{.*}} : tensor<?xf32, #mx.dims<s0>>, tensor<?xf32, #mx.dims<s0>>

// FUSED-LABEL: func.func @main
// FUSED: mx.fusion "map"
// FUSED-NOT: mx.fusion

// PROGRAM: mxp.kernel @k0 "map"
// PROGRAM-LABEL: func.func @main
// PROGRAM-SAME: mxp.donors
// PROGRAM-NEXT: mxp.dispatch @k0
// PROGRAM-SAME: places = [#mxp.place<output, 0>]
// PROGRAM-NEXT: return

// TILED-NOT: @main
// TILED: func.func @k0(%{{.*}}: index, %{{.*}}: index) attributes {mxp.scalars = #mx.dims<{{.*}}s0{{.*}}>, mxp.units = #mx.dims<"((s0 + 8191) floordiv 8192)">}
// TILED: mxp.buffer
// TILED: vector.load
// TILED: vector.store

// TARGET: llvm.func @k0(%{{.*}}: !llvm.ptr, %{{.*}}: i32, %{{.*}}: i32) -> i32
// TARGET-NOT: unrealized_conversion_cast
func.func @main(%x: tensor<?xf32, #mx.dims<s0>>, %y: tensor<i32>) -> tensor<?xf32, #mx.dims<s0>> {
  %0 = mx.composite "twice" %x {attrs = {}, decomposition = @twice} : (tensor<?xf32, #mx.dims<s0>>) -> tensor<?xf32, #mx.dims<s0>>
  %1 = mx.multiply %0, %y : tensor<?xf32, #mx.dims<s0>>, tensor<i32>
  return %1 : tensor<?xf32, #mx.dims<s0>>
}
