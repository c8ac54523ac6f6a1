// What the tools do when a pass of a plugin fails or crashes: a message, a nonzero exit, and a file that replays it.
// RUN: not mxc %s --load-pass-plugin=%plugins/libfaulty_passes.so --run-after=core=test-fail -o /dev/null 2>&1 | FileCheck %s --check-prefix=FAIL
// RUN: not mxc %s --load-pass-plugin=%plugins/libfaulty_passes.so --run-after=fused=test-crash -o /dev/null 2>&1 | FileCheck %s --check-prefix=CRASH
// RUN: not mxc %s --load-pass-plugin=%plugins/libfaulty_passes.so --run-after=fused=test-crash -o /dev/null 2>&1 | sed 's/.*with: //' > %t.sh
// RUN: sh -c "$(cat %t.sh); echo status $?" 2>&1 | FileCheck %s --check-prefix=REPLAY
// RUN: not mxc %s --load-pass-plugin=%plugins/libfaulty_passes.so --run-after=core=test-crash --check 2>&1 | FileCheck %s --check-prefix=CHECKED
// RUN: not mx-opt %s --load-pass-plugin=%plugins/libfaulty_passes.so --pass-pipeline='builtin.module(test-fail)' --mlir-pass-pipeline-crash-reproducer=%t.mlir 2>&1 | FileCheck %s --check-prefix=FAIL
// RUN: not mx-opt %t.mlir --load-pass-plugin=%plugins/libfaulty_passes.so --run-reproducer 2>&1 | FileCheck %s --check-prefix=FAIL
// RUN: not mxc %s --load-pass-plugin=%t.none 2>&1 | FileCheck %s --check-prefix=ABSENT
// RUN: not mxc %s --run-after=core=nothing 2>&1 | FileCheck %s --check-prefix=PASS
// RUN: not mxc %s --run-after=corse=cse 2>&1 | FileCheck %s --check-prefix=PHASE
// RUN: not mxc %s --print-after=nothing 2>&1 | FileCheck %s --check-prefix=PRINT

// FAIL: error: this pass always fails
// CRASH: mxc: error: compiling to phase fused: it crashed (Segmentation fault); replay it with: mx-opt --run-reproducer {{.*}}.mlir --load-pass-plugin=
// REPLAY: status {{[1-9]}}
// CHECKED: mxc: error: compiling main to phase core: it crashed (Segmentation fault); replay it with: mx-opt --run-reproducer
// ABSENT: mxc: error: --load-pass-plugin: Could not load library
// PASS: mxc: error: --run-after=core=nothing: {{.*}}'nothing' does not refer to a registered pass
// PHASE: mxc: error: --run-after=corse=cse: the phase is none of traced, core, fused, program, tiled, target
// PRINT: mxc: error: --print-after=nothing: there is no such pass, and the phases are traced, core, fused, program, tiled, target
func.func @main(%x: tensor<64xf32>) -> tensor<64xf32> {
  %0 = mx.exp %x : tensor<64xf32>
  return %0 : tensor<64xf32>
}
