// Kernels of kind map: axes that nothing splits are one loop; where something does, the lanes run along the last one.
// RUN: mx-opt %s --mx-to-tiled=target=x86-64-v4 --split-input-file | FileCheck %s

// Two axes are one range of elements: a unit is 8192 of them, whole vectors and no tail for this size.
// CHECK-LABEL: func.func @k0
// CHECK-SAME: mxp.units = #mx.dims<4>
// CHECK: %[[X:.*]] = mxp.buffer 0 : memref<?xf32>
// CHECK: %[[OUT:.*]] = mxp.buffer 1 : memref<?xf32>
// CHECK: scf.for %[[UNIT:.*]] = %arg0 to %arg1
// CHECK: %[[LOW:.*]] = arith.muli %{{.*}}, %c8192
// CHECK: scf.for %[[I:.*]] = %[[LOW]]
// CHECK: vector.load %[[X]][%[[I]]]
// CHECK: vector.store %{{.*}}, %[[OUT]][%{{.*}}]
// CHECK-NOT: masked
func.func @collapsed(%x: tensor<128x256xf32>) -> tensor<128x256xf32> {
  %0 = mx.square %x : tensor<128x256xf32>
  return %0 : tensor<128x256xf32>
}

// -----

// A row is broadcast: rows are units, and the row's own elements are read in each.
// CHECK-LABEL: func.func @k0
// CHECK-SAME: mxp.units = #mx.dims<100>
// CHECK: %[[Y:.*]] = mxp.buffer 1 : memref<?xf32>
// CHECK: scf.for
// CHECK: vector.load %[[Y]]
// CHECK: vector.store
func.func @broadcast(%x: tensor<100x16xf32>, %y: tensor<16xf32>) -> tensor<100x16xf32> {
  %0 = mx.add %x, %y : tensor<100x16xf32>, tensor<16xf32>
  return %0 : tensor<100x16xf32>
}

// -----

// A size that is known at the call ends in a masked tail.
// CHECK-LABEL: func.func @k0
// CHECK: mxp.scalar
// CHECK: vector.load
// CHECK: vector.maskedload
// CHECK: scf.if
// CHECK: vector.maskedstore
func.func @tail(%x: tensor<?xf32, #mx.dims<s0>>) -> tensor<?xf32, #mx.dims<s0>> {
  %0 = mx.square %x : tensor<?xf32, #mx.dims<s0>>
  return %0 : tensor<?xf32, #mx.dims<s0>>
}

// -----

// Rows of a transpose are gathered; a reversed row is a load and a shuffle; bools are bytes in memory.
// CHECK-LABEL: func.func @k0
// CHECK-DAG: vector.gather
// CHECK-DAG: vector.shuffle
// CHECK-DAG: arith.extui %{{.*}} : vector<16xi1> to vector<16xi8>
func.func @views(%x: tensor<32x64xf32>, %y: tensor<32xf32>) -> tensor<64x32xi1> {
  %0 = mx.transpose %x {axes = array<i64: 1, 0>} : tensor<32x64xf32>
  %1 = mx.slice %y {starts = #mx.dims<31>, sizes = #mx.dims<32>, strides = array<i64: -1>} : tensor<32xf32>
  %2 = mx.less %0, %1 : tensor<64x32xf32>, tensor<32xf32>
  return %2 : tensor<64x32xi1>
}
