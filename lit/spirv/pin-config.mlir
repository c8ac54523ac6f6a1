// Schedules of a GPU by hand: the team that runs a row, and the workgroup of a map.
// RUN: mxc %s --target=spirv:lavapipe --compile-to=tiled | FileCheck %s --check-prefix=CHOSEN
// RUN: mxc %s --target=spirv:lavapipe --run-after="program=mx-pin-config{kind=row entries=team=64}" --compile-to=tiled | FileCheck %s --check-prefix=TEAM
// RUN: mxc %s --target=spirv:lavapipe --run-after="program=mx-pin-config{kind=map entries=workgroup=16,elements=4}" --compile-to=tiled | FileCheck %s --check-prefix=MAP
// RUN: mxc %s --target=spirv:lavapipe --run-after="program=mx-pin-config{entries=team=64,workgroup=16,elements=4}" --emit=spirv -o %t.spv && spirv-val --target-env vulkan1.2 %t.spv

// CHOSEN: gpu.shuffle
// CHOSEN-NOT: gpu.barrier
// TEAM: gpu.barrier
// MAP: mxp.workgroups = #mx.dims<256>
func.func @main(%x: tensor<128x128xf32>) -> (tensor<128x128xf32>, tensor<128xf32>) {
  %0 = mx.sum %x {axes = array<i64: 1>, keepdims = false} : tensor<128x128xf32>
  %1 = mx.exp %x : tensor<128x128xf32>
  %2 = mx.transpose %1 {axes = array<i64: 1, 0>} : tensor<128x128xf32>
  %3 = mx.sin %2 : tensor<128x128xf32>
  return %3, %0 : tensor<128x128xf32>, tensor<128xf32>
}
