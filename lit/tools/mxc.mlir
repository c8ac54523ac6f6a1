// What mxc writes, from a file or standard input: each kind of output, and phases on the way.
// RUN: mxc %s --target=x86-64-v3 --emit=llvm | FileCheck %s --check-prefix=LLVM
// RUN: mxc --target=x86-64-v3 --emit=asm < %s | FileCheck %s --check-prefix=ASM
// RUN: mxc %s --target=x86-64-v3 --emit=obj -o %t.o && llvm-nm %t.o | FileCheck %s --check-prefix=OBJ
// RUN: mxc %s --compile-to=program --mx-print-after=traced,fused 2>&1 >/dev/null | FileCheck %s --check-prefix=AFTER
// RUN: mxc %s --compile-to=core | mxc --compile-to=fused | FileCheck %s --check-prefix=FUSED

// LLVM: define i32 @k0(ptr %0, i32 %1, i32 %2)
// LLVM: <16 x float>
// ASM: k0:
// ASM: ymm
// The kernel is all there is: nothing that a loader would have to find.
// OBJ-NOT: U
// OBJ: T k0
// OBJ-NOT: U
// AFTER: // ----- phase traced
// AFTER-NOT: mx.fusion
// AFTER: // ----- phase fused
// AFTER: mx.fusion
// AFTER-NOT: mxp.
// FUSED: mx.fusion "map"
func.func @main(%x: tensor<64xf32>, %y: tensor<f32>) -> tensor<64xf32> {
  %0 = mx.exp %x : tensor<64xf32>
  %1 = mx.add %0, %y : tensor<64xf32>, tensor<f32>
  return %1 : tensor<64xf32>
}
