// Kernels as bytes: what comes back is what was written, equal kernels give equal bytes, and no damaged byte goes unnoticed.
#include "runtime/CompiledKernel.h"

#include <gtest/gtest.h>

#include <cstring>

namespace mx::rt {
namespace {

using Op = SizeExpr::Op;

/// A function that returns 0, one at byte 4 that returns 7, and a slot for memcpy.
CodeImage twoFunctions() {
  CodeImage image;
  for (int byte : {0x31, 0xc0, 0xc3, 0x90, 0xb8, 7, 0, 0, 0, 0xc3, 0, 0, 0, 0, 0, 0})
    image.bytes.push_back(std::byte(byte));
  image.bytes.resize(24);
  image.imports = {{*libraryFunction("memcpy"), 16}};
  return image;
}

CompiledKernel cpuKernel() {
  CompiledKernel kernel;
  const CodeImage image = twoFunctions();
  kernel.code = *MachineCode::load(image.bytes, image.imports);
  const SizeExpr n = SizeExpr::symbol(0), m = SizeExpr::symbol(3);
  kernel.entries = {{{"k_pack", kernel.code->at(0), nullptr, 128}, SizeExpr::binary(Op::CeilDiv, n, 16), 40},
                    {{"k", kernel.code->at(4), nullptr, 0}, 1, SizeExpr::binary(Op::Max, SizeExpr::binary(Op::Mul, n, m), 9)}};
  kernel.scalars = {n, SizeExpr::binary(Op::Add, m, 1), -5};
  kernel.scratchBytes = SizeExpr::binary(Op::Mul, n, 64);
  return kernel;
}

CompiledKernel gpuKernel() {
  auto words = std::make_shared<const std::vector<uint32_t>>(std::vector<uint32_t>{0x07230203, 0x00010500, 0, 9, 0, 42});
  CompiledKernel kernel;
  for (const char *name : {"first", "second"}) {
    auto shader = std::make_shared<Shader>();
    *shader = {words, name, {0, 2, 3}, 2, false, -1, nullptr};
    kernel.entries.push_back({{name, nullptr, shader, 0}, SizeExpr::symbol(1), 0, 2, 1000});
  }
  return kernel;
}

TEST(CompiledKernel, MachineCodeComesBackAsItWas) {
  const CompiledKernel kernel = cpuKernel();
  const std::vector<std::byte> bytes = serializeKernel(kernel);
  EXPECT_EQ(bytes, serializeKernel(cpuKernel()));
  auto read = deserializeKernel(bytes);
  ASSERT_TRUE(read) << read.error().message;
  ASSERT_EQ(read->entries.size(), 2u);
  for (size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(read->entries[i].entry.name, kernel.entries[i].entry.name);
    EXPECT_EQ(read->entries[i].entry.scratchBytes, kernel.entries[i].entry.scratchBytes);
    EXPECT_EQ(read->entries[i].units, kernel.entries[i].units);
    EXPECT_EQ(read->entries[i].unitCostNs, kernel.entries[i].unitCostNs);
    EXPECT_EQ(read->entries[i].passes, kernel.entries[i].passes);
  }
  EXPECT_EQ(read->scalars, kernel.scalars);
  EXPECT_EQ(read->scratchBytes, kernel.scratchBytes);
  mx_args args{};
  EXPECT_EQ(read->entries[0].entry.fn(&args, 0, 1), 0);
  EXPECT_EQ(read->entries[1].entry.fn(&args, 0, 1), 7);
  EXPECT_EQ(serializeKernel(*read), bytes);
}

TEST(CompiledKernel, LibraryFunctionsAreFilledInWhereTheCodeLooks) {
  const CodeImage image = twoFunctions();
  auto code = MachineCode::load(image.bytes, image.imports);
  ASSERT_TRUE(code);
  void *slot;
  std::memcpy(&slot, reinterpret_cast<const char *>((*code)->at(16)), sizeof slot);
  EXPECT_EQ(slot, reinterpret_cast<void *>(&std::memcpy));
  EXPECT_EQ((*code)->image().bytes, image.bytes);
  EXPECT_EQ((*code)->image().imports, image.imports);
}

TEST(CompiledKernel, ShadersShareTheirModule) {
  const CompiledKernel kernel = gpuKernel();
  auto read = deserializeKernel(serializeKernel(kernel));
  ASSERT_TRUE(read) << read.error().message;
  ASSERT_EQ(read->entries.size(), 2u);
  const Shader &shader = *read->entries[1].entry.shader;
  EXPECT_EQ(shader.words, read->entries[0].entry.shader->words);
  EXPECT_EQ(*shader.words, *kernel.entries[0].entry.shader->words);
  EXPECT_EQ(shader.entry, "second");
  EXPECT_EQ(shader.bindings, (std::vector<uint32_t>{0, 2, 3}));
  EXPECT_EQ(shader.firstWritten, 2u);
  EXPECT_EQ(read->entries[1].loopIterations, SizeExpr(1000));
  EXPECT_EQ(serializeKernel(*read), serializeKernel(kernel));
}

TEST(CompiledKernel, EveryDamagedByteAndEveryCutIsFound) {
  for (const CompiledKernel &kernel : {cpuKernel(), gpuKernel()}) {
    const std::vector<std::byte> bytes = serializeKernel(kernel);
    for (size_t i = 0; i < bytes.size(); ++i) {
      std::vector<std::byte> damaged = bytes;
      damaged[i] ^= std::byte(1 << i % 8);
      auto read = deserializeKernel(damaged);
      ASSERT_FALSE(read) << "byte " << i;
      EXPECT_EQ(read.error().code, ErrorCode::file);
      EXPECT_FALSE(deserializeKernel(std::span(bytes).first(i))) << "cut at " << i;
    }
  }
}

TEST(CompiledKernel, ImportsOutsideTheCodeAreRefused) {
  const CodeImage image = twoFunctions();
  for (CodeImport wrong : {CodeImport{99, 16}, CodeImport{0, 24}, CodeImport{0, 20}, CodeImport{0, UINT32_MAX - 7}})
    EXPECT_FALSE(MachineCode::load(image.bytes, {&wrong, 1})) << wrong.function << " at " << wrong.slot;
  EXPECT_FALSE(MachineCode::load({}, {}));
}

TEST(SizeExpr, UntrustedCodeHasToLeaveOneValue) {
  using Code = std::vector<SizeExpr::Instr>;
  EXPECT_EQ(SizeExpr::fromCode(Code{{Op::Symbol, 1}, {Op::Const, 2}, {Op::Mul, 0}}, 2), SizeExpr::binary(Op::Mul, SizeExpr::symbol(1), 2));
  EXPECT_EQ(SizeExpr::fromCode(Code{{Op::Const, 5}}, 0), SizeExpr(5));
  for (const Code &wrong : {Code{}, Code{{Op::Symbol, 2}}, Code{{Op::Symbol, -1}}, Code{{Op::Add, 0}}, Code{{Op::Const, 1}, {Op::Add, 0}},
                            Code{{Op::Const, 1}, {Op::Const, 1}}, Code{{Op::Const, 1}, {Op::Add, 0}, {Op::Const, 1}}})
    EXPECT_FALSE(SizeExpr::fromCode(wrong, 2)) << wrong.size();
}

} // namespace
} // namespace mx::rt
