// What each pass made of the ops: counts, and which came and went; a pass that fails, and MLIR's name for the option.
// RUN: mx-opt %s --pass-pipeline='builtin.module(func.func(mx-explicit-types,cse))' --pass-statistics -o /dev/null 2>&1 | FileCheck %s
// RUN: mx-opt %s --pass-pipeline='builtin.module(func.func(mx-explicit-types,cse))' --mlir-pass-statistics -o /dev/null 2>&1 | FileCheck %s
// RUN: not mx-opt %s --pass-pipeline='builtin.module(mx-verify-phase{phase=program})' --pass-statistics -o /dev/null 2>&1 | FileCheck %s --check-prefix=FAILED

// CHECK: {{^}}pass ops in ops out changes{{$}}
// CHECK-NEXT: {{^}}mx-explicit-types 4 5 +1 mx.broadcast_to{{$}}
// CHECK-NEXT: {{^}}cse 5 5{{$}}
// CHECK-NEXT: {{^}}mx-explicit-types 4 6 +2 mx.broadcast_to{{$}}
// CHECK-NEXT: {{^}}cse 6 4 -1 mx.add, -1 mx.broadcast_to{{$}}
// CHECK-NOT: {{.}}
// FAILED: mx-verify-phase 9 failed
func.func @one(%x: tensor<64xf32>, %y: tensor<f32>) -> tensor<64xf32> {
  %0 = mx.exp %x : tensor<64xf32>
  %1 = mx.add %0, %y : tensor<64xf32>, tensor<f32>
  return %1 : tensor<64xf32>
}
func.func @two(%x: tensor<64xf32>, %y: tensor<f32>) -> (tensor<64xf32>, tensor<64xf32>) {
  %0 = mx.add %x, %y : tensor<64xf32>, tensor<f32>
  %1 = mx.add %x, %y : tensor<64xf32>, tensor<f32>
  return %0, %1 : tensor<64xf32>, tensor<64xf32>
}
