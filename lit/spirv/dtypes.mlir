// Every dtype a kernel can hold. Halves are moved as their bits where the target's own conversions are not to be used.
// RUN: mxc %s --target=spirv:vulkan1.2 --emit=spvasm | FileCheck %s --implicit-check-not='OpCapability Float16'
// RUN: mxc %s --target=spirv:vulkan1.2 --emit=spirv -o %t.spv && spirv-val --target-env vulkan1.2 %t.spv
// RUN: mxc %s --target=spirv:lavapipe --emit=spvasm | FileCheck %s --check-prefix=NATIVE
// RUN: mxc %s --target=spirv:lavapipe --emit=spirv -o %t.spv && spirv-val --target-env vulkan1.2 %t.spv

// CHECK-DAG: OpCapability Float64
// CHECK-DAG: OpExecutionMode %{{k[0-9]+}} SignedZeroInfNanPreserve 64
// CHECK-DAG: OpExecutionMode %{{k[0-9]+}} SignedZeroInfNanPreserve 32
// CHECK-DAG: OpCapability Int64
// CHECK-DAG: OpCapability Int16
// CHECK-DAG: OpCapability Int8
// CHECK-DAG: OpCapability StorageBuffer8BitAccess
// CHECK-DAG: OpCapability StorageBuffer16BitAccess
// NATIVE-DAG: OpCapability Float16
// NATIVE: OpFConvert %v4half
func.func @f(%f: tensor<40xf32>, %h: tensor<40xf16>, %b: tensor<40xbf16>, %d: tensor<40xf64>, %i: tensor<40xi32>, %u: tensor<40xui32>,
             %l: tensor<40xi64>, %c: tensor<40xi1>, %s: tensor<40xi8>)
    -> (tensor<40xf16>, tensor<40xbf16>, tensor<40xf64>, tensor<40xi32>, tensor<40xui32>, tensor<40xi64>, tensor<40xi1>, tensor<40xi8>) {
  %0 = mx.exp %h : tensor<40xf16>
  %1 = mx.sqrt %b : tensor<40xbf16>
  %2 = mx.log %d : tensor<40xf64>
  %3 = mx.floor_divide %i, %i : tensor<40xi32>, tensor<40xi32>
  %4 = mx.remainder %u, %u : tensor<40xui32>, tensor<40xui32>
  %5 = mx.multiply %l, %l : tensor<40xi64>, tensor<40xi64>
  %6 = mx.less %f, %f : tensor<40xf32>, tensor<40xf32>
  %7 = mx.logical_and %6, %c : tensor<40xi1>, tensor<40xi1>
  %8 = mx.right_shift %s, %s : tensor<40xi8>, tensor<40xi8>
  return %0, %1, %2, %3, %4, %5, %7, %8 : tensor<40xf16>, tensor<40xbf16>, tensor<40xf64>, tensor<40xi32>, tensor<40xui32>, tensor<40xi64>, tensor<40xi1>, tensor<40xi8>
}
