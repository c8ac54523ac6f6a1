// Finding operands. What one would get wrong: an input and the output that takes its place are two operands at one
// address and must lie at one place; so no donation is taken of memory that is copied for each call.
#include "runtime/vulkan/Operands.h"

#include <algorithm>
#include <cstring>
#include <unistd.h>

namespace mx::rt::vulkan {
namespace {

/// Memory of others is imported for a call from here on; copying less is quicker.
constexpr uint64_t kImportBytes = uint64_t(1) << 20;

} // namespace

Operands::Operands(const BoundCall &call, VulkanDevice &device, Gpu &gpu, Context &context)
    : call(call), device(device), gpu(gpu), context(context), operands(context.operands) {
  const CompiledProgram &p = call.program;
  operands.assign(p.inputs.size() + p.outputs.size() + p.arena.size() + p.constants.size(), Operand{});
}

size_t Operands::number(BufferRef ref) const {
  const CompiledProgram &p = call.program;
  switch (ref.kind) {
  case BufferRef::Input: return ref.index;
  case BufferRef::Output: return p.inputs.size() + ref.index;
  case BufferRef::Arena: return p.inputs.size() + p.outputs.size() + ref.index;
  case BufferRef::Constant: break;
  }
  return p.inputs.size() + p.outputs.size() + p.arena.size() + ref.index;
}

Result<Operand *> Operands::get(BufferRef ref, bool write) {
  Operand &operand = operands[number(ref)];
  if (!operand.known) {
    if (Status s = find(ref, operand); !s)
      return s.error();
    operand.known = true;
  }
  operand.written |= write;
  return &operand;
}

Status Operands::find(BufferRef ref, Operand &operand) {
  int64_t bytes = call.bytes(ref);
  if (bytes < 0 || bytes == SizeExpr::kOverflow) [[unlikely]]
    return call.fault(ErrorCode::overflow, "the size of an operand leaves 63 bits");
  operand = {};
  operand.bytes = static_cast<uint64_t>(bytes);
  operand.host = static_cast<std::byte *>(call.address(ref));
  const auto alignment = static_cast<uintptr_t>(gpu.physical.properties.storageBufferAlignment);
  Region *region = findRegion(operand.host);
  if (!region)
    return findElsewhere(operand);
  auto view = device.view(*region);
  if (!view)
    return view.error();
  if (!(*view)->inPlace() && !(*view)->hasCopy())
    return findElsewhere(operand);
  if ((*view)->hasCopy()) {
    operand.copy = *view;
    const bool reads = ref.kind == BufferRef::Input || ref.kind == BufferRef::Constant;
    if (reads || contentsCount || (ref.kind == BufferRef::Output && !call.isFresh(ref.index)))
      if (Status s = (*view)->upload(); !s)
        return s;
  }
  const auto offset = static_cast<size_t>(operand.host - region->data);
  operand.place = (*view)->place().at(offset);
  operand.aligned = offset % alignment == 0;
  return {};
}

Status Operands::findElsewhere(Operand &operand) {
  operand.aligned = true;
  const uint64_t page = gpu.physical.importAlignment ? static_cast<uint64_t>(sysconf(_SC_PAGESIZE)) : 0;
  if (page && operand.bytes >= kImportBytes) {
    const auto address = reinterpret_cast<uintptr_t>(operand.host);
    const uintptr_t first = address & ~(page - 1), end = (address + operand.bytes + page - 1) & ~(page - 1);
    // A driver may refuse memory that is mapped in some odd way; then it is copied.
    if (auto imported = Allocation::import(context.device(), reinterpret_cast<void *>(first), end - first)) {
      operand.place = (*imported)->place().at(address - first);
      operand.aligned =
          operand.place.offset % static_cast<uintptr_t>(gpu.physical.properties.storageBufferAlignment) == 0;
      context.keep(std::move(*imported));
      return {};
    }
  }
  auto staged = context.stage(operand.bytes);
  if (!staged)
    return staged.error();
  if (operand.bytes)
    std::memcpy(staged->data, operand.host, operand.bytes);
  operand.place = staged->place;
  operand.staged = staged->data;
  return {};
}

void Operands::submitted() {
  for (Operand &operand : operands)
    if (operand.known && operand.written && operand.copy)
      operand.copy->written();
}

bool Operands::hostFinishes() const {
  return std::ranges::any_of(operands, [](const Operand &o) { return o.known && o.written && o.staged; });
}

void Operands::finish() {
  for (Operand &operand : operands) {
    if (operand.known && operand.written && operand.staged && operand.bytes)
      std::memcpy(operand.host, operand.staged, operand.bytes);
    operand.known = false;
  }
}

} // namespace mx::rt::vulkan
