// Phases fused and program: compute outside of fusions, fusions that are still there, and no such phase.
// RUN: not mx-opt %s --mx-verify-phase=phase=fused 2>&1 | FileCheck %s --check-prefix=FUSED
// RUN: not mx-opt %s --mx-verify-phase=phase=program 2>&1 | FileCheck %s --check-prefix=PROGRAM
// RUN: not mx-opt %s --mx-verify-phase=phase=baked 2>&1 | FileCheck %s --check-prefix=NONE
// NONE: error: there is no phase 'baked'

func.func @main(%x: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  // FUSED: [[#@LINE+2]]:{{.*}}error: 'mx.exp' op is not legal in phase fused: compute lies inside a fusion or kernel
  // PROGRAM: [[#@LINE+1]]:{{.*}}error: 'mx.exp' op is not legal in phase program: compute lies inside a fusion or kernel
  %0 = mx.exp %x : tensor<4xf32>
  // FUSED-NOT: error
  // PROGRAM: [[#@LINE+1]]:{{.*}}error: 'mx.fusion' op is not legal in phase program: fusions are outlined before
  %1 = mx.fusion "map" (%a = %x : tensor<4xf32>) -> (tensor<4xf32>) {
    mx.yield %a : tensor<4xf32>
  }
  return %0, %1 : tensor<4xf32>, tensor<4xf32>
}
