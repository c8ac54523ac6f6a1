// mx-emit-object compiles and links a module of the llvm dialect and leaves it as it is: the last pass of a reproducer of a fault
// in the code generator.
// RUN: split-file %s %t
// RUN: mx-opt %t/links.mlir --pass-pipeline='builtin.module(mx-emit-object{target=x86-64})' | FileCheck %t/links.mlir
// RUN: not mx-opt %t/links.mlir --pass-pipeline='builtin.module(mx-emit-object{target=z80})' 2>&1 | FileCheck %s --check-prefix=TARGET
// RUN: not env TMPDIR=%t mx-opt %t/calls.mlir --pass-pipeline='builtin.module(mx-emit-object{target=x86-64})' 2>&1 | FileCheck %s --check-prefix=CALLS
// TARGET: error: the target 'z80' is none of native, x86-64, x86-64-v3, x86-64-v4
// CALLS: error: linking a kernel: the code needs missing, which no kernel may call

//--- links.mlir
// CHECK-LABEL: llvm.func @k0
// CHECK: llvm.add
llvm.func @k0(%x: !llvm.ptr, %i: i32) -> i32 attributes {mxp.units = 1 : i64} {
  %0 = llvm.load %x : !llvm.ptr -> i32
  %1 = llvm.add %0, %i : i32
  llvm.return %1 : i32
}

//--- calls.mlir
llvm.func @missing() -> i32
llvm.func @k0() -> i32 attributes {mxp.units = 1 : i64} {
  %0 = llvm.call @missing() : () -> i32
  llvm.return %0 : i32
}
