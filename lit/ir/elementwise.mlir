// Round trip of every element-wise op: what is printed parses to the same.
// RUN: mx-opt %s | mx-opt | FileCheck %s

// CHECK-LABEL: func.func @unary
func.func @unary(%x: tensor<4xf32>, %i: tensor<4xi32>) {
  // CHECK: mx.abs %{{.*}} : tensor<4xf32>
  %abs = mx.abs %x : tensor<4xf32>
  // CHECK: mx.negative %{{.*}} : tensor<4xf32>
  %negative = mx.negative %x : tensor<4xf32>
  // CHECK: mx.sign %{{.*}} : tensor<4xf32>
  %sign = mx.sign %x : tensor<4xf32>
  // CHECK: mx.square %{{.*}} : tensor<4xf32>
  %square = mx.square %x : tensor<4xf32>
  // CHECK: mx.floor %{{.*}} : tensor<4xf32>
  %floor = mx.floor %x : tensor<4xf32>
  // CHECK: mx.ceil %{{.*}} : tensor<4xf32>
  %ceil = mx.ceil %x : tensor<4xf32>
  // CHECK: mx.trunc %{{.*}} : tensor<4xf32>
  %trunc = mx.trunc %x : tensor<4xf32>
  // CHECK: mx.rint %{{.*}} : tensor<4xf32>
  %rint = mx.rint %x : tensor<4xf32>
  // CHECK: mx.exp %{{.*}} : tensor<4xf32>
  %exp = mx.exp %x : tensor<4xf32>
  // CHECK: mx.expm1 %{{.*}} : tensor<4xf32>
  %expm1 = mx.expm1 %x : tensor<4xf32>
  // CHECK: mx.log %{{.*}} : tensor<4xf32>
  %log = mx.log %x : tensor<4xf32>
  // CHECK: mx.log2 %{{.*}} : tensor<4xf32>
  %log2 = mx.log2 %x : tensor<4xf32>
  // CHECK: mx.log10 %{{.*}} : tensor<4xf32>
  %log10 = mx.log10 %x : tensor<4xf32>
  // CHECK: mx.log1p %{{.*}} : tensor<4xf32>
  %log1p = mx.log1p %x : tensor<4xf32>
  // CHECK: mx.sin %{{.*}} : tensor<4xf32>
  %sin = mx.sin %x : tensor<4xf32>
  // CHECK: mx.cos %{{.*}} : tensor<4xf32>
  %cos = mx.cos %x : tensor<4xf32>
  // CHECK: mx.tan %{{.*}} : tensor<4xf32>
  %tan = mx.tan %x : tensor<4xf32>
  // CHECK: mx.arcsin %{{.*}} : tensor<4xf32>
  %arcsin = mx.arcsin %x : tensor<4xf32>
  // CHECK: mx.arccos %{{.*}} : tensor<4xf32>
  %arccos = mx.arccos %x : tensor<4xf32>
  // CHECK: mx.arctan %{{.*}} : tensor<4xf32>
  %arctan = mx.arctan %x : tensor<4xf32>
  // CHECK: mx.sinh %{{.*}} : tensor<4xf32>
  %sinh = mx.sinh %x : tensor<4xf32>
  // CHECK: mx.cosh %{{.*}} : tensor<4xf32>
  %cosh = mx.cosh %x : tensor<4xf32>
  // CHECK: mx.tanh %{{.*}} : tensor<4xf32>
  %tanh = mx.tanh %x : tensor<4xf32>
  // CHECK: mx.arcsinh %{{.*}} : tensor<4xf32>
  %arcsinh = mx.arcsinh %x : tensor<4xf32>
  // CHECK: mx.arccosh %{{.*}} : tensor<4xf32>
  %arccosh = mx.arccosh %x : tensor<4xf32>
  // CHECK: mx.arctanh %{{.*}} : tensor<4xf32>
  %arctanh = mx.arctanh %x : tensor<4xf32>
  // CHECK: mx.sqrt %{{.*}} : tensor<4xf32>
  %sqrt = mx.sqrt %x : tensor<4xf32>
  // CHECK: mx.rsqrt %{{.*}} : tensor<4xf32>
  %rsqrt = mx.rsqrt %x : tensor<4xf32>
  // CHECK: mx.reciprocal %{{.*}} : tensor<4xf32>
  %reciprocal = mx.reciprocal %x : tensor<4xf32>
  // CHECK: mx.erf %{{.*}} : tensor<4xf32>
  %erf = mx.erf %x : tensor<4xf32>
  // CHECK: mx.erfinv %{{.*}} : tensor<4xf32>
  %erfinv = mx.erfinv %x : tensor<4xf32>
  // CHECK: mx.sigmoid %{{.*}} : tensor<4xf32>
  %sigmoid = mx.sigmoid %x : tensor<4xf32>
  // CHECK: mx.logical_not %{{.*}} : tensor<4xf32>
  %logical_not = mx.logical_not %x : tensor<4xf32>
  // CHECK: mx.bitwise_invert %{{.*}} : tensor<4xi32>
  %bitwise_invert = mx.bitwise_invert %i : tensor<4xi32>
  // CHECK: mx.stop_gradient %{{.*}} : tensor<4xf32>
  %stop_gradient = mx.stop_gradient %x : tensor<4xf32>
  // CHECK: mx.copy %{{.*}} : tensor<4xf32>
  %copy = mx.copy %x : tensor<4xf32>
  return
}

