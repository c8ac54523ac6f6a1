// Schedules by hand: of kernels of one kind or of all; what the heuristics then do with them.
// RUN: mx-opt %s --mx-to-program --mx-pin-config="kind=matmul entries=tile_rows=4,k_block=8" | FileCheck %s
// RUN: mx-opt %s --mx-to-program --mx-pin-config="entries=elements=8" --mx-pin-config="entries=elements=4" | FileCheck %s --check-prefix=ALL
// RUN: mxc %s --target=x86-64-v3 --run-after="program=mx-pin-config{kind=matmul entries=tile_rows=1,tile_vectors=1}" --compile-to=tiled | FileCheck %s --check-prefix=SMALL
// RUN: mxc %s --target=x86-64-v3 --compile-to=tiled | FileCheck %s --check-prefix=LARGE
// RUN: mxc %s --run-after="program=mx-pin-config{entries=tile_rows=3,tile_vectors=1,k_block=5,unit_rows=2,unit_cols=1}" --check
// RUN: mxc %s --run-after="program=mx-pin-config{entries=tile_rows=99999999999,tile_vectors=-5}" --check
// RUN: not mx-opt %s --mx-to-program --mx-pin-config="entries=elements" 2>&1 | FileCheck %s --check-prefix=WRONG

// CHECK: mxp.kernel @{{.*}} "matmul" {{.*}}config = {k_block = 8 : i64, tile_rows = 4 : i64}
// CHECK-NOT: config
// ALL-COUNT-2: config = {elements = 4 : i64}
// SMALL: mxp.units = #mx.dims<5>
// LARGE: mxp.units = #mx.dims<1>
// WRONG: error: 'elements' is not name=integer
func.func @main(%x: tensor<20x30xf32>, %y: tensor<30x40xf32>) -> (tensor<20x40xf32>, tensor<20x30xf32>) {
  %0 = mx.matmul %x, %y : tensor<20x30xf32>, tensor<30x40xf32>
  %1 = mx.exp %x : tensor<20x30xf32>
  return %0, %1 : tensor<20x40xf32>, tensor<20x30xf32>
}
