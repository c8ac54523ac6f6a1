// The example of a pass as a plugin, in both tools. Quotients by anything but powers of two stay.
// RUN: mx-opt %s --load-pass-plugin=%plugins/libdivide_by_powers.so --pass-pipeline='builtin.module(func.func(divide-by-powers,canonicalize))' | FileCheck %s
// RUN: mxc %s --load-pass-plugin=%plugins/libdivide_by_powers.so --run-after='core=func.func(divide-by-powers,canonicalize)' --compile-to=core | FileCheck %s
// RUN: mxc %s --load-pass-plugin=%plugins/libdivide_by_powers.so --run-after='core=func.func(divide-by-powers)' --check --check-ulps=0

// CHECK: %[[QUARTER:.*]] = mx.constant dense<2.500000e-01>
// CHECK: %[[X:.*]] = mx.multiply %arg0, %[[QUARTER]]
// CHECK: %[[Y:.*]] = mx.divide %[[X]], %{{.*}}
// CHECK: mx.divide %[[Y]], %arg0
func.func @main(%x: tensor<64xf32>) -> tensor<64xf32> {
  %four = mx.constant dense<4.0> : tensor<64xf32>
  %three = mx.constant dense<3.0> : tensor<64xf32>
  %0 = mx.divide %x, %four : tensor<64xf32>, tensor<64xf32>
  %1 = mx.divide %0, %three : tensor<64xf32>, tensor<64xf32>
  %2 = mx.divide %1, %x : tensor<64xf32>, tensor<64xf32>
  return %2 : tensor<64xf32>
}
