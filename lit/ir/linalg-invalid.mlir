// What matmul refuses.
// RUN: mx-opt %s --split-input-file --verify-diagnostics

func.func @inner(%a: tensor<4x5xf32>, %b: tensor<6x7xf32>) {
  // expected-error @+1 {{[matmul] inner sizes differ: (4, 5) @ (6, 7)}}
  %0 = mx.matmul %a, %b : tensor<4x5xf32>, tensor<6x7xf32>
  return
}

// -----

func.func @rank(%a: tensor<5xf32>, %b: tensor<5x7xf32>) {
  // expected-error @+1 {{[matmul] operands have two axes or more, got (5) @ (5, 7)}}
  %0 = mx.matmul %a, %b : tensor<5xf32>, tensor<5x7xf32>
  return
}

// -----

func.func @batch(%a: tensor<2x4x5xf32>, %b: tensor<3x5x7xf32>) {
  // expected-error @+1 {{[matmul] leading axes cannot be broadcast: (2, 4, 5) @ (3, 5, 7)}}
  %0 = mx.matmul %a, %b : tensor<2x4x5xf32>, tensor<3x5x7xf32>
  return
}

// -----

func.func @integers(%a: tensor<4x5xi32>, %b: tensor<5x7xi32>) {
  // expected-error @+1 {{[matmul] needs floating point, got int32 and int32}}
  %0 = mx.matmul %a, %b : tensor<4x5xi32>, tensor<5x7xi32>
  return
}
