// Small fusions one after the other become a chain: their bodies stay whole, their results are all stored.
// RUN: mx-opt %s --mx-form-chains --split-input-file | FileCheck %s
// RUN: mx-opt %s --mx-form-chains=max-stages=2 --split-input-file | FileCheck %s --check-prefix=TWO
// RUN: mx-opt %s --mx-form-chains=max-elements=0 --split-input-file | FileCheck %s --check-prefix=NONE
// RUN: mx-opt %s --mx-form-chains --mx-outline-kernels --split-input-file | FileCheck %s --check-prefix=KERNEL

// NONE-NOT: "chain"

// CHECK-LABEL: func.func @three
// CHECK-SAME: (%[[X:.*]]: tensor<8xf32>, %[[Y:.*]]: tensor<8xf32>)
// CHECK: %[[R:.*]]:3 = mx.fusion "chain" (%[[A:.*]] = %[[X]] : tensor<8xf32>, %[[B:.*]] = %[[Y]] : tensor<8xf32>) -> (tensor<8xf32>, tensor<8xf32>, tensor<8xf32>) {
// CHECK-NEXT: %[[S:.*]] = mx.fusion "scan" (%{{.*}} = %[[A]] : tensor<8xf32>)
// CHECK: %[[T:.*]] = mx.fusion "scan" (%{{.*}} = %[[S]] : tensor<8xf32>)
// CHECK: %[[U:.*]] = mx.fusion "map" (%{{.*}} = %[[T]] : tensor<8xf32>, %{{.*}} = %[[B]] : tensor<8xf32>)
// CHECK-SAME: attributes {reasons = {"0" = "a scan"}}
// CHECK: mx.yield %[[S]], %[[T]], %[[U]]
// CHECK: return %[[R]]#2, %[[R]]#0
// TWO-LABEL: func.func @three
// TWO: mx.fusion "chain"
// TWO-COUNT-2: mx.fusion "scan"
// TWO: mx.fusion "map"
// TWO-NOT: "chain"
// KERNEL: mxp.kernel @k0 "chain"
// KERNEL: mx.fusion "scan"
// KERNEL: func.func @three
// KERNEL: mxp.dispatch @k0
// KERNEL-NEXT: return
func.func @three(%x: tensor<8xf32>, %y: tensor<8xf32>) -> (tensor<8xf32>, tensor<8xf32>) {
  %0 = mx.fusion "scan" (%a = %x : tensor<8xf32>) -> (tensor<8xf32>) {
    %3 = mx.cumsum %a {axis = 0 : i64, inclusive = true, reverse = false} : tensor<8xf32>
    mx.yield %3 : tensor<8xf32>
  }
  %1 = mx.fusion "scan" (%a = %0 : tensor<8xf32>) -> (tensor<8xf32>) {
    %3 = mx.cumsum %a {axis = 0 : i64, inclusive = true, reverse = false} : tensor<8xf32>
    mx.yield %3 : tensor<8xf32>
  }
  %2 = mx.fusion "map" (%a = %1 : tensor<8xf32>, %b = %y : tensor<8xf32>) -> (tensor<8xf32>) attributes {reasons = {"0" = "a scan"}} {
    %3 = mx.add %a, %b : tensor<8xf32>, tensor<8xf32>
    mx.yield %3 : tensor<8xf32>
  }
  return %2, %0 : tensor<8xf32>, tensor<8xf32>
}

// -----

// What is large, of unknown size, or a matmul of many terms stays out, and ends a run.
// CHECK-LABEL: func.func @large
// CHECK-NOT: "chain"
// CHECK: mx.fusion "matmul"
// CHECK-NOT: "chain"
// CHECK: return
func.func @large(%x: tensor<8xf32>, %big: tensor<1025xf32>, %any: tensor<?xf32, #mx.dims<s0>>, %m: tensor<32x32xf32>)
    -> (tensor<8xf32>, tensor<1025xf32>, tensor<8xf32>, tensor<?xf32, #mx.dims<s0>>, tensor<8xf32>, tensor<32x32xf32>) {
  %0 = mx.fusion "map" (%a = %x : tensor<8xf32>) -> (tensor<8xf32>) {
    %r = mx.exp %a : tensor<8xf32>
    mx.yield %r : tensor<8xf32>
  }
  %1 = mx.fusion "map" (%a = %big : tensor<1025xf32>) -> (tensor<1025xf32>) {
    %r = mx.exp %a : tensor<1025xf32>
    mx.yield %r : tensor<1025xf32>
  }
  %2 = mx.fusion "map" (%a = %0 : tensor<8xf32>) -> (tensor<8xf32>) {
    %r = mx.exp %a : tensor<8xf32>
    mx.yield %r : tensor<8xf32>
  }
  %3 = mx.fusion "map" (%a = %any : tensor<?xf32, #mx.dims<s0>>) -> (tensor<?xf32, #mx.dims<s0>>) {
    %r = mx.exp %a : tensor<?xf32, #mx.dims<s0>>
    mx.yield %r : tensor<?xf32, #mx.dims<s0>>
  }
  %4 = mx.fusion "map" (%a = %2 : tensor<8xf32>) -> (tensor<8xf32>) {
    %r = mx.exp %a : tensor<8xf32>
    mx.yield %r : tensor<8xf32>
  }
  %5 = mx.fusion "matmul" (%a = %m : tensor<32x32xf32>) -> (tensor<32x32xf32>) {
    %t = mx.transpose %a {axes = array<i64: 1, 0>} : tensor<32x32xf32>
    %r = mx.matmul %a, %t : tensor<32x32xf32>, tensor<32x32xf32>
    mx.yield %r : tensor<32x32xf32>
  }
  return %0, %1, %2, %3, %4, %5 : tensor<8xf32>, tensor<1025xf32>, tensor<8xf32>, tensor<?xf32, #mx.dims<s0>>, tensor<8xf32>, tensor<32x32xf32>
}
