// What SPIRV-Tools says about a module in binary form: whether it is valid, and its assembly.
#pragma once

#include "runtime/base/Status.h"

#include <cstdint>
#include <span>
#include <string>

namespace mx::codegen {

/// An error of kind internal carries the validator's message. The rules are those of Vulkan 1.2.
rt::Status validateSpirv(std::span<const uint32_t> words);
/// The module as assembly, with names where the module has them.
rt::Result<std::string> disassembleSpirv(std::span<const uint32_t> words);

} // namespace mx::codegen
