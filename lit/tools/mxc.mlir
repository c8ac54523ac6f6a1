// What mxc writes, from a file or standard input: each kind of output, and phases on the way.
// RUN: mxc %s --target=x86-64-v3 --emit=llvm | FileCheck %s --check-prefix=LLVM
// RUN: mxc --target=x86-64-v3 --emit=asm < %s | FileCheck %s --check-prefix=ASM
// RUN: mxc %s --target=x86-64-v3 --emit=obj -o %t.o && llvm-nm %t.o | FileCheck %s --check-prefix=OBJ
// RUN: mxc %s --compile-to=program --print-after=traced,fused 2>&1 >/dev/null | FileCheck %s --check-prefix=AFTER
// RUN: mxc %s --compile-to=fused --print-after=mx-form-fusions -o /dev/null 2>&1 | FileCheck %s --check-prefix=PASS
// RUN: mxc %s --compile-to=fused --pass-statistics -o /dev/null 2>&1 | FileCheck %s --check-prefix=STATS
// RUN: mxc %s --compile-to=fused --mlir-timing -o /dev/null 2>&1 | FileCheck %s --check-prefix=TIMES
// RUN: mxc %s --check
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
// PASS: IR Dump After {{.*}}mx-form-fusions
// PASS: mx.fusion
// STATS: pass ops in ops out
// STATS: mx-explicit-types 4 5
// STATS: mx-form-fusions
// TIMES: Execution time report
// TIMES: FormFusions
// FUSED: mx.fusion "map"
func.func @main(%x: tensor<64xf32>, %y: tensor<f32>) -> tensor<64xf32> {
  %0 = mx.exp %x : tensor<64xf32>
  %1 = mx.add %0, %y : tensor<64xf32>, tensor<f32>
  return %1 : tensor<64xf32>
}
