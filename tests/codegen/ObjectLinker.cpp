// Linking of objects: calls of library functions and constants work wherever the image lands, and what has no place in
// position-independent code is refused by its name.
#include "codegen/cpu/ObjectLinker.h"

#include "codegen/Compiler.h"
#include "codegen/cpu/CpuPipeline.h"

#include "mlir/Parser/Parser.h"

#include <gtest/gtest.h>

namespace mx::codegen::test {
namespace {

std::vector<std::byte> objectOf(const std::string &text) {
  mlir::DialectRegistry registry;
  registerDialects(registry);
  mlir::MLIRContext context(registry);
  auto module = mlir::parseSourceString<mlir::ModuleOp>(text, &context);
  EXPECT_TRUE(module);
  auto code = compileToObject(*module, *cpuTarget("x86-64"), /*listings=*/false);
  EXPECT_TRUE(code);
  const auto bytes = std::as_bytes(std::span(code->object.data(), code->object.size()));
  return {bytes.begin(), bytes.end()};
}

// copies(args): copies scalars[0] bytes from the first buffer to the second; returns the number at scalars[1] of a table.
constexpr const char *kCopies = R"(
  llvm.mlir.global private constant @table(dense<[11, 22, 33, 44, 55]> : tensor<5xi32>) : !llvm.array<5 x i32>
  llvm.func @copies(%args: !llvm.ptr, %begin: i32, %end: i32) -> i32 {
    %buffers = llvm.load %args : !llvm.ptr -> !llvm.ptr
    %from = llvm.load %buffers : !llvm.ptr -> !llvm.ptr
    %second = llvm.getelementptr %buffers[8] : (!llvm.ptr) -> !llvm.ptr, i8
    %to = llvm.load %second : !llvm.ptr -> !llvm.ptr
    %slot = llvm.getelementptr %args[8] : (!llvm.ptr) -> !llvm.ptr, i8
    %scalars = llvm.load %slot : !llvm.ptr -> !llvm.ptr
    %bytes = llvm.load %scalars : !llvm.ptr -> i64
    "llvm.intr.memcpy"(%to, %from, %bytes) <{isVolatile = false}> : (!llvm.ptr, !llvm.ptr, i64) -> ()
    %which = llvm.getelementptr %scalars[8] : (!llvm.ptr) -> !llvm.ptr, i8
    %number = llvm.load %which : !llvm.ptr -> i64
    %table = llvm.mlir.addressof @table : !llvm.ptr
    %row = llvm.getelementptr %table[%number] : (!llvm.ptr, i64) -> !llvm.ptr, i32
    %result = llvm.load %row : !llvm.ptr -> i32
    llvm.return %result : i32
  })";

TEST(ObjectLinker, CallsAndConstantsWorkWhereverTheImageLands) {
  const auto object = objectOf(kCopies);
  const std::vector<std::string> names{"copies"};
  auto linked = linkObject(object, names);
  ASSERT_TRUE(linked) << linked.error().message;
  ASSERT_EQ(linked->image.imports.size(), 1u);
  for (int copy = 0; copy < 3; ++copy) {
    auto code = rt::MachineCode::load(linked->image.bytes, linked->image.imports);
    ASSERT_TRUE(code);
    char from[] = "position independent", to[32] = {};
    void *buffers[] = {from, to};
    const int64_t scalars[] = {sizeof from, 3};
    mx_args args{buffers, scalars, nullptr, 0};
    EXPECT_EQ((*code)->at(linked->entries[0])(&args, 0, 1), 44);
    EXPECT_STREQ(to, from);
  }
}

TEST(ObjectLinker, WhatKernelsMayNotHaveIsNamed) {
  const std::vector<std::string> names{"f"};
  const std::pair<const char *, const char *> cases[] = {
      {"llvm.func @sinf(f32) -> f32\n llvm.func @f(%x: f32) -> f32 { %y = llvm.call @sinf(%x) : (f32) -> f32\n llvm.return %y : f32 }", "sinf"},
      {"llvm.mlir.global private @state(7 : i32) : i32\n llvm.func @f() -> !llvm.ptr { %p = llvm.mlir.addressof @state : !llvm.ptr\n llvm.return %p : !llvm.ptr }",
       "writable"},
      {"llvm.func @g() { llvm.return }", "there is no function f"}};
  for (auto [text, expected] : cases) {
    auto linked = linkObject(objectOf(text), names);
    ASSERT_FALSE(linked) << text;
    EXPECT_NE(linked.error().message.find(expected), std::string::npos) << linked.error().message;
  }
}

TEST(ObjectLinker, BytesThatAreNoObjectAreAnError) {
  const auto object = objectOf(kCopies);
  const std::vector<std::string> names{"copies"};
  EXPECT_FALSE(linkObject({}, names));
  EXPECT_FALSE(linkObject(std::span(object).first(100), names));
}

} // namespace
} // namespace mx::codegen::test
