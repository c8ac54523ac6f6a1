// LLVM's symbolizer reads the debug information of the module that an address lies in. The address is where a call
// returns to: the byte before it belongs to the call.
#include "codegen/SourceLines.h"

#include "mlir/IR/BuiltinAttributes.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/DebugInfo/Symbolize/Symbolize.h"
#include "llvm/Support/Path.h"

#include <link.h>
#include <mutex>
#include <optional>
#include <unordered_map>

using namespace mlir;

namespace mx::codegen {
namespace {

/// What address locations point at; never defined.
struct ReturnAddress;

/// A loaded module and an address in it, as its file counts.
struct ModuleAddress {
  std::string path;
  uint64_t offset;
};

std::optional<ModuleAddress> findModule(uint64_t address) {
  struct Search {
    uint64_t address;
    std::optional<ModuleAddress> found;
  } search{address, std::nullopt};
  dl_iterate_phdr(
      [](dl_phdr_info *info, size_t, void *data) {
        auto &search = *static_cast<Search *>(data);
        for (const auto &segment : llvm::ArrayRef(info->dlpi_phdr, info->dlpi_phnum)) {
          const uint64_t begin = info->dlpi_addr + segment.p_vaddr;
          if (segment.p_type != PT_LOAD || search.address < begin || search.address - begin >= segment.p_memsz)
            continue;
          const bool program = !info->dlpi_name || !*info->dlpi_name;
          search.found = {program ? "/proc/self/exe" : info->dlpi_name, search.address - info->dlpi_addr};
          return 1;
        }
        return 0;
      },
      &search);
  return search.found;
}

/// True for the public headers, whose inline functions call on behalf of the user.
bool isOwnHeader(llvm::StringRef file) {
  const llvm::StringRef folder = llvm::sys::path::parent_path(file);
  return file.ends_with(".h") && (folder.ends_with("include/mx") || folder.ends_with("include/mx/ops"));
}

class Symbolizer {
public:
  Symbolizer() : symbolizer(options()) {}

  const SourceLine &lookUp(const void *address) {
    std::lock_guard lock(mutex);
    auto [it, fresh] = known.try_emplace(address);
    if (fresh)
      it->second = find(reinterpret_cast<uint64_t>(address) - 1);
    return it->second;
  }

private:
  static llvm::symbolize::LLVMSymbolizer::Options options() {
    llvm::symbolize::LLVMSymbolizer::Options o;
    o.PathStyle = llvm::DILineInfoSpecifier::FileLineInfoKind::RelativeFilePath;
    return o;
  }

  SourceLine find(uint64_t address) {
    SourceLine result;
    const std::optional<ModuleAddress> module = findModule(address);
    if (!module) {
      result.place = "0x" + llvm::utohexstr(address + 1, /*LowerCase=*/true);
      return result;
    }
    auto placeAt = [&](llvm::StringRef base, uint64_t start) {
      return base.str() + "+0x" + llvm::utohexstr(module->offset + 1 - start, /*LowerCase=*/true);
    };
    result.place = placeAt(llvm::sys::path::filename(module->path), 0);
    auto frames = symbolizer.symbolizeInlinedCode(module->path, {module->offset, llvm::object::SectionedAddress::UndefSection});
    if (!frames) {
      llvm::consumeError(frames.takeError());
      return result;
    }
    for (uint32_t i = 0; i < frames->getNumberOfFrames(); ++i) {
      const llvm::DILineInfo &frame = frames->getFrame(i);
      if (frame.FunctionName != llvm::DILineInfo::BadString && frame.StartAddress)
        result.place = placeAt(frame.FunctionName, *frame.StartAddress);
      if (frame.FileName == llvm::DILineInfo::BadString || frame.Line == 0)
        continue;
      result.file = frame.FileName;
      result.line = frame.Line;
      result.column = frame.Column;
      if (!isOwnHeader(frame.FileName))
        break;
    }
    return result;
  }

  std::mutex mutex;
  llvm::symbolize::LLVMSymbolizer symbolizer;
  std::unordered_map<const void *, SourceLine> known;
};

} // namespace

SourceLine lineOf(const void *address) {
  static auto *symbolizer = new Symbolizer;
  return address ? symbolizer->lookUp(address) : SourceLine();
}

Location addressLoc(MLIRContext *ctx, const void *address) {
  if (!address)
    return UnknownLoc::get(ctx);
  return OpaqueLoc::get(static_cast<const ReturnAddress *>(address), ctx);
}

Location resolveLoc(Location loc) {
  MLIRContext *ctx = loc.getContext();
  if (auto fused = dyn_cast<FusedLoc>(loc)) {
    llvm::SmallVector<Location> parts;
    for (Location part : fused.getLocations())
      parts.push_back(resolveLoc(part));
    return FusedLoc::get(ctx, parts, fused.getMetadata());
  }
  if (auto named = dyn_cast<NameLoc>(loc))
    return NameLoc::get(named.getName(), resolveLoc(named.getChildLoc()));
  auto opaque = dyn_cast<OpaqueLoc>(loc);
  if (!opaque || opaque.getUnderlyingTypeID() != TypeID::get<const ReturnAddress *>())
    return loc;
  const SourceLine line = lineOf(OpaqueLoc::getUnderlyingLocation<const ReturnAddress *>(opaque));
  if (line.file.empty())
    return NameLoc::get(StringAttr::get(ctx, line.place));
  return FileLineColLoc::get(ctx, line.file, line.line, line.column);
}

void resolveLocs(Operation *root) {
  root->walk([](Operation *op) { op->setLoc(resolveLoc(op->getLoc())); });
}

} // namespace mx::codegen
