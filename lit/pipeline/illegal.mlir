// What is no program at all, in any phase.
// RUN: mx-opt %s --mx-to-core --split-input-file --verify-diagnostics

func.func @other_dialect(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @+1 {{is no op of a program}}
  %0 = arith.addf %x, %x : tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

// expected-error @+1 {{has an argument that is no tensor of mx: 'i32'}}
func.func @scalar(%x: i32) {
  return
}

// -----

// expected-error @+1 {{has an argument that is no tensor of mx: 'tensor<4xi7>'}}
func.func @element(%x: tensor<4xi7>) -> tensor<4xi7> {
  return %x : tensor<4xi7>
}

// -----

// expected-error @+1 {{has more than one block}}
func.func @blocks(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @+1 {{is no op of a program}}
  cf.br ^next
^next:
  return %x : tensor<4xf32>
}

// -----

func.func @constant() -> tensor<4xi7> {
  // expected-error @+1 {{has a result that is no tensor of mx: 'tensor<4xi7>'}}
  %0 = mx.constant dense<1> : tensor<4xi7>
  return %0 : tensor<4xi7>
}
