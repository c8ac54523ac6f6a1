// Groups of neighbouring axes: where they begin, how large they are, and which boundaries two shapes share.
#include "codegen/lowering/Points.h"

namespace mx::codegen {

llvm::SmallVector<std::pair<unsigned, unsigned>> groupsOf(unsigned rank, const Cuts &cuts) {
  llvm::SmallVector<std::pair<unsigned, unsigned>> groups;
  for (unsigned i = 0; i < rank; ++i) {
    if (groups.empty() || cuts.test(i))
      groups.push_back({i, 0});
    ++groups.back().second;
  }
  return groups;
}

ir::Dim groupSize(const ir::Dims &dims, unsigned first, unsigned count) {
  ir::Dim size = 1;
  for (unsigned i = first; i < first + count; ++i)
    size = size * dims[i];
  return size;
}

llvm::SmallVector<std::pair<unsigned, unsigned>> commonBoundaries(const ir::Dims &a, const ir::Dims &b) {
  llvm::SmallVector<std::pair<unsigned, unsigned>> result;
  auto suffixes = [](const ir::Dims &dims) {
    llvm::SmallVector<ir::Dim> sizes(dims.size() + 1, ir::Dim(1));
    for (size_t i = dims.size(); i-- > 0;)
      sizes[i] = sizes[i + 1] * dims[i];
    return sizes;
  };
  auto sa = suffixes(a), sb = suffixes(b);
  // From the back, so that each boundary of `a` meets the innermost of `b` with the same size; unit axes join their left neighbour.
  unsigned j = b.size();
  result.push_back({static_cast<unsigned>(a.size()), j});
  for (unsigned i = a.size(); i-- > 1;) {
    for (unsigned k = j; k-- > 1;)
      if (sa[i] == sb[k]) {
        result.push_back({i, k});
        j = k;
        break;
      }
  }
  if (!a.empty() || !b.empty())
    result.push_back({0, 0});
  std::reverse(result.begin(), result.end());
  return result;
}

} // namespace mx::codegen
