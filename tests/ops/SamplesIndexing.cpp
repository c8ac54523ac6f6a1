// Samples of joins, pads, gathers and scatters. Index operands are distinct where a derivative of mode set needs it.
#include "frontend/trace/Node.h"
#include "tests/ops/Samples.h"

namespace mx::test {
namespace {

using ir::OpKind;
using Arrays = std::vector<array>;
const std::vector<std::string> kModes{"set", "add", "prod", "max", "min"};

array indices(std::initializer_list<int> values, const Shape &shape = {}) {
  array a(values, int32);
  return shape.empty() ? a : reshape(a, shape);
}

void addJoins(std::vector<Sample> &out) {
  out.push_back({OpKind::Concatenate, "concatenate", kAny,
                 [](Values &v) {
                   return Arrays{v.uniform({2, 3}), v.uniform({2, 1}), v.uniform({2, 0}), v.uniform({2, 4})};
                 },
                 [](const Arrays &in) { return concatenate(in, 1); }, true});
  out.push_back({OpKind::Concatenate, "concatenate/promotes", kReal,
                 [](Values &v) { return Arrays{v.uniform({2, 3}), v.integers({1, 3}, -3, 3, int8)}; },
                 [](const Arrays &in) { return concatenate(in, 0); }, true});
  out.push_back({OpKind::Concatenate, "concatenate/one array twice", kAny,
                 [](Values &v) { return Arrays{v.uniform({3})}; },
                 [](const Arrays &in) { return concatenate({in[0], in[0]}, 0); }, true});
  auto pad = [](ir::Dims low, ir::Dims shape) {
    return [=](const Arrays &in) { return graph::make(OpKind::Pad, {in[0], in[1]}, {low, shape}); };
  };
  out.push_back({OpKind::Pad, "pad", kAny, [](Values &v) { return Arrays{v.uniform({2, 3}), v.uniform({})}; },
                 pad({1, 0}, {4, 5}), true});
  out.push_back({OpKind::Pad, "pad/nothing", kAny, [](Values &v) { return Arrays{v.uniform({3}), v.uniform({})}; },
                 pad({0}, {3}), true});
  out.push_back({OpKind::Pad, "pad/of nothing", kAny, [](Values &v) { return Arrays{v.uniform({0}), v.uniform({})}; },
                 pad({2}, {5}), true});
  for (const std::string &mode : kModes) {
    const unsigned dtypes = mode == "set" ? kAny : kReal;
    auto update = [mode](ir::Dims starts, std::vector<int64_t> strides) {
      return [=](const Arrays &in) { return graph::make(OpKind::SliceUpdate, {in[0], in[1]}, {starts, strides, mode}); };
    };
    out.push_back({OpKind::SliceUpdate, "slice_update/" + mode, dtypes,
                   [](Values &v) { return Arrays{v.uniform({4, 5}), v.uniform({2, 3})}; }, update({1, 2}, {1, 1}), true});
    out.push_back({OpKind::SliceUpdate, "slice_update/strided " + mode, dtypes,
                   [](Values &v) { return Arrays{v.uniform({5, 4}), v.uniform({2, 2})}; }, update({4, 0}, {-3, 2}), true});
  }
}

void addGathers(std::vector<Sample> &out) {
  out.push_back({OpKind::Gather, "gather", kAny,
                 [](Values &v) { return Arrays{v.uniform({4, 3}), indices({2, 0, 2, -1, 3})}; },
                 [](const Arrays &in) { return gather(in[0], in[1], 0, {1, 3}); }, true});
  out.push_back({OpKind::Gather, "gather/two axes", kAny,
                 [](Values &v) {
                   return Arrays{v.uniform({4, 3, 5}), indices({2, 0}, {2, 1}), indices({1, 4, 2})};
                 },
                 [](const Arrays &in) { return gather(in[0], {in[1], in[2]}, {0, 2}, {1, 2, 1}); }, true});
  out.push_back({OpKind::Gather, "gather/scalar index", kAny,
                 [](Values &v) { return Arrays{v.uniform({4, 3}), array(1)}; },
                 [](const Arrays &in) { return gather(in[0], in[1], 1, {4, 1}); }, true});
  out.push_back({OpKind::Gather, "gather/windows", kAny,
                 [](Values &v) { return Arrays{v.uniform({6}), indices({0, 3, 1})}; },
                 [](const Arrays &in) { return gather(in[0], in[1], 0, {3}); }, true});
  out.push_back({OpKind::Gather, "gather/out of range", kAny,
                 [](Values &v) { return Arrays{v.uniform({4, 3}), indices({9, -9, 1})}; },
                 [](const Arrays &in) { return gather(in[0], in[1], 0, {1, 3}); }});
  out.push_back({OpKind::TakeAlongAxis, "take_along_axis", kAny,
                 [](Values &v) { return Arrays{v.uniform({3, 4}), v.integers({3, 6}, -4, 3)}; },
                 [](const Arrays &in) { return take_along_axis(in[0], in[1], 1); }, true});
  out.push_back({OpKind::TakeAlongAxis, "take_along_axis/broadcast", kAny,
                 [](Values &v) { return Arrays{v.uniform({3, 1, 4}), v.integers({2, 5, 1}, 0, 2)}; },
                 [](const Arrays &in) { return take_along_axis(in[0], in[1], 0); }, true});
}

void addScatters(std::vector<Sample> &out) {
  for (const std::string &mode : kModes) {
    const unsigned dtypes = mode == "set" ? kAny : kReal;
    auto call = [mode](std::vector<int64_t> axes) {
      return [=](const Arrays &in) { return graph::make(OpKind::Scatter, in, {axes, mode}); };
    };
    out.push_back({OpKind::Scatter, "scatter/" + mode, dtypes,
                   [](Values &v) { return Arrays{v.uniform({4, 3}), v.uniform({3, 1, 3}), indices({2, 0, -1})}; },
                   call({0}), true});
    out.push_back({OpKind::Scatter, "scatter/repeated " + mode, dtypes,
                   [](Values &v) { return Arrays{v.uniform({4}), v.uniform({5, 1}), indices({2, 0, 2, 1, 2})}; },
                   call({0}), true});
    out.push_back({OpKind::Scatter, "scatter/two axes " + mode, dtypes,
                   [](Values &v) {
                     return Arrays{v.uniform({4, 3, 5}), v.uniform({2, 3, 1, 2, 1}), indices({2, 0}, {2, 1}), indices({1, 4, 2})};
                   },
                   call({0, 2}), true});
    out.push_back({OpKind::Scatter, "scatter/out of range " + mode, dtypes,
                   [](Values &v) { return Arrays{v.uniform({4}), v.uniform({3, 1}), indices({7, -9, 1})}; }, call({0})});
  }
  for (const std::string mode : {"set", "add"}) {
    auto call = [mode](int64_t axis) {
      return [=](const Arrays &in) { return graph::make(OpKind::ScatterAxis, in, {axis, mode}); };
    };
    const unsigned dtypes = mode == "set" ? kAny : kReal;
    out.push_back({OpKind::ScatterAxis, "scatter_axis/" + mode, dtypes,
                   [](Values &v) { return Arrays{v.uniform({3, 4}), v.integers({3, 5}, -4, 3), v.uniform({3, 5})}; },
                   call(1), true});
    out.push_back({OpKind::ScatterAxis, "scatter_axis/broadcast " + mode, dtypes,
                   [](Values &v) { return Arrays{v.uniform({3, 4}), indices({2, 0}, {2, 1}), v.uniform({1, 4})}; },
                   call(0), true});
  }
}

} // namespace

void addIndexingSamples(std::vector<Sample> &out) {
  addJoins(out);
  addGathers(out);
  addScatters(out);
}

} // namespace mx::test
