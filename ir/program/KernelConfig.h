// The entries that a kernel's `config` may pin, by the kernel's kind: one row for each choice of a schedule. Whoever chooses asks
// pinnedOr; what is no row is refused, so that a misspelt pin is an error and not without effect.
#pragma once

#include "ir/program/MxpDialect.h"

#include <span>
#include <string>

namespace mx::ir::program {

struct ConfigEntry {
  std::string_view kind, name;
};

std::span<const ConfigEntry> configEntries();

/// What is wrong with an entry of kernels of a kind, empty for any: a sentence with the nearest entries, or empty.
std::string configProblem(llvm::StringRef kind, llvm::StringRef name);

/// The entry of the kernel's config, else `chosen`.
int64_t pinnedOr(KernelOp kernel, llvm::StringRef name, int64_t chosen);

} // namespace mx::ir::program
