// With check-indices, as under MX_CHECK=1, every read of an index tensor is followed by a check; lanes that hold no entry
// are left out of it. Without it the entries are clamped or dropped and no kernel can fail.
// RUN: mx-opt %s --mx-to-program --mx-lower-kernels=check-indices | FileCheck %s
// RUN: mx-opt %s --mx-to-program --mx-lower-kernels | FileCheck %s --check-prefix=PLAIN
// RUN: mx-opt %s --mx-to-program --mx-lower-kernels=check-indices --mx-lower-entries | FileCheck %s --check-prefix=TARGET

// PLAIN-NOT: mxp.fail_if
// PLAIN-NOT: mxp.fault

// CHECK-LABEL: func.func @k0
// CHECK: %[[FAULT:.*]] = mxp.fault : memref<?xi64>
// CHECK: %[[ENTRY:.*]] = arith.index_cast %{{.*}} : vector<16xi64> to vector<16xindex>
// CHECK: %[[WRAPPED:.*]] = arith.select %{{.*}}, %{{.*}}, %[[ENTRY]] : vector<16xi1>, vector<16xindex>
// CHECK: %[[OUTSIDE:.*]] = arith.cmpi uge, %[[WRAPPED]], %{{.*}} : vector<16xindex>
// CHECK: %[[BAD:.*]] = arith.andi %[[OUTSIDE]], %{{.*}} : vector<16xi1>
// CHECK: mxp.fail_if %[[BAD]], %[[ENTRY]] of %c20 at %{{.*}} to %[[FAULT]] "gather" : vector<16xi1>, memref<?xi64>
// CHECK: vector.gather

// The constant that names the op, and the entry's result: 0, or what the check left.
// TARGET: llvm.mlir.global internal constant @mx_text_gather("gather\00")
// TARGET-LABEL: llvm.func @k0(%arg0: !llvm.ptr, %arg1: i32, %arg2: i32) -> i32
// TARGET: llvm.mlir.addressof @mx_text_gather
// TARGET: %[[STATUS:.*]] = llvm.trunc %{{.*}} : i64 to i32
// TARGET: llvm.return %[[STATUS]] : i32
func.func @main(%x: tensor<20xf32>, %i: tensor<7xi32>) -> tensor<7x1xf32> {
  %0 = mx.gather %x, %i {axes = array<i64: 0>, slice_sizes = #mx.dims<1>} : tensor<20xf32>, tensor<7xi32>
  return %0 : tensor<7x1xf32>
}

// An update checks entry by entry.
// CHECK-LABEL: func.func @k1_update
// CHECK: mxp.fail_if %{{.*}}, %{{.*}} of %c20 at %{{.*}} to %{{.*}} "scatter" : i1, memref<?xi64>
// CHECK: scf.if
func.func @update(%x: tensor<20xf32>, %u: tensor<7x1xf32>, %i: tensor<7xi32>) -> tensor<20xf32> {
  %0 = mx.scatter %x, %u, %i {axes = array<i64: 0>, mode = "add"} : tensor<20xf32>, tensor<7x1xf32>, tensor<7xi32>
  return %0 : tensor<20xf32>
}
