// Samples of views.
#include "frontend/trace/Node.h"
#include "tests/ops/Samples.h"

namespace mx::test {

void addViewSamples(std::vector<Sample> &out) {
  using ir::OpKind;
  auto one = [&](OpKind kind, const std::string &name, const Shape &shape, std::function<array(const array &)> f,
                 unsigned dtypes = kAny) {
    out.push_back({kind, name, dtypes, [shape](Values &v) { return std::vector{v.uniform(shape)}; },
                   [f](const std::vector<array> &in) { return f(in[0]); }, (dtypes & kFloat) != 0});
  };
  one(OpKind::Reshape, "reshape", {3, 4}, [](const array &x) { return reshape(x, {2, 3, 2}); });
  one(OpKind::Reshape, "reshape/of a transpose", {3, 4}, [](const array &x) { return reshape(transpose(x), {2, 6}); });
  one(OpKind::Reshape, "reshape/scalar", {1, 1}, [](const array &x) { return reshape(x, {}); });
  one(OpKind::Reshape, "reshape/empty", {0, 4}, [](const array &x) { return reshape(x, {2, 0, 3}); });
  one(OpKind::Transpose, "transpose", {3, 4}, [](const array &x) { return transpose(x); });
  one(OpKind::Transpose, "transpose/cycle", {2, 3, 4}, [](const array &x) { return transpose(x, {1, 2, 0}); });
  one(OpKind::Transpose, "transpose/inner", {2, 3, 4, 2}, [](const array &x) { return transpose(x, {0, 2, 1, 3}); });
  one(OpKind::BroadcastTo, "broadcast_to", {3, 1}, [](const array &x) { return broadcast_to(x, {2, 3, 4}); });
  one(OpKind::BroadcastTo, "broadcast_to/scalar", {}, [](const array &x) { return broadcast_to(x, {2, 3}); });
  one(OpKind::Slice, "slice", {5, 6}, [](const array &x) { return slice(x, {1, 2}, {4, 6}); });
  one(OpKind::Slice, "slice/strided", {5, 7}, [](const array &x) { return slice(x, {0, 1}, {5, 7}, {2, 3}); });
  one(OpKind::Slice, "slice/negative", {5, 3}, [](const array &x) { return slice(x, {4, 2}, {0, -4}, {-2, -1}); });
  one(OpKind::Slice, "slice/empty", {5, 3}, [](const array &x) { return slice(x, {2, 0}, {2, 3}); });
  one(OpKind::AsStrided, "as_strided/overlapping", {12}, [](const array &x) { return as_strided(x, {4, 3}, {2, 1}, 1); });
  one(OpKind::AsStrided, "as_strided/reversed", {3, 4}, [](const array &x) { return as_strided(x, {2, 5}, {-5, 1}, 6); });
  one(OpKind::View, "view/narrower", {3, 4}, [](const array &x) { return view(x, uint8); });
  one(OpKind::View, "view/same size", {3, 4},
      [](const array &x) {
        const Dtype to = x.itemsize() == 8 ? uint64 : x.itemsize() == 4 ? uint32 : x.itemsize() == 2 ? uint16 : uint8;
        return view(x, to);
      });
  out.back().smooth = out[out.size() - 2].smooth = false;
}

} // namespace mx::test
