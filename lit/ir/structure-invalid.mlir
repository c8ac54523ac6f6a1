// What composites and fusions refuse.
// RUN: mx-opt %s --split-input-file --verify-diagnostics

func.func @no_decomposition(%x: tensor<4xf32>) {
  // expected-error @+1 {{has no function for its decomposition @relu}}
  %0 = mx.composite "relu" %x {attrs = {}, decomposition = @relu} : (tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func private @relu(%x: tensor<4xf32>) -> tensor<4xf32>
func.func @no_body(%x: tensor<4xf32>) {
  // expected-error @+1 {{has a decomposition that is not one block: @relu}}
  %0 = mx.composite "relu" %x {attrs = {}, decomposition = @relu} : (tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func private @relu(%x: tensor<4xf32>) -> tensor<4xf32> {
  return %x : tensor<4xf32>
}
func.func @other_type(%x: tensor<5xf32>) {
  // expected-error @+1 {{differs in type from its decomposition @relu}}
  %0 = mx.composite "relu" %x {attrs = {}, decomposition = @relu} : (tensor<5xf32>) -> tensor<5xf32>
  return
}

// -----

func.func @fusion_result(%x: tensor<4xf32>) {
  // expected-error @+1 {{yields values that differ from its results}}
  %0 = mx.fusion "map" (%a = %x : tensor<4xf32>) -> (tensor<5xf32>) {
    mx.yield %a : tensor<4xf32>
  }
  return
}

// -----

func.func @fusion_captures(%x: tensor<4xf32>) {
  // expected-note @+1 {{required by region isolation constraints}}
  %0 = mx.fusion "map" () -> (tensor<4xf32>) {
    // expected-error @+1 {{using value defined outside the region}}
    %1 = mx.exp %x : tensor<4xf32>
    mx.yield %1 : tensor<4xf32>
  }
  return
}

// -----

func.func @fusion_arguments(%x: tensor<4xf32>) {
  // expected-error @+1 {{has block arguments that differ from its operands}}
  %0 = "mx.fusion"(%x) <{kind = "map"}> ({
  ^bb0(%a: tensor<5xf32>):
    %1 = mx.exp %a : tensor<5xf32>
    mx.yield %1 : tensor<5xf32>
  }) : (tensor<4xf32>) -> tensor<5xf32>
  return
}
