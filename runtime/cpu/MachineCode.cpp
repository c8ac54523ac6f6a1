// Loading of machine code: an anonymous mapping that is written and then made executable.
#include "runtime/cpu/MachineCode.h"

#include <cerrno>
#include <cstring>
#include <string>
#include <sys/mman.h>

namespace mx::rt {
namespace {

struct LibraryFunction {
  std::string_view name;
  void *address;
};

/// Files hold the numbers of rows: new ones go to the end.
const LibraryFunction kLibrary[] = {
    {"memcpy", reinterpret_cast<void *>(&std::memcpy)},
    {"memmove", reinterpret_cast<void *>(&std::memmove)},
    {"memset", reinterpret_cast<void *>(&std::memset)},
    {"memcmp", reinterpret_cast<void *>(&std::memcmp)},
};

} // namespace

std::optional<uint32_t> libraryFunction(std::string_view name) {
  for (const LibraryFunction &f : kLibrary)
    if (f.name == name)
      return static_cast<uint32_t>(&f - kLibrary);
  return std::nullopt;
}

Result<std::shared_ptr<const MachineCode>> MachineCode::load(std::span<const std::byte> bytes, std::span<const CodeImport> imports) {
  if (bytes.empty())
    return Error{ErrorCode::file, "the machine code is empty"};
  for (const CodeImport &import : imports)
    if (import.function >= std::size(kLibrary) || import.slot % sizeof(void *) || uint64_t(import.slot) + sizeof(void *) > bytes.size())
      return Error{ErrorCode::file, "machine code imports function " + std::to_string(import.function) + " at byte " +
                                        std::to_string(import.slot) + " of " + std::to_string(bytes.size())};
  void *memory = ::mmap(nullptr, bytes.size(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED)
    return Error{ErrorCode::outOfMemory, "no memory for " + std::to_string(bytes.size()) + " bytes of machine code"};
  std::shared_ptr<const MachineCode> code(new MachineCode(static_cast<std::byte *>(memory), bytes.size(), imports));
  std::memcpy(memory, bytes.data(), bytes.size());
  for (const CodeImport &import : imports)
    std::memcpy(code->data + import.slot, &kLibrary[import.function].address, sizeof(void *));
  if (::mprotect(memory, bytes.size(), PROT_READ | PROT_EXEC) != 0)
    return Error{ErrorCode::outOfMemory, "the system makes no memory executable: " + std::string(std::strerror(errno))};
  return code;
}

MachineCode::~MachineCode() { ::munmap(data, size); }

mx_kernel MachineCode::at(uint64_t offset) const {
  return offset < size ? reinterpret_cast<mx_kernel>(data + offset) : nullptr;
}

std::optional<uint32_t> MachineCode::offsetOf(mx_kernel entry) const {
  const auto at = reinterpret_cast<uintptr_t>(entry), start = reinterpret_cast<uintptr_t>(data);
  if (at < start || at - start >= size)
    return std::nullopt;
  return static_cast<uint32_t>(at - start);
}

CodeImage MachineCode::image() const {
  CodeImage image{{data, data + size}, imports};
  for (const CodeImport &import : imports)
    std::memset(image.bytes.data() + import.slot, 0, sizeof(void *));
  return image;
}

} // namespace mx::rt
