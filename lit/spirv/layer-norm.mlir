// A layer norm over rows of dynamic number and length is one kernel in two forms: an entry that runs rows of up to some
// length, and entries that share longer ones out. One of the two has workgroups.
// RUN: mx-opt %s --mx-to-core --mx-form-fusions --mx-outline-kernels --mx-lower-kernels-to-gpu | FileCheck %s --check-prefix=TILED
// RUN: mxc %s --target=spirv:vulkan1.2 --emit=spirv -o %t.spv && spirv-val --target-env vulkan1.2 %t.spv
// The same program gives the same bytes.
// RUN: mxc %s --target=spirv:vulkan1.2 --emit=spirv -o %t2.spv && cmp %t.spv %t2.spv
// RUN: mxc --mlir-disable-threading --target=spirv:vulkan1.2 --emit=spirv -o %t2.spv < %s && cmp %t.spv %t2.spv

// TILED: gpu.func @k0() kernel attributes
// TILED-SAME: mxp.loop_iterations = #mx.dims<"((2 *
// TILED-SAME: mxp.workgroups = #mx.dims<"(((s0 + 3) floordiv 4) * min(1, max(0, ({{.*}} + {{[0-9]+}}))))">
// TILED-NOT: mxp.pass
// TILED: gpu.func @k0_partial1() kernel attributes
// TILED-SAME: mxp.workgroups = #mx.dims<"{{.*}} - {{[0-9]+}}
// TILED: gpu.func @k0_total1() kernel attributes
// TILED-SAME: mxp.passes = #mx.dims
// TILED: gpu.func @k0_partial2()
// TILED: gpu.func @k0_total2()
// TILED: gpu.func @k0_full()
!m = tensor<?x?xf32, #mx.dims<s0, s1>>
!r = tensor<?x1xf32, #mx.dims<s0, 1>>
!v = tensor<?xf32, #mx.dims<s1>>
func.func @f(%x: !m, %scale: !v, %shift: !v, %n: tensor<f32>, %eps: tensor<f32>) -> !m {
  %0 = mx.sum %x {axes = array<i64: 1>, keepdims = true} : !m
  %1 = mx.divide %0, %n : !r, tensor<f32>
  %2 = mx.subtract %x, %1 : !m, !r
  %3 = mx.square %2 : !m
  %4 = mx.sum %3 {axes = array<i64: 1>, keepdims = true} : !m
  %5 = mx.divide %4, %n : !r, tensor<f32>
  %6 = mx.add %5, %eps : !r, tensor<f32>
  %7 = mx.rsqrt %6 : !r
  %8 = mx.multiply %2, %7 : !m, !r
  %9 = mx.multiply %8, %scale : !m, !v
  %10 = mx.add %9, %shift : !m, !v
  return %10 : !m
}
