// A product with more terms than an invocation may loop over runs in passes: sums are kept in scratch between them, and results
// stored in the last.
// RUN: mx-opt %s --mx-lower-kernels-to-gpu=target=vulkan1.2 --canonicalize --cse --split-input-file | FileCheck %s --check-prefixes=CHECK,SHARED
// RUN: mx-opt %s --mx-lower-kernels-to-gpu=target=lavapipe --canonicalize --cse --split-input-file | FileCheck %s --check-prefixes=CHECK,REGISTERS

// 2^22 slabs of 16, or 2^24 blocks of 4, 32768 to a pass.
// CHECK-LABEL: gpu.func @deep
// CHECK-SAME: mxp.loop_iterations = #mx.dims<327{{[0-9]+}}>
// SHARED-SAME: mxp.passes = #mx.dims<128>
// REGISTERS-SAME: mxp.passes = #mx.dims<512>
// CHECK-DAG: %[[PASS:.*]] = mxp.pass
// CHECK-DAG: %[[OUT:.*]] = mxp.buffer 2
// CHECK-DAG: %[[KEPT:.*]] = mxp.buffer 3
// CHECK: %[[AGAIN:.*]] = arith.cmpi {{slt|sgt|ne}}, %[[PASS]], %c0
// CHECK: scf.if %[[AGAIN]]
// CHECK: memref.load %[[KEPT]]
// CHECK: scf.for
// CHECK: memref.store %{{.*}}, %[[OUT]]
// CHECK: memref.store %{{.*}}, %[[KEPT]]
mxp.kernel @deep "matmul" (%a: tensor<1x67108864xf32>, %b: tensor<67108864x16xf32>) -> (tensor<1x16xf32>) {
  %0 = mx.matmul %a, %b : tensor<1x67108864xf32>, tensor<67108864x16xf32>
  mx.yield %0 : tensor<1x16xf32>
}

// -----

// Where the number of terms is known at the call, so are the passes and the room in scratch.
// CHECK-LABEL: gpu.func @any
// CHECK-SAME: mxp.passes = #mx.dims<"max(1, ((s0
// CHECK-SAME: mxp.scratch_bytes = #mx.dims<"max(16, ({{512|1024}}
mxp.kernel @any "matmul" (%a: tensor<4x?xf32, #mx.dims<4, s0>>, %b: tensor<?x16xf32, #mx.dims<s0, 16>>) -> (tensor<4x16xf32>) {
  %0 = mx.matmul %a, %b : tensor<4x?xf32, #mx.dims<4, s0>>, tensor<?x16xf32, #mx.dims<s0, 16>>
  mx.yield %0 : tensor<4x16xf32>
}
