// Schedules by hand: of kernels of one kind or of all; what the heuristics then do with them; what would have no effect.
// RUN: mx-opt %s --mx-to-program --mx-pin-config="kind=matmul entries=tile_rows=4,k_block=8" | FileCheck %s
// RUN: mx-opt %s --mx-to-program --mx-pin-config="entries=elements=8,tile_rows=2" --mx-pin-config="entries=elements=4" | FileCheck %s --check-prefix=ALL
// RUN: mxc %s --target=x86-64-v3 --run-after="program=mx-pin-config{kind=matmul entries=tile_rows=1,tile_vectors=1}" --compile-to=tiled | FileCheck %s --check-prefix=SMALL
// RUN: mxc %s --target=x86-64-v3 --compile-to=tiled | FileCheck %s --check-prefix=LARGE
// RUN: mxc %s --target=x86-64-v3 --run-after="program=mx-pin-config{entries=unit=32}" --compile-to=tiled | FileCheck %s --check-prefix=UNIT
// RUN: mxc %s --run-after="program=mx-pin-config{entries=tile_rows=3,tile_vectors=1,k_block=5,unit_rows=2,unit_cols=1}" --check
// RUN: mxc %s --run-after="program=mx-pin-config{entries=tile_rows=99999999999,tile_vectors=-5,unit=-1,keep=7,pack_lhs=9}" --check
// RUN: mxc %s --run-after="program=mx-pin-config{entries=pack_lhs=0,pack_rhs=0,inline_epilogue=0,keep=0,prefetch=1,unit=48}" --check
// RUN: mxc %s --run-after="program=mx-pin-config{entries=pack_lhs=1,pack_rhs=1,inline_epilogue=1,keep=1,prefetch=0}" --check
// RUN: mxc %s --run-after="program=mx-pin-config{entries=pack_lhs=2,pack_rhs=2,k_block=8}" --check
// RUN: not mx-opt %s --mx-to-program --mx-pin-config="entries=elements" 2>&1 | FileCheck %s --check-prefix=WRONG
// RUN: not mx-opt %s --mx-to-program --mx-pin-config="entries=tile_row=4" 2>&1 | FileCheck %s --check-prefix=MISSPELT
// RUN: not mx-opt %s --mx-to-program --mx-pin-config="kind=scan entries=parts=4" 2>&1 | FileCheck %s --check-prefix=OTHER
// RUN: not mx-opt %s --mx-to-program --mx-pin-config="kind=matmull entries=rows=4" 2>&1 | FileCheck %s --check-prefix=KIND
// RUN: mx-opt %s --mx-to-program --mx-pin-config="kind=scan entries=team=4" 2>&1 | FileCheck %s --check-prefix=NONE

// CHECK: mxp.kernel @{{.*}} "matmul" {{.*}}config = {k_block = 8 : i64, tile_rows = 4 : i64}
// CHECK-NOT: config
// ALL-DAG: "matmul" {{.*}}config = {tile_rows = 2 : i64}
// ALL-DAG: "map" {{.*}}config = {elements = 4 : i64}
// SMALL: mxp.units = #mx.dims<5>
// LARGE: mxp.units = #mx.dims<1>
// UNIT: mxp.units = #mx.dims<19>
// WRONG: error: 'elements' is not name=integer
// MISSPELT: error: kernels have no entry 'tile_row' to pin; did you mean 'tile_rows'? There are cols, columns, elements, inline_epilogue, k_block, keep, pack_lhs
// OTHER: error: kernels of kind 'scan' have no entry 'parts' to pin; did you mean 'team'? There are team
// KIND: error: no kernels of kind 'matmull' have a schedule to pin; the kinds are map, row, matmul, scan, scatter
// NONE: warning: the program has no kernels that mx-pin-config would pin
func.func @main(%x: tensor<20x30xf32>, %y: tensor<30x40xf32>) -> (tensor<20x40xf32>, tensor<20x30xf32>, tensor<40xf32>) {
  %0 = mx.matmul %x, %y : tensor<20x30xf32>, tensor<30x40xf32>
  %1 = mx.exp %x : tensor<20x30xf32>
  %2 = mx.exp %y : tensor<30x40xf32>
  %3 = mx.sum %2 {axes = array<i64: 0>, keepdims = true} : tensor<30x40xf32>
  %4 = mx.divide %2, %3 : tensor<30x40xf32>, tensor<1x40xf32>
  %5 = mx.max %4 {axes = array<i64: 0>, keepdims = false} : tensor<30x40xf32>
  return %0, %1, %5 : tensor<20x40xf32>, tensor<20x30xf32>, tensor<40xf32>
}
