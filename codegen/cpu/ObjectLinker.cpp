// Lays out what an object file has allocated and resolves its relocations, all of which are relative to their place: code
// and constants keep their distance wherever the image lands. Calls of library functions go through a jump each, whose
// target the loader fills in.
#include "codegen/cpu/ObjectLinker.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Object/ELFObjectFile.h"
#include "llvm/Support/Endian.h"

namespace mx::codegen {
namespace {

using namespace llvm;
using namespace llvm::object;

constexpr uint64_t kMostAlignment = 64;

Error fault(const Twine &what) { return createStringError(inconvertibleErrorCode(), what); }

class Linker {
public:
  explicit Linker(const ELF64LEObjectFile &file) : file(file) {}
  Expected<LinkedObject> link(std::span<const std::string> entryNames);

private:
  Error place(const SectionRef &ref);
  Error relocate(const SectionRef &relocations);
  Expected<uint64_t> addressOf(const SymbolRef &symbol);
  uint64_t slotOf(uint32_t function);
  uint64_t jumpTo(uint32_t function);
  uint64_t append(size_t bytes, uint64_t alignment);

  const ELF64LEObjectFile &file;
  LinkedObject result;
  std::vector<std::byte> &image = result.image.bytes;
  DenseMap<uint64_t, uint64_t> sections; // index -> offset in the image
  DenseMap<uint32_t, uint64_t> slots, jumps;
};

uint64_t Linker::append(size_t bytes, uint64_t alignment) {
  const uint64_t at = alignTo(image.size(), alignment);
  image.resize(at + bytes);
  return at;
}

// Takes a section over if it is there when the program runs.
Error Linker::place(const SectionRef &ref) {
  const ELFSectionRef section(ref);
  // Nothing unwinds through kernels.
  if (!(section.getFlags() & ELF::SHF_ALLOC) || section.getType() == ELF::SHT_X86_64_UNWIND || section.getSize() == 0)
    return Error::success();
  Expected<StringRef> name = section.getName();
  if (!name)
    return name.takeError();
  if (*name == ".eh_frame")
    return Error::success();
  if (section.getFlags() & (ELF::SHF_WRITE | ELF::SHF_TLS))
    return fault("section " + *name + " is writable");
  const uint64_t alignment = std::max<uint64_t>(section.getAlignment().value(), 1);
  if (alignment > kMostAlignment)
    return fault("section " + *name + " is aligned to " + Twine(alignment) + " bytes");
  Expected<StringRef> contents = section.getContents();
  if (!contents)
    return contents.takeError();
  const uint64_t at = append(contents->size(), alignment);
  std::memcpy(image.data() + at, contents->data(), contents->size());
  sections[section.getIndex()] = at;
  return Error::success();
}

uint64_t Linker::slotOf(uint32_t function) {
  auto [it, fresh] = slots.try_emplace(function, 0);
  if (fresh) {
    it->second = append(sizeof(void *), sizeof(void *));
    result.image.imports.push_back({function, static_cast<uint32_t>(it->second)});
  }
  return it->second;
}

// jmp *slot(%rip)
uint64_t Linker::jumpTo(uint32_t function) {
  auto it = jumps.find(function);
  if (it != jumps.end())
    return it->second;
  const uint64_t slot = slotOf(function), at = append(6, 16);
  image[at] = std::byte{0xff};
  image[at + 1] = std::byte{0x25};
  support::endian::write32le(image.data() + at + 2, static_cast<uint32_t>(slot - (at + 6)));
  return jumps[function] = at;
}

// The image offset of a symbol that the object defines.
Expected<uint64_t> Linker::addressOf(const SymbolRef &symbol) {
  Expected<section_iterator> section = symbol.getSection();
  if (!section)
    return section.takeError();
  Expected<uint64_t> value = symbol.getValue();
  if (!value)
    return value.takeError();
  auto it = *section == file.section_end() ? sections.end() : sections.find((*section)->getIndex());
  if (it == sections.end() || *value > (*section)->getSize())
    return fault("a symbol lies in no section of the code");
  return it->second + *value;
}

Error Linker::relocate(const SectionRef &relocations) {
  Expected<section_iterator> target = relocations.getRelocatedSection();
  if (!target)
    return target.takeError();
  if (*target == file.section_end())
    return Error::success();
  auto base = sections.find((*target)->getIndex());
  if (base == sections.end())
    return Error::success();
  for (const ELFRelocationRef r : relocations.relocations()) {
    Expected<int64_t> addend = r.getAddend();
    if (!addend)
      return addend.takeError();
    if (r.getOffset() + sizeof(uint32_t) > (*target)->getSize() || r.getSymbol() == file.symbol_end())
      return fault("a relocation lies outside its section");
    const SymbolRef symbol = *r.getSymbol();
    Expected<uint32_t> flags = symbol.getFlags();
    if (!flags)
      return flags.takeError();
    std::optional<uint32_t> function;
    if (*flags & SymbolRef::SF_Undefined) {
      Expected<StringRef> name = symbol.getName();
      if (!name)
        return name.takeError();
      function = rt::libraryFunction(*name);
      if (!function)
        return fault("the code needs " + *name + ", which no kernel may call");
    }
    uint64_t address = 0;
    const bool viaSlot = r.getType() == ELF::R_X86_64_GOTPCREL || r.getType() == ELF::R_X86_64_GOTPCRELX || r.getType() == ELF::R_X86_64_REX_GOTPCRELX;
    if (viaSlot && function) {
      address = slotOf(*function);
    } else if (r.getType() != ELF::R_X86_64_PC32 && r.getType() != ELF::R_X86_64_PLT32) {
      SmallString<32> name;
      r.getTypeName(name);
      return fault("relocation " + name + " in code that has to be position independent");
    } else if (function) {
      address = jumpTo(*function);
    } else {
      Expected<uint64_t> defined = addressOf(symbol);
      if (!defined)
        return defined.takeError();
      address = *defined;
    }
    const uint64_t at = base->second + r.getOffset();
    const int64_t distance = static_cast<int64_t>(address + *addend - at);
    if (!isInt<32>(distance))
      return fault("the code is larger than 2 GiB");
    support::endian::write32le(image.data() + at, static_cast<uint32_t>(distance));
  }
  return Error::success();
}

Expected<LinkedObject> Linker::link(std::span<const std::string> entryNames) {
  // Code first, so that the entries keep the alignment they were compiled for wherever constants end.
  for (bool code : {true, false})
    for (const SectionRef &section : file.sections())
      if (section.isText() == code)
        if (Error e = place(section))
          return std::move(e);
  for (const SectionRef &section : file.sections())
    if (ELFSectionRef(section).getType() == ELF::SHT_RELA)
      if (Error e = relocate(section))
        return std::move(e);
  StringMap<uint64_t> defined;
  for (const ELFSymbolRef &symbol : file.symbols()) {
    Expected<StringRef> name = symbol.getName();
    if (!name)
      return name.takeError();
    if (symbol.getELFType() != ELF::STT_FUNC || symbol.getBinding() != ELF::STB_GLOBAL)
      continue;
    Expected<uint64_t> address = addressOf(symbol);
    if (!address)
      return address.takeError();
    defined[*name] = *address;
  }
  for (const std::string &name : entryNames) {
    auto it = defined.find(name);
    if (it == defined.end())
      return fault("there is no function " + name);
    result.entries.push_back(static_cast<uint32_t>(it->second));
  }
  return std::move(result);
}

} // namespace

rt::Result<LinkedObject> linkObject(std::span<const std::byte> object, std::span<const std::string> entryNames) {
  auto failed = [](Error e) { return rt::Error{rt::ErrorCode::internal, "linking a kernel: " + toString(std::move(e))}; };
  const StringRef bytes(reinterpret_cast<const char *>(object.data()), object.size());
  Expected<ELF64LEObjectFile> file = ELF64LEObjectFile::create(MemoryBufferRef(bytes, "kernel"));
  if (!file)
    return failed(file.takeError());
  Expected<LinkedObject> linked = Linker(*file).link(entryNames);
  if (!linked)
    return failed(linked.takeError());
  return std::move(*linked);
}

rt::Result<LoadedObject> loadObject(std::span<const std::byte> object, std::span<const std::string> entryNames) {
  auto linked = linkObject(object, entryNames);
  if (!linked)
    return linked.error();
  auto code = rt::MachineCode::load(linked->image.bytes, linked->image.imports);
  if (!code)
    return code.error();
  LoadedObject loaded;
  for (uint32_t offset : linked->entries)
    loaded.entries.push_back((*code)->at(offset));
  loaded.code = std::move(*code);
  return loaded;
}

} // namespace mx::codegen
