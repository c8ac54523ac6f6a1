// mx-emit-spirv serializes and validates each spirv.module and leaves it as it is: the last pass of a reproducer of a fault behind
// the lowering.
// RUN: split-file %s %t
// RUN: mx-opt %t/right.mlir --pass-pipeline='builtin.module(mx-emit-spirv)' | FileCheck %t/right.mlir
// RUN: not env TMPDIR=%t mx-opt %t/wrong.mlir --pass-pipeline='builtin.module(mx-emit-spirv)' 2>&1 | FileCheck %s
// CHECK: error: {{.*}}Shader

//--- right.mlir
// CHECK-LABEL: spirv.module
// CHECK: spirv.Return
spirv.module Logical GLSL450 requires #spirv.vce<v1.5, [Shader], []> {
  spirv.func @main() "None" {
    spirv.Return
  }
  spirv.EntryPoint "GLCompute" @main
  spirv.ExecutionMode @main "LocalSize", 1, 1, 1
}

//--- wrong.mlir
spirv.module Logical GLSL450 requires #spirv.vce<v1.5, [], []> {
  spirv.func @main() "None" {
    spirv.Return
  }
  spirv.EntryPoint "GLCompute" @main
  spirv.ExecutionMode @main "LocalSize", 1, 1, 1
}
