// What the tools do when a pass of a plugin fails or crashes: a message, a nonzero exit, and a file that replays it.
// RUN: rm -rf %t && mkdir %t
// DEFINE: %{mxc} = env TMPDIR=%t mxc %s -o /dev/null --load-pass-plugin=%plugins/libfaulty_passes.so
// DEFINE: %{mx-opt} = env TMPDIR=%t mx-opt %s -o /dev/null --load-pass-plugin=%plugins/libfaulty_passes.so

// RUN: not %{mxc} --run-after=core=test-fail 2>&1 | FileCheck %s --check-prefixes=FAIL,FAILED
// RUN: not %{mxc} --run-after=core=test-leave-invalid 2>&1 | FileCheck %s --check-prefixes=INVALID,FAILED
// RUN: not %{mxc} --run-after=fused=test-crash 2>&1 | FileCheck %s --check-prefix=CRASH
// RUN: not %{mxc} --run-after=fused=test-give-up 2>&1 | FileCheck %s --check-prefix=GIVEUP
// RUN: not %{mxc} --run-after=program=test-mistake-kinds 2>&1 | FileCheck %s --check-prefixes=KIND,TILED
// RUN: not %{mxc} --run-after=program=test-mistake-kinds --target=spirv:vulkan1.2 2>&1 | FileCheck %s --check-prefixes=KIND,TILED
// RUN: not %{mxc} --run-after=program=test-mistake-kinds --check 2>&1 | FileCheck %s --check-prefix=KERNEL
// RUN: not %{mxc} --run-after=core=test-crash --check 2>&1 | FileCheck %s --check-prefix=CHECKED
// The line says how to replay it, and the replay fails likewise.
// RUN: not %{mxc} --run-after=fused=test-crash 2>&1 | sed 's/.*with: //' > %t/replay.sh
// RUN: not sh %t/replay.sh 2>&1 | FileCheck %s --check-prefix=AGAIN
// RUN: not %{mxc} --run-after=program=test-mistake-kinds --target=spirv:vulkan1.2 2>&1 | sed -n 's/.*with: //p' > %t/replay.sh
// RUN: not sh %t/replay.sh 2>&1 | FileCheck %s --check-prefix=KIND

// RUN: not --crash %{mx-opt} --pass-pipeline='builtin.module(cse,test-crash)' 2>&1 | FileCheck %s --check-prefix=AGAIN
// RUN: not --crash %{mx-opt} --pass-pipeline='builtin.module(cse,test-give-up)' 2>&1 | FileCheck %s --check-prefix=AGAIN
// RUN: not %{mx-opt} --pass-pipeline='builtin.module(test-leave-invalid)' 2>&1 | FileCheck %s --check-prefixes=INVALID,LEFT
// RUN: not %{mx-opt} --pass-pipeline='builtin.module(test-leave-invalid)' 2>&1 | sed -n 's/.*with: //p' > %t/replay.sh
// RUN: not sh %t/replay.sh 2>&1 | FileCheck %s --check-prefix=INVALID
// A pass that says what is wrong and fails needs no file, and what the user is to blame for none either.
// RUN: not %{mx-opt} --pass-pipeline='builtin.module(test-fail)' 2>&1 | FileCheck %s --check-prefixes=FAIL,BARE
// RUN: not %{mxc} --run-after=program='mx-pin-config{entries=tile_row=4}' 2>&1 | FileCheck %s --check-prefixes=PIN,BARE
// RUN: not %{mx-opt} --pass-pipeline='builtin.module(test-fail)' --mlir-pass-pipeline-crash-reproducer=%t/own.mlir 2>&1 | FileCheck %s --check-prefix=FAIL
// RUN: not mx-opt %t/own.mlir --load-pass-plugin=%plugins/libfaulty_passes.so --run-reproducer 2>&1 | FileCheck %s --check-prefix=FAIL
// RUN: not mxc %s --load-pass-plugin=%t.none 2>&1 | FileCheck %s --check-prefix=ABSENT
// RUN: not mxc %s --run-after=core=nothing 2>&1 | FileCheck %s --check-prefix=PASS
// RUN: not mxc %s --run-after=corse=cse 2>&1 | FileCheck %s --check-prefix=PHASE
// RUN: not mxc %s --print-after=nothing 2>&1 | FileCheck %s --check-prefix=PRINT

// FAIL: error: this pass always fails
// INVALID: error: 'func.return' op has 0 operands
// FAILED: mxc: error: compiling to phase core: a pass failed; replay it with: mx-opt --run-reproducer {{.*}}.mlir --load-pass-plugin=
// LEFT: mx-opt: error: pass test-leave-invalid left invalid IR; replay it with: mx-opt --run-reproducer {{.*}}.mlir --load-pass-plugin=
// BARE-NOT: replay
// CRASH: mxc: error: compiling to phase fused: it crashed (Segmentation fault); replay it with: mx-opt --run-reproducer {{.*}}.mlir --load-pass-plugin=
// GIVEUP: mxc: error: compiling to phase fused: LLVM gave up (this pass gives up); replay it with: mx-opt --run-reproducer
// AGAIN: mx-opt: error: it crashed; replay it with: mx-opt --run-reproducer {{.*}}.mlir --load-pass-plugin=
// KIND: error: 'mxp.kernel' op of kind row has no reduction
// TILED: mxc: error: compiling to phase tiled: a pass failed; replay it with: mx-opt --run-reproducer
// KERNEL: mxc: error: lowering kernel k0: {{.*}} of kind row has no reduction; replay it with: mx-opt --run-reproducer
// CHECKED: mxc: error: compiling main to phase core: it crashed (Segmentation fault); replay it with: mx-opt --run-reproducer
// PIN: error: kernels have no entry 'tile_row' to pin; did you mean 'tile_rows'?
// ABSENT: mxc: error: --load-pass-plugin: Could not load library
// PASS: mxc: error: --run-after=core=nothing: {{.*}}'nothing' does not refer to a registered pass
// PHASE: mxc: error: --run-after=corse=cse: the phase is none of traced, core, fused, program, tiled, target
// PRINT: mxc: error: --print-after=nothing: there is no such pass, and the phases are traced, core, fused, program, tiled, target
func.func @main(%x: tensor<64xf32>) -> tensor<64xf32> {
  %0 = mx.exp %x : tensor<64xf32>
  return %0 : tensor<64xf32>
}
