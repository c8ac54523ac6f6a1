// The members of a chain share an entry: one workgroup, a barrier over buffers between them. A member with many workgroups has
// an entry of its own.
// RUN: mx-opt %s --mx-form-chains --mx-outline-kernels --mx-lower-kernels-to-gpu=target=lavapipe --split-input-file | FileCheck %s

// CHECK-LABEL: gpu.func @k0_0()
// CHECK-SAME: mxp.workgroups = #mx.dims<1>
// CHECK-NOT: gpu.func
// CHECK: mxp.buffer 0
// CHECK: spirv.ControlBarrier <Workgroup>, <Workgroup>, <AcquireRelease|UniformMemory|WorkgroupMemory>
// CHECK: gpu.return
// CHECK-NOT: gpu.func

func.func @small(%x: tensor<8xf32>) -> (tensor<8xf32>, tensor<8xf32>) {
  %0 = mx.fusion "map" (%a = %x : tensor<8xf32>) -> (tensor<8xf32>) {
    %r = mx.exp %a : tensor<8xf32>
    mx.yield %r : tensor<8xf32>
  }
  %1 = mx.fusion "map" (%a = %0 : tensor<8xf32>) -> (tensor<8xf32>) {
    %r = mx.sin %a : tensor<8xf32>
    mx.yield %r : tensor<8xf32>
  }
  return %0, %1 : tensor<8xf32>, tensor<8xf32>
}
