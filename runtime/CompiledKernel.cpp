// Kernels as bytes. Symbols of kernels are not numbered here, so an expression may name any.
#include "runtime/CompiledKernel.h"

#include "runtime/KernelBytes.h"
#include "runtime/base/Hash.h"

namespace mx::rt {
namespace {

constexpr uint32_t kMagic = 0x316b786d; // mxk1
constexpr size_t kHeaderBytes = sizeof(kMagic) + sizeof(Hash128);

Error damaged(const char *what) { return {ErrorCode::file, std::string("a kernel's bytes are damaged: ") + what}; }

} // namespace

std::vector<std::byte> serializeKernel(const CompiledKernel &kernel) {
  ByteWriter body;
  body.add(bool(kernel.code));
  if (kernel.code)
    write(body, kernel.code->image());
  ShaderModules modules;
  ByteWriter entries;
  entries.addCount(kernel.entries.size());
  for (const CompiledEntry &e : kernel.entries) {
    entries.add(e.entry.name);
    entries.add(e.entry.scratchBytes);
    if (kernel.code)
      entries.add(kernel.code->offsetOf(e.entry.fn).value_or(UINT32_MAX));
    else
      write(entries, *e.entry.shader, modules);
    for (const SizeExpr *size : {&e.units, &e.unitCostNs, &e.passes, &e.loopIterations})
      write(entries, *size);
  }
  modules.write(body);
  body.addBytes(entries.bytes);
  body.addCount(kernel.scalars.size());
  for (const SizeExpr &scalar : kernel.scalars)
    write(body, scalar);
  write(body, kernel.scratchBytes);

  const Hash128 hash = hashBytes(body.bytes.data(), body.bytes.size());
  ByteWriter out;
  out.add(kMagic);
  out.add(hash.lo);
  out.add(hash.hi);
  out.addBytes(body.bytes);
  return std::move(out.bytes);
}

Result<CompiledKernel> deserializeKernel(std::span<const std::byte> bytes) {
  ByteReader in(bytes);
  if (in.read<uint32_t>() != kMagic)
    return damaged("they do not begin with mxk1");
  Hash128 hash;
  hash.lo = in.read<uint64_t>();
  hash.hi = in.read<uint64_t>();
  if (!in.ok() || hashBytes(bytes.data() + kHeaderBytes, bytes.size() - kHeaderBytes) != hash)
    return damaged("the checksum differs");
  CompiledKernel kernel;
  if (in.readFlag()) {
    const CodeImage image = readCodeImage(in);
    auto code = MachineCode::load(image.bytes, image.imports);
    if (!code)
      return code.error();
    kernel.code = std::move(*code);
  }
  ShaderModules modules;
  modules.read(in);
  kernel.entries.resize(in.readCount(1));
  for (CompiledEntry &e : kernel.entries) {
    e.entry.name = in.readText();
    e.entry.scratchBytes = in.read<int64_t>();
    if (kernel.code)
      e.entry.fn = kernel.code->at(in.read<uint32_t>());
    else
      e.entry.shader = readShader(in, modules);
    for (SizeExpr *size : {&e.units, &e.unitCostNs, &e.passes, &e.loopIterations})
      *size = readSizeExpr(in, UINT32_MAX);
    if ((kernel.code && !e.entry.fn) || e.entry.scratchBytes < 0)
      return damaged("an entry lies outside the code");
  }
  kernel.scalars.resize(in.readCount(1));
  for (SizeExpr &scalar : kernel.scalars)
    scalar = readSizeExpr(in, UINT32_MAX);
  kernel.scratchBytes = readSizeExpr(in, UINT32_MAX);
  if (!in.ok() || !in.atEnd())
    return damaged("they end too early or too late");
  return kernel;
}

} // namespace mx::rt
