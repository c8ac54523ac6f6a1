// mx-opt: an unknown target and an unknown pass are errors.
// RUN: not mx-opt %s --mx-to-tiled=target=z80 2>&1 | FileCheck %s --check-prefix=TARGET
// TARGET: error: the target 'z80' is none of native, x86-64, x86-64-v3, x86-64-v4
// RUN: not mx-opt %s --mx-frobnicate 2>&1 | FileCheck %s --check-prefix=PASS
// PASS: Unknown command line argument '--mx-frobnicate'
func.func @main(%x: tensor<4xf32>) -> tensor<4xf32> {
  return %x : tensor<4xf32>
}
