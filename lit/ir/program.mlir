// Round trip of the mxp dialect: kernels, dispatches, places, and the ops of lowered kernels.
// RUN: mx-opt %s | mx-opt | FileCheck %s

// CHECK: mxp.kernel @k0 "map" (%[[A:.*]]: tensor<?xf32, #mx.dims<s0>>) -> (tensor<?xf32, #mx.dims<s0>>) {
// CHECK-NEXT: %[[E:.*]] = mx.exp %[[A]]
// CHECK-NEXT: mx.yield %[[E]]
mxp.kernel @k0 "map" (%a: tensor<?xf32, #mx.dims<s0>>) -> (tensor<?xf32, #mx.dims<s0>>) {
  %0 = mx.exp %a : tensor<?xf32, #mx.dims<s0>>
  mx.yield %0 : tensor<?xf32, #mx.dims<s0>>
}

// CHECK-LABEL: func.func @main
func.func @main(%x: tensor<?xf32, #mx.dims<s3>>) -> tensor<?xf32, #mx.dims<s3>> {
  // CHECK: mxp.dispatch @k0(%{{.*}}) {places = [#mxp.place<arena, 64>], symbols = #mx.dims<s3>} : (tensor<?xf32, #mx.dims<s3>>) -> tensor<?xf32, #mx.dims<s3>>
  %0 = mxp.dispatch @k0(%x) {places = [#mxp.place<arena, 64>], symbols = #mx.dims<s3>} : (tensor<?xf32, #mx.dims<s3>>) -> tensor<?xf32, #mx.dims<s3>>
  %1 = mxp.dispatch @k0(%0) {places = [#mxp.place<output, 0>], symbols = #mx.dims<s3>} : (tensor<?xf32, #mx.dims<s3>>) -> tensor<?xf32, #mx.dims<s3>>
  return %1 : tensor<?xf32, #mx.dims<s3>>
}

// CHECK-LABEL: func.func @entry
func.func @entry(%begin: index, %end: index) {
  // CHECK: mxp.buffer 2 : memref<?xf32>
  %0 = mxp.buffer 2 : memref<?xf32>
  // CHECK: mxp.scalar 1
  %1 = mxp.scalar 1
  // CHECK: mxp.scratch 128 : memref<?xi8>
  %2 = mxp.scratch 128 : memref<?xi8>
  %3 = arith.cmpi slt, %1, %end : index
  // CHECK: %[[FAULT:.*]] = mxp.fault : memref<?xi64>
  %4 = mxp.fault : memref<?xi64>
  // CHECK: mxp.fail_if %{{.*}}, %{{.*}} of %{{.*}} at %{{.*}} to %[[FAULT]] "gather" : i1, memref<?xi64>
  mxp.fail_if %3, %1 of %end at %begin to %4 "gather" : i1, memref<?xi64>
  %5 = vector.broadcast %3 : i1 to vector<16xi1>
  %6 = vector.broadcast %1 : index to vector<16xindex>
  // CHECK: mxp.fail_if %{{.*}} "gather" : vector<16xi1>, memref<?xi64>
  mxp.fail_if %5, %6 of %end at %6 to %4 "gather" : vector<16xi1>, memref<?xi64>
  return
}
