// Texts that are no sizes.
// RUN: mx-opt %s --split-input-file --verify-diagnostics

// expected-error @+1 {{'n' is no size}}
func.func private @name() attributes {a = #mx.dims<n>}

// -----

// expected-error @+1 {{'(s0 + ' is no size}}
func.func private @open() attributes {a = #mx.dims<"(s0 + ">}

// -----

// expected-error @+1 {{'(s0 * 4 + 1)' is no size}}
func.func private @mixed() attributes {a = #mx.dims<"(s0 * 4 + 1)">}

// -----

// expected-error @+1 {{'s0 s1' is no size}}
func.func private @two() attributes {a = #mx.dims<"s0 s1">}

// -----

// expected-error @+1 {{expected a size}}
func.func private @bracket() attributes {a = #mx.dims<[1]>}

// -----

// expected-error @+1 {{the encoding names 1 sizes of a tensor of rank 2}}
func.func private @rank(%x: tensor<?x4xf32, #mx.dims<s0>>)

// -----

// expected-error @+1 {{the encoding gives axis 1 the size 5, the tensor has 4}}
func.func private @size(%x: tensor<?x4xf32, #mx.dims<s0, 5>>)

// -----

// Whether two `?` are one size is for the program to say.
func.func @unnamed(%x: tensor<?x64xf32>, %y: tensor<?x64xf32>) -> tensor<?x64xf32> {
  // expected-error @+1 {{[add] the sizes of 'tensor<?x64xf32>' have no names; write 'tensor<?x64xf32, #mx.dims<s0, 64>>', where one name is one size everywhere}}
  %0 = mx.add %x, %y : tensor<?x64xf32>, tensor<?x64xf32>
  return %0 : tensor<?x64xf32>
}
