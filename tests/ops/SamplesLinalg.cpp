// Samples of contractions: small, batched, broadcast, and sizes around the edges of a tile.
#include "tests/ops/Samples.h"

namespace mx::test {

void addLinalgSamples(std::vector<Sample> &out) {
  auto add = [&](const char *variant, const Shape &a, const Shape &b, bool smooth) {
    out.push_back({ir::OpKind::Matmul, std::string("matmul") + variant, kFloat,
                   [=](Values &v) { return std::vector{v.uniform(a), v.uniform(b)}; },
                   [](const std::vector<array> &in) { return matmul(in[0], in[1]); }, smooth});
  };
  add("", {3, 4}, {4, 5}, true);
  add("/one row", {1, 4}, {4, 3}, true);
  add("/one column", {3, 4}, {4, 1}, true);
  add("/batch", {2, 3, 4}, {2, 4, 2}, true);
  add("/shared right", {2, 3, 4}, {4, 2}, true);
  add("/shared left", {3, 4}, {2, 4, 2}, true);
  add("/broadcast", {2, 1, 2, 3}, {4, 3, 2}, true);
  add("/no inner", {3, 0}, {0, 2}, false);
  add("/no rows", {0, 4}, {4, 2}, false);
  add("/odd", {37, 67}, {67, 53}, false);
  add("/tiles", {129, 260}, {260, 97}, false);
  out.push_back({ir::OpKind::Matmul, "matmul/transposed", kFloat,
                 [](Values &v) { return std::vector{v.uniform({4, 3}), v.uniform({5, 4})}; },
                 [](const std::vector<array> &in) { return matmul(transpose(in[0]), transpose(in[1])); }, true});
}

} // namespace mx::test
