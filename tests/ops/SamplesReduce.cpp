// Samples of reductions and scans: inner, outer, several and no axes, tails longer than a vector.
#include "frontend/trace/Node.h"
#include "tests/ops/Samples.h"

namespace mx::test {
namespace {

using ir::OpKind;

class Table {
public:
  explicit Table(std::vector<Sample> &out) : out(out) {}

  void reduction(OpKind kind, bool smooth, bool needsElements) {
    auto add = [&](const char *variant, const Shape &shape, std::vector<int64_t> axes, bool keepdims, bool small) {
      sample(kind, variant, shape, {std::move(axes), int64_t(keepdims)}, smooth && small);
    };
    add("", {3, 5}, {1}, false, true);
    add("/outer", {3, 5}, {0}, true, true);
    add("/middle", {2, 3, 4}, {1}, false, true);
    add("/two axes", {2, 3, 4}, {0, 2}, false, true);
    add("/all", {3, 4}, {0, 1}, false, true);
    add("/no axis", {3}, {}, false, true);
    add("/scalar", {}, {}, false, true);
    add("/rows", {7, 1031}, {1}, false, false);
    add("/columns", {103, 19}, {0}, false, false);
    if (!needsElements)
      add("/empty", {3, 0}, {1}, false, false);
    special(kind, {std::vector<int64_t>{1}, int64_t(0)});
  }

  void argReduction(OpKind kind) {
    sample(kind, "", {3, 5}, {int64_t(1), int64_t(0)}, false);
    sample(kind, "/outer", {3, 5}, {int64_t(0), int64_t(1)}, false);
    sample(kind, "/rows", {3, 1031}, {int64_t(1), int64_t(0)}, false);
    special(kind, {int64_t(1), int64_t(0)});
  }

  void scan(OpKind kind) {
    const bool extremum = kind == OpKind::Cummax || kind == OpKind::Cummin;
    for (bool reverse : {false, true})
      for (bool inclusive : {true, false}) {
        const std::string variant = std::string(reverse ? "/reverse" : "/forward") + (inclusive ? "" : " exclusive");
        for (int64_t axis : {0, 1})
          sample(kind, variant + " axis " + std::to_string(axis), {4, 5}, {axis, int64_t(reverse), int64_t(inclusive)},
                 inclusive || !extremum);
      }
    if (extremum) // without the first result, which is infinite
      for (bool reverse : {false, true})
        out.push_back({kind, std::string(ir::rowOf(kind).mnemonic) + (reverse ? "/finite reverse" : "/finite forward"), kReal,
                       [](Values &v) { return std::vector{v.distinct({4, 5})}; },
                       [=](const std::vector<array> &in) {
                         array scanned = graph::make(kind, {in[0]}, {int64_t(1), int64_t(reverse), int64_t(0)});
                         return reverse ? slice(scanned, {0, 0}, {4, 4}) : slice(scanned, {0, 1}, {4, 5});
                       },
                       true});
    sample(kind, "/one", {3, 1}, {int64_t(1), int64_t(0), int64_t(1)}, true);
    sample(kind, "/long", {3, 1031}, {int64_t(1), int64_t(0), int64_t(1)}, false);
    sample(kind, "/empty", {3, 0}, {int64_t(1), int64_t(0), int64_t(1)}, false);
    special(kind, {int64_t(1), int64_t(0), int64_t(1)});
  }

private:
  void sample(OpKind kind, const std::string &variant, const Shape &shape, ir::Attrs attrs, bool smooth) {
    // Finite differences want values apart from each other, long products want values near 1.
    const bool many = shape.size() == 2 && shape[0] * shape[1] > 40;
    out.push_back({kind, std::string(ir::rowOf(kind).mnemonic) + variant, kReal,
                   [=](Values &v) { return std::vector{many ? v.uniform(shape, 0.25, 1.5) : v.distinct(shape)}; },
                   [=](const std::vector<array> &in) { return graph::make(kind, {in[0]}, attrs); }, smooth});
  }
  void special(OpKind kind, ir::Attrs attrs) {
    out.push_back({kind, std::string(ir::rowOf(kind).mnemonic) + "/special", kReal,
                   [=](Values &v) {
                     array x = v.special({33, 4});
                     // Whether a product of limits overflows depends on the order.
                     if ((kind == OpKind::Prod || kind == OpKind::Cumprod) && issubdtype(x.dtype(), floating))
                       x = where(isfinite(x), sign(x), x);
                     return std::vector{x};
                   },
                   [=](const std::vector<array> &in) { return graph::make(kind, {in[0]}, attrs); }});
  }
  std::vector<Sample> &out;
};

} // namespace

void addReduceSamples(std::vector<Sample> &out) {
  Table t(out);
  t.reduction(OpKind::Sum, true, false);
  t.reduction(OpKind::Prod, true, false);
  t.reduction(OpKind::Max, true, true);
  t.reduction(OpKind::Min, true, true);
  t.reduction(OpKind::All, false, false);
  t.reduction(OpKind::Any, false, false);
  t.argReduction(OpKind::Argmax);
  t.argReduction(OpKind::Argmin);
  t.scan(OpKind::Cumsum);
  t.scan(OpKind::Cumprod);
  t.scan(OpKind::Cummax);
  t.scan(OpKind::Cummin);
}

} // namespace mx::test
