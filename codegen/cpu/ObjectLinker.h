// Object files of kernels into position-independent machine code. Linked here, once, so that whoever loads the code later
// has nothing to relocate.
#pragma once

#include "runtime/cpu/MachineCode.h"

#include <span>
#include <string>
#include <vector>

namespace mx::codegen {

/// Machine code, and where its entries are.
struct LinkedObject {
  rt::CodeImage image;
  /// In the order of the names that were asked for.
  std::vector<uint32_t> entries;
};

/// Links a relocatable x86-64 ELF object that refers to nothing but itself and rt::libraryFunction. Fails with internal,
/// naming what is missing or has no place in such code: an unknown symbol, writable data, an absolute address.
rt::Result<LinkedObject> linkObject(std::span<const std::byte> object, std::span<const std::string> entryNames);

/// Linked code, ready to be called.
struct LoadedObject {
  /// In the order of the names that were asked for; none is null.
  std::vector<mx_kernel> entries;
  std::shared_ptr<const rt::MachineCode> code;
};

/// Links an object and loads it into this process. Thread-safe.
rt::Result<LoadedObject> loadObject(std::span<const std::byte> object, std::span<const std::string> entryNames);

} // namespace mx::codegen
