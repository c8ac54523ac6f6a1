// Kernels of kind matmul: panels are packed by an entry of their own, tiles are accumulated in registers, and what
// follows the product is computed where it is stored.
// RUN: mx-opt %s --mx-to-tiled=target=x86-64-v4 --split-input-file | FileCheck %s

// CHECK-LABEL: func.func @k0_pack
// CHECK-LABEL: func.func @k0_compute
// CHECK: scf.for {{.*}} iter_args({{.*}}) -> ({{.*}}vector<16xf32>
// CHECK: vector.load
// CHECK: math.fma %{{.*}} : vector<16xf32>
// CHECK: scf.yield
// CHECK-NOT: func.func @k1
func.func @bias(%x: tensor<1024x1024xf32>, %w: tensor<1024x1024xf32>, %b: tensor<1024xf32>) -> tensor<1024x1024xf32> {
  %0 = mx.matmul %x, %w : tensor<1024x1024xf32>, tensor<1024x1024xf32>
  %1 = mx.add %0, %b : tensor<1024x1024xf32>, tensor<1024xf32>
  return %1 : tensor<1024x1024xf32>
}

// -----

// Without fused multiply-add the chain multiplies, then adds: nothing is contracted behind the program's back.
// RUN: mx-opt %s --mx-to-tiled=target=x86-64 --split-input-file | FileCheck %s --check-prefix=BASE
// BASE-NOT: math.fma
// BASE: arith.mulf
// BASE: arith.addf

// Double precision has eight lanes.
// CHECK-LABEL: func.func @k0
// CHECK: math.fma %{{.*}} : vector<8xf64>
func.func @double(%x: tensor<64x64xf64>, %w: tensor<64x64xf64>) -> tensor<64x64xf64> {
  %0 = mx.matmul %x, %w : tensor<64x64xf64>, tensor<64x64xf64>
  return %0 : tensor<64x64xf64>
}
