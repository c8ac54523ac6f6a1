// Reading never trusts: counts are held against the bytes that are left, expressions against their stack, shaders against
// the form of SPIR-V's header.
#include "runtime/KernelBytes.h"

#include <algorithm>

namespace mx::rt {
namespace {

constexpr uint32_t kSpirvMagic = 0x07230203;
constexpr size_t kSpirvHeaderWords = 5;

} // namespace

void write(ByteWriter &out, const SizeExpr &e) {
  out.addCount(e.instructions().size());
  if (e.isConstant())
    out.add(e.value());
  for (const SizeExpr::Instr &i : e.instructions()) {
    out.add(i.op);
    if (i.op == SizeExpr::Op::Const || i.op == SizeExpr::Op::Symbol)
      out.add(i.arg);
  }
}

SizeExpr readSizeExpr(ByteReader &in, uint32_t numSymbols) {
  const size_t n = in.readCount(1);
  if (n == 0)
    return in.read<int64_t>();
  std::vector<SizeExpr::Instr> code(n);
  for (SizeExpr::Instr &i : code) {
    i.op = in.read(SizeExpr::Op::Min);
    if (i.op == SizeExpr::Op::Const || i.op == SizeExpr::Op::Symbol)
      i.arg = in.read<int64_t>();
  }
  auto e = in.ok() ? SizeExpr::fromCode(std::move(code), numSymbols) : std::nullopt;
  if (!e)
    in.fail();
  return e.value_or(0);
}

void write(ByteWriter &out, const CodeImage &image) {
  out.addCount(image.imports.size());
  for (const CodeImport &import : image.imports) {
    out.add(import.function);
    out.add(import.slot);
  }
  out.addCount(image.bytes.size());
  out.addBytes(image.bytes);
}

CodeImage readCodeImage(ByteReader &in) {
  CodeImage image;
  image.imports.resize(in.readCount(2 * sizeof(uint32_t)));
  for (CodeImport &import : image.imports) {
    import.function = in.read<uint32_t>();
    import.slot = in.read<uint32_t>();
  }
  std::span<const std::byte> bytes = in.readBytes(in.readCount(1));
  image.bytes.assign(bytes.begin(), bytes.end());
  return image;
}

uint32_t ShaderModules::add(const Words &words) {
  auto it = std::find(modules.begin(), modules.end(), words);
  if (it == modules.end())
    it = modules.insert(it, words);
  return static_cast<uint32_t>(it - modules.begin());
}

void ShaderModules::write(ByteWriter &out) const {
  out.addCount(modules.size());
  for (const Words &words : modules) {
    out.addCount(words->size());
    out.addBytes(std::as_bytes(std::span(*words)));
  }
}

void ShaderModules::read(ByteReader &in) {
  modules.resize(in.readCount(sizeof(uint32_t)));
  for (Words &words : modules) {
    std::vector<uint32_t> module(in.readCount(sizeof(uint32_t)));
    std::span<const std::byte> bytes = in.readBytes(module.size() * sizeof(uint32_t));
    if (module.size() < kSpirvHeaderWords || bytes.empty())
      return in.fail();
    std::memcpy(module.data(), bytes.data(), bytes.size());
    if (module[0] != kSpirvMagic)
      return in.fail();
    words = std::make_shared<const std::vector<uint32_t>>(std::move(module));
  }
}

void write(ByteWriter &out, const Shader &shader, ShaderModules &modules) {
  out.add(modules.add(shader.words));
  out.add(shader.entry);
  out.addCount(shader.bindings.size());
  for (uint32_t binding : shader.bindings)
    out.add(binding);
  out.add(shader.firstWritten);
  out.add(shader.byAddress);
  out.add(shader.faultBinding);
}

std::shared_ptr<const Shader> readShader(ByteReader &in, const ShaderModules &modules) {
  auto shader = std::make_shared<Shader>();
  shader->words = modules.at(in.read<uint32_t>());
  shader->entry = in.readText();
  shader->bindings.resize(in.readCount(sizeof(uint32_t)));
  for (uint32_t &binding : shader->bindings)
    binding = in.read<uint32_t>();
  shader->firstWritten = in.read<uint32_t>();
  shader->byAddress = in.readFlag();
  shader->faultBinding = in.read<int32_t>();
  const bool ascending = std::adjacent_find(shader->bindings.begin(), shader->bindings.end(), std::greater_equal<>()) == shader->bindings.end();
  if (!shader->words || !ascending || shader->faultBinding < -1)
    in.fail();
  return shader;
}

} // namespace mx::rt
