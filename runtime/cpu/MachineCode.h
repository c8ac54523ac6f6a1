// Machine code of kernels in memory. Code is linked once, where it is compiled: what is left is position independent, so
// loading copies the bytes and fills in the addresses of the few C functions that code generators call on their own.
#pragma once

#include "runtime/KernelAbi.h"
#include "runtime/base/Status.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace mx::rt {

/// The number of a C function that machine code may call; nothing for any other name.
std::optional<uint32_t> libraryFunction(std::string_view name);

/// Where code finds the address of a library function: eight aligned bytes at `slot`, zero in the image.
struct CodeImport {
  uint32_t function = 0, slot = 0;
  bool operator==(const CodeImport &) const = default;
};

/// Code as bytes: position independent, constants included, each part at its alignment from the start (at most 64).
struct CodeImage {
  std::vector<std::byte> bytes;
  std::vector<CodeImport> imports;
};

/// Code that can be called, in memory that is never writable and executable at once. Unmapped with the last owner.
class MachineCode {
public:
  /// Copies the image into executable memory. Fails with `file` for imports that do not fit the image, with outOfMemory
  /// when the system gives no memory. What the bytes do when they are called is up to who brings them.
  static Result<std::shared_ptr<const MachineCode>> load(std::span<const std::byte> bytes, std::span<const CodeImport> imports);
  ~MachineCode();
  MachineCode(const MachineCode &) = delete;
  MachineCode &operator=(const MachineCode &) = delete;

  /// The entry at an offset; null past the end.
  mx_kernel at(uint64_t offset) const;
  /// The offset of an entry; nothing when it lies elsewhere.
  std::optional<uint32_t> offsetOf(mx_kernel entry) const;
  /// What was loaded, byte for byte.
  CodeImage image() const;
  size_t bytes() const { return size; }

private:
  MachineCode(std::byte *data, size_t size, std::span<const CodeImport> imports)
      : data(data), size(size), imports(imports.begin(), imports.end()) {}

  std::byte *data;
  size_t size;
  std::vector<CodeImport> imports;
};

} // namespace mx::rt
