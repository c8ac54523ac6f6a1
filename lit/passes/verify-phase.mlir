// What each phase does not allow.
// RUN: mx-opt %s --mx-verify-phase=phase=core --split-input-file --verify-diagnostics

func.func private @f(%x: tensor<4xf32>) -> tensor<4xf32> {
  return %x : tensor<4xf32>
}
func.func @composite(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @+1 {{is not legal in phase core: composites are opened before}}
  %0 = mx.composite "f" %x {attrs = {}, decomposition = @f} : (tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

func.func @broadcast(%x: tensor<4xf32>, %y: tensor<f32>) -> tensor<4xf32> {
  // expected-error @+1 {{is not legal in phase core: broadcasts are explicit}}
  %0 = mx.add %x, %y : tensor<4xf32>, tensor<f32>
  return %0 : tensor<4xf32>
}