// CHECK-LABEL: func.func @binary
func.func @binary(%x: tensor<4xf32>, %y: tensor<3x1xf32>, %i: tensor<4xi32>, %j: tensor<ui8>) {
  // CHECK: mx.add %{{.*}}, %{{.*}} : tensor<4xf32>, tensor<3x1xf32>
  %add = mx.add %x, %y : tensor<4xf32>, tensor<3x1xf32>
  // CHECK: mx.subtract %{{.*}}, %{{.*}} : tensor<4xf32>, tensor<3x1xf32>
  %subtract = mx.subtract %x, %y : tensor<4xf32>, tensor<3x1xf32>
  // CHECK: mx.multiply %{{.*}}, %{{.*}} : tensor<4xf32>, tensor<3x1xf32>
  %multiply = mx.multiply %x, %y : tensor<4xf32>, tensor<3x1xf32>
  // CHECK: mx.divide %{{.*}}, %{{.*}} : tensor<4xf32>, tensor<3x1xf32>
  %divide = mx.divide %x, %y : tensor<4xf32>, tensor<3x1xf32>
  // CHECK: mx.floor_divide %{{.*}}, %{{.*}} : tensor<4xf32>, tensor<3x1xf32>
  %floor_divide = mx.floor_divide %x, %y : tensor<4xf32>, tensor<3x1xf32>
  // CHECK: mx.remainder %{{.*}}, %{{.*}} : tensor<4xf32>, tensor<3x1xf32>
  %remainder = mx.remainder %x, %y : tensor<4xf32>, tensor<3x1xf32>
  // CHECK: mx.power %{{.*}}, %{{.*}} : tensor<4xf32>, tensor<3x1xf32>
  %power = mx.power %x, %y : tensor<4xf32>, tensor<3x1xf32>
  // CHECK: mx.maximum %{{.*}}, %{{.*}} : tensor<4xf32>, tensor<3x1xf32>
  %maximum = mx.maximum %x, %y : tensor<4xf32>, tensor<3x1xf32>
  // CHECK: mx.minimum %{{.*}}, %{{.*}} : tensor<4xf32>, tensor<3x1xf32>
  %minimum = mx.minimum %x, %y : tensor<4xf32>, tensor<3x1xf32>
  // CHECK: mx.arctan2 %{{.*}}, %{{.*}} : tensor<4xf32>, tensor<3x1xf32>
  %arctan2 = mx.arctan2 %x, %y : tensor<4xf32>, tensor<3x1xf32>
  // CHECK: mx.logaddexp %{{.*}}, %{{.*}} : tensor<4xf32>, tensor<3x1xf32>
  %logaddexp = mx.logaddexp %x, %y : tensor<4xf32>, tensor<3x1xf32>
  // CHECK: mx.equal %{{.*}}, %{{.*}} : tensor<4xf32>, tensor<3x1xf32>
  %equal = mx.equal %x, %y : tensor<4xf32>, tensor<3x1xf32>
  // CHECK: mx.not_equal %{{.*}}, %{{.*}} : tensor<4xf32>, tensor<3x1xf32>
  %not_equal = mx.not_equal %x, %y : tensor<4xf32>, tensor<3x1xf32>
  // CHECK: mx.less %{{.*}}, %{{.*}} : tensor<4xf32>, tensor<3x1xf32>
  %less = mx.less %x, %y : tensor<4xf32>, tensor<3x1xf32>
  // CHECK: mx.less_equal %{{.*}}, %{{.*}} : tensor<4xf32>, tensor<3x1xf32>
  %less_equal = mx.less_equal %x, %y : tensor<4xf32>, tensor<3x1xf32>
  // CHECK: mx.greater %{{.*}}, %{{.*}} : tensor<4xf32>, tensor<3x1xf32>
  %greater = mx.greater %x, %y : tensor<4xf32>, tensor<3x1xf32>
  // CHECK: mx.greater_equal %{{.*}}, %{{.*}} : tensor<4xf32>, tensor<3x1xf32>
  %greater_equal = mx.greater_equal %x, %y : tensor<4xf32>, tensor<3x1xf32>
  // CHECK: mx.logical_and %{{.*}}, %{{.*}} : tensor<4xf32>, tensor<3x1xf32>
  %logical_and = mx.logical_and %x, %y : tensor<4xf32>, tensor<3x1xf32>
  // CHECK: mx.logical_or %{{.*}}, %{{.*}} : tensor<4xf32>, tensor<3x1xf32>
  %logical_or = mx.logical_or %x, %y : tensor<4xf32>, tensor<3x1xf32>
  // CHECK: mx.logical_xor %{{.*}}, %{{.*}} : tensor<4xf32>, tensor<3x1xf32>
  %logical_xor = mx.logical_xor %x, %y : tensor<4xf32>, tensor<3x1xf32>
  // CHECK: mx.bitwise_and %{{.*}}, %{{.*}} : tensor<4xi32>, tensor<ui8>
  %bitwise_and = mx.bitwise_and %i, %j : tensor<4xi32>, tensor<ui8>
  // CHECK: mx.bitwise_or %{{.*}}, %{{.*}} : tensor<4xi32>, tensor<ui8>
  %bitwise_or = mx.bitwise_or %i, %j : tensor<4xi32>, tensor<ui8>
  // CHECK: mx.bitwise_xor %{{.*}}, %{{.*}} : tensor<4xi32>, tensor<ui8>
  %bitwise_xor = mx.bitwise_xor %i, %j : tensor<4xi32>, tensor<ui8>
  // CHECK: mx.left_shift %{{.*}}, %{{.*}} : tensor<4xi32>, tensor<ui8>
  %left_shift = mx.left_shift %i, %j : tensor<4xi32>, tensor<ui8>
  // CHECK: mx.right_shift %{{.*}}, %{{.*}} : tensor<4xi32>, tensor<ui8>
  %right_shift = mx.right_shift %i, %j : tensor<4xi32>, tensor<ui8>
  return
}

