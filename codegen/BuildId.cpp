// The note of the loaded file, be it libmx.so or a program that has the compiler inside.
#include "codegen/BuildId.h"

#include <elf.h>
#include <link.h>

#include <cstring>

namespace mx::codegen {
namespace {

struct Search {
  uintptr_t address;
  std::string id;
};

bool contains(const dl_phdr_info &file, uintptr_t address) {
  for (int i = 0; i < file.dlpi_phnum; ++i) {
    const auto &segment = file.dlpi_phdr[i];
    if (segment.p_type == PT_LOAD && address - (file.dlpi_addr + segment.p_vaddr) < segment.p_memsz)
      return true;
  }
  return false;
}

std::string idIn(const char *notes, size_t bytes) {
  constexpr size_t kAlignment = 4;
  auto padded = [](size_t n) { return (n + kAlignment - 1) / kAlignment * kAlignment; };
  while (bytes >= sizeof(ElfW(Nhdr))) {
    ElfW(Nhdr) note;
    std::memcpy(&note, notes, sizeof note);
    const size_t content = sizeof note + padded(note.n_namesz), size = content + padded(note.n_descsz);
    if (size > bytes)
      break;
    if (note.n_type == NT_GNU_BUILD_ID)
      return std::string(notes + content, note.n_descsz);
    notes += size;
    bytes -= size;
  }
  return "";
}

int visit(dl_phdr_info *file, size_t, void *data) {
  auto &search = *static_cast<Search *>(data);
  if (!contains(*file, search.address))
    return 0;
  for (int i = 0; i < file->dlpi_phnum && search.id.empty(); ++i)
    if (const auto &segment = file->dlpi_phdr[i]; segment.p_type == PT_NOTE)
      search.id = idIn(reinterpret_cast<const char *>(file->dlpi_addr + segment.p_vaddr), segment.p_memsz);
  return 1;
}

} // namespace

const std::string &buildId() {
  static const auto *id = [] {
    Search search{reinterpret_cast<uintptr_t>(&visit), ""};
    ::dl_iterate_phdr(visit, &search);
    return new std::string(std::move(search.id));
  }();
  return *id;
}

} // namespace mx::codegen
