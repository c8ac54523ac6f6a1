// A product with bias and gelu is one kernel: tiles of both operands in shared memory, a tile of sums in registers, and
// the epilogue before the stores. On a processor the tiles of sums are larger and a subgroup passes the left operand round.
// RUN: mx-opt %s --mx-to-core --mx-form-fusions --mx-outline-kernels --mx-lower-kernels-to-gpu | FileCheck %s --check-prefix=TILED
// RUN: mx-opt %s --mx-to-core --mx-form-fusions --mx-outline-kernels --mx-lower-kernels-to-gpu=target=lavapipe | FileCheck %s --check-prefix=WIDE
// RUN: mx-opt %s --mx-to-spirv | FileCheck %s
// RUN: mxc %s --target=spirv:vulkan1.2 --emit=spirv -o %t.spv && spirv-val --target-env vulkan1.2 %t.spv
// RUN: mxc %s --target=spirv:lavapipe --emit=spirv -o %t.spv && spirv-val --target-env vulkan1.2 %t.spv

// TILED: gpu.func @k0()
// TILED-SAME: mxp.loop_iterations = #mx.dims<64>
// TILED-SAME: mxp.workgroups = #mx.dims<2048>
// TILED-SAME: workgroup_size = [64, 1, 1]
// TILED: memref.alloc() : memref<512xf32, #spirv.storage_class<Workgroup>>
// TILED: memref.alloc() : memref<128xvector<4xf32>, #spirv.storage_class<Workgroup>>
// TILED: scf.for
// TILED-COUNT-4: memref.load %{{.*}} : memref<?xvector<4xf32>>
// TILED-NOT: memref.load
// TILED: gpu.barrier
// TILED-COUNT-256: math.fma
// TILED: gpu.barrier
// TILED: memref.store
// TILED-NOT: gpu.func

// 16 rows, and for each of 8 invocations two vectors of columns, loaded as one of words.
// WIDE: gpu.func @k0()
// WIDE-SAME: mxp.loop_iterations = #mx.dims<256>
// WIDE-SAME: mxp.workgroups = #mx.dims<2048>
// WIDE-SAME: workgroup_size = [8, 1, 1]
// WIDE-NOT: memref.alloc
// WIDE: scf.for %{{.*}} = %c0 to %c1024 step %c4
// WIDE-COUNT-2: memref.load %{{.*}} : memref<?xvector<4xf32>>
// WIDE-COUNT-64: gpu.shuffle idx
// WIDE-COUNT-4: memref.load %{{.*}} : memref<?xvector<4xi64>>
// WIDE-COUNT-128: math.fma {{.*}} : vector<4xf32>
// WIDE: memref.store %{{.*}} : memref<?xvector<4xf32>>
// WIDE-NOT: gpu.func

// CHECK: spirv.mlir.loop
// CHECK: spirv.GL.Fma {{.*}} {no_contraction} : f32
func.func @f(%a: tensor<512x1024xf32>, %b: tensor<1024x4096xf32>, %bias: tensor<4096xf32>, %half: tensor<f32>, %one: tensor<f32>, %r: tensor<f32>) -> tensor<512x4096xf32> {
  %0 = mx.matmul %a, %b : tensor<512x1024xf32>, tensor<1024x4096xf32>
  %1 = mx.add %0, %bias : tensor<512x4096xf32>, tensor<4096xf32>
  %2 = mx.multiply %1, %r : tensor<512x4096xf32>, tensor<f32>
  %3 = mx.erf %2 : tensor<512x4096xf32>
  %4 = mx.add %3, %one : tensor<512x4096xf32>, tensor<f32>
  %5 = mx.multiply %4, %1 : tensor<512x4096xf32>, tensor<512x4096xf32>
  %6 = mx.multiply %5, %half : tensor<512x4096xf32>, tensor<f32>
  return %6 : tensor<512x4096xf32>
}
