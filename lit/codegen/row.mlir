// Kernels of kind row: reductions, with what they are computed from and what is computed from them.
// RUN: mx-opt %s --mx-to-tiled=target=x86-64-v4 --split-input-file | FileCheck %s

// Along the last axis four accumulators of 16 lanes, then a tree over the lanes. One pass over the row, one value out.
// CHECK-LABEL: func.func @k0
// CHECK-SAME: mxp.units = #mx.dims<100>
// CHECK: scf.for %{{.*}} = %{{.*}} to %{{.*}} step %c64 iter_args(%{{.*}} = %{{.*}}, %{{.*}} = %{{.*}}, %{{.*}} = %{{.*}}, %{{.*}} = %{{.*}}) -> (vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>)
// CHECK-COUNT-4: vector.load
// CHECK: scf.yield
// CHECK: vector.shuffle {{.*}} : vector<16xf32>, vector<16xf32>
// CHECK: vector.shuffle {{.*}} : vector<2xf32>, vector<2xf32>
// CHECK: vector.extract
// CHECK: memref.store
func.func @rows(%x: tensor<100x256xf32>) -> tensor<100xf32> {
  %0 = mx.sum %x {axes = array<i64: 1>, keepdims = false} : tensor<100x256xf32>
  return %0 : tensor<100xf32>
}

// -----

// Along columns each lane adds its own: no tree.
// CHECK-LABEL: func.func @k0
// CHECK-NOT: vector.shuffle
// CHECK: arith.addf
// CHECK-NOT: vector.shuffle
func.func @columns(%x: tensor<100x8192xf32>) -> tensor<8192xf32> {
  %0 = mx.sum %x {axes = array<i64: 0>, keepdims = false} : tensor<100x8192xf32>
  return %0 : tensor<8192xf32>
}

// -----

// One number: blocks of 16384 elements in parallel, their totals added in order by a second entry.
// CHECK-LABEL: func.func @k0_partial
// CHECK-SAME: mxp.units = #mx.dims<62>
// CHECK-LABEL: func.func @k0_total
// CHECK-SAME: mxp.units = #mx.dims<1>
func.func @all(%x: tensor<1000000xf32>) -> tensor<f32> {
  %0 = mx.sum %x {axes = array<i64: 0>, keepdims = false} : tensor<1000000xf32>
  return %0 : tensor<f32>
}

// -----

// Softmax is one kernel: a pass for the maximum, one for the sum, one that stores.
// CHECK-LABEL: func.func @k0
// CHECK-COUNT-3: step %c
// CHECK: vector.store
// CHECK-NOT: func.func
func.func @softmax(%x: tensor<64x64xf32>) -> tensor<64x64xf32> {
  %0 = mx.max %x {axes = array<i64: 1>, keepdims = true} : tensor<64x64xf32>
  %1 = mx.subtract %x, %0 : tensor<64x64xf32>, tensor<64x1xf32>
  %2 = mx.exp %1 : tensor<64x64xf32>
  %3 = mx.sum %2 {axes = array<i64: 1>, keepdims = true} : tensor<64x64xf32>
  %4 = mx.divide %2, %3 : tensor<64x64xf32>, tensor<64x1xf32>
  return %4 : tensor<64x64xf32>
}

// -----

// The exponentials are computed once: the pass that adds them keeps the row in scratch. Where the caches cannot hold the
// input, that pass also fetches the next row, and the results bypass them.
// CHECK-LABEL: func.func @k0
// CHECK-SAME: mxp.scratch_bytes = 8192
// CHECK-DAG: %[[X:.*]] = mxp.buffer 0
// CHECK-DAG: %[[KEPT:.*]] = mxp.scratch 0
// CHECK: memref.prefetch %[[X]]
// CHECK: vector.load %[[X]]
// CHECK: math.fma
// CHECK: vector.store %{{.*}}, %[[KEPT]]
// CHECK: vector.load %[[KEPT]]
// CHECK-NOT: math.fma
// CHECK: vector.store %{{.*}} {nontemporal = true}
func.func @kept(%x: tensor<2048x2048xf32>) -> tensor<2048x2048xf32> {
  %0 = mx.max %x {axes = array<i64: 1>, keepdims = true} : tensor<2048x2048xf32>
  %1 = mx.subtract %x, %0 : tensor<2048x2048xf32>, tensor<2048x1xf32>
  %2 = mx.exp %1 : tensor<2048x2048xf32>
  %3 = mx.sum %2 {axes = array<i64: 1>, keepdims = true} : tensor<2048x2048xf32>
  %4 = mx.divide %2, %3 : tensor<2048x2048xf32>, tensor<2048x1xf32>
  return %4 : tensor<2048x2048xf32>
}