// CHECK-LABEL: func.func @others
func.func @others(%c: tensor<4xi1>, %x: tensor<4xf32>, %y: tensor<f16>) {
  // CHECK: mx.where %{{.*}}, %{{.*}}, %{{.*}} : tensor<4xi1>, tensor<4xf32>, tensor<f16>
  %where = mx.where %c, %x, %y : tensor<4xi1>, tensor<4xf32>, tensor<f16>
  // CHECK: mx.astype %{{.*}} {dtype = ui8} : tensor<4xf32>
  %astype = mx.astype %x {dtype = ui8} : tensor<4xf32>
  // CHECK: mx.barrier %{{.*}} {id = 3 : i64} : tensor<4xf32>
  %barrier = mx.barrier %x {id = 3 : i64} : tensor<4xf32>
  return
}

// Result types come from the operands: broadcast, promoted, or fixed by the op.
// CHECK-LABEL: func.func @results
func.func @results(%x: tensor<4x1xf16>, %y: tensor<3xi32>, %d: tensor<?x3xf32, #mx.dims<s0, 3>>)
    -> (tensor<4x3xf16>, tensor<4x3xi1>, tensor<3xf32>, tensor<?x3xf32, #mx.dims<s0, 3>>) {
  %0 = mx.add %x, %y : tensor<4x1xf16>, tensor<3xi32>
  %1 = mx.less %x, %y : tensor<4x1xf16>, tensor<3xi32>
  %2 = mx.exp %y : tensor<3xi32>
  %3 = mx.multiply %d, %y : tensor<?x3xf32, #mx.dims<s0, 3>>, tensor<3xi32>
  // CHECK: return {{.*}} : tensor<4x3xf16>, tensor<4x3xi1>, tensor<3xf32>, tensor<?x3xf32, #mx.dims<s0, 3>>
  return %0, %1, %2, %3 : tensor<4x3xf16>, tensor<4x3xi1>, tensor<3xf32>, tensor<?x3xf32, #mx.dims<s0, 3>>
}
