// The page of mx-pin-config (passes/Passes.td) tells what each entry does and which target reads it.
#include "ir/program/KernelConfig.h"

#include "llvm/ADT/StringExtras.h"

using namespace mlir;

namespace mx::ir::program {

std::span<const ConfigEntry> configEntries() {
  static constexpr ConfigEntry entries[] = {
      {"map", "unit"},
      {"map", "workgroup"},
      {"map", "elements"},
      {"row", "keep"},
      {"row", "prefetch"},
      {"row", "team"},
      {"row", "columns"},
      {"row", "split"},
      {"row", "pairs"},
      {"row", "workgroup"},
      {"matmul", "tile_rows"},
      {"matmul", "tile_vectors"},
      {"matmul", "k_block"},
      {"matmul", "unit_rows"},
      {"matmul", "unit_cols"},
      {"matmul", "pack_lhs"},
      {"matmul", "pack_rhs"},
      {"matmul", "inline_epilogue"},
      {"matmul", "shared"},
      {"matmul", "tile_cols"},
      {"matmul", "tile_depth"},
      {"matmul", "rows"},
      {"matmul", "cols"},
      {"matmul", "pairs"},
      {"scan", "team"},
      {"scatter", "parts"},
  };
  return entries;
}

std::string configProblem(StringRef kind, StringRef name) {
  SmallVector<StringRef> known;
  for (const ConfigEntry &entry : configEntries())
    if ((kind.empty() || kind == StringRef(entry.kind)) && !llvm::is_contained(known, StringRef(entry.name)))
      known.push_back(entry.name);
  if (llvm::is_contained(known, name))
    return "";
  const std::string whose = kind.empty() ? "kernels have" : ("kernels of kind '" + kind + "' have").str();
  if (known.empty())
    return whose + " no entries to pin, so no '" + name.str() + "'";
  llvm::sort(known);
  auto nearest = llvm::min_element(known, [&](StringRef a, StringRef b) { return name.edit_distance(a) < name.edit_distance(b); });
  return whose + " no entry '" + name.str() + "' to pin; did you mean '" + nearest->str() + "'? There are " + llvm::join(known, ", ");
}

int64_t pinnedOr(KernelOp kernel, StringRef name, int64_t chosen) {
  DictionaryAttr config = kernel.getConfigAttr();
  auto value = config ? config.getAs<IntegerAttr>(name) : IntegerAttr();
  return value ? value.getInt() : chosen;
}

} // namespace mx::ir::program
