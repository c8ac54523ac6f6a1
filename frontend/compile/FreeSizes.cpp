// The search: free all sizes, or one after the other; fit what twelve traces show; hold it against many more. Whatever a trace does
// otherwise (throws, another op, another number) says that a size cannot be so, never that the export fails.
#include "frontend/compile/FreeSizes.h"

#include "frontend/include/mx/error.h"

#include <algorithm>
#include <random>
#include <set>
#include <span>
#include <utility>

namespace mx::graph {
namespace {

using ir::Dim;
using ir::Dims;

/// Sizes from which expressions are found: large, so that what holds from some size on is found, and the rest is a bound.
constexpr int64_t kLowSample = 300, kHighSample = 3000;
constexpr size_t kNumSamples = 12;
/// Below this a trace may differ, which bounds the size; above, the size is not free.
constexpr int64_t kMaxBound = 256;

/// Sizes that are tried one symbol at a time. A function that reads sizes may choose by any, by those that `met` in its trace too.
std::vector<int64_t> probesFor(bool functionReadsSizes, std::span<const int64_t> met) {
  std::set<int64_t> probes;
  for (int64_t n = 0; n <= kMaxBound; n += functionReadsSizes || n < 10 ? 1 : n < 40 ? 3 : 27)
    probes.insert(n);
  const int64_t highest = functionReadsSizes ? 1 << 17 : 1 << 14;
  auto around = [&](int64_t n) {
    if (n > kMaxBound && n <= highest)
      probes.insert({n - 1, n, n + 1});
  };
  for (int64_t n = 2 * kMaxBound; n <= highest; n *= 2)
    around(n);
  if (functionReadsSizes) {
    for (int64_t power = 100; power <= highest; power *= 10)
      for (int64_t digit : {1, 2, 3, 5})
        around(digit * power);
    for (int64_t n : met)
      around(n);
  }
  return {probes.begin(), probes.end()};
}

class Search {
public:
  Search(TraceFunction &function, const TraceFunction::Call &call)
      : function(function), call(call), examples(function.shapes()), base(function.contentOf(call)) {}

  rt::Result<FreeSizes> run() {
    std::vector<int32_t> sizes;
    std::vector<FreeSizes::Fixed> fixed;
    for (const Shape &shape : examples)
      for (int32_t size : shape)
        if (size > 1 && std::find(sizes.begin(), sizes.end(), size) == sizes.end())
          sizes.push_back(size);
        else if (size <= 1 && std::none_of(fixed.begin(), fixed.end(), [&](const auto &f) { return f.size == size; }))
          fixed.push_back({size, "an example's size of " + std::to_string(size) + " does not vary"});
    std::string reason;
    std::optional<FreeSizes> found = attempt(sizes, reason);
    if (found) {
      found->fixed = std::move(fixed);
      return std::move(*found);
    }
    // Those that are free alone, and of these as many together as there can be, the first ones first.
    std::vector<int32_t> together;
    for (int32_t size : sizes) {
      if (!attempt({size}, reason)) {
        fixed.push_back({size, reason});
        continue;
      }
      together.push_back(size);
      if (auto more = attempt(together, reason)) {
        found = std::move(more);
      } else {
        together.pop_back();
        fixed.push_back({size, reason});
      }
    }
    if (!found)
      return rt::Error{rt::ErrorCode::invalidArgument, "no size of the inputs can vary: " + reason};
    found->fixed = std::move(fixed);
    return std::move(*found);
  }

private:
  using Sizes = std::vector<int64_t>;

  std::vector<Shape> shapesWith(const std::vector<int32_t> &free, const Sizes &values) const {
    std::vector<Shape> shapes = examples;
    for (Shape &shape : shapes)
      for (int32_t &size : shape)
        if (auto it = std::find(free.begin(), free.end(), size); it != free.end())
          size = int32_t(values[size_t(it - free.begin())]);
    return shapes;
  }

  static std::string described(const std::vector<int32_t> &free, const Sizes &values) {
    std::string text;
    for (size_t i = 0; i < free.size(); ++i)
      text += (text.empty() ? "with " : ", ") + std::to_string(values[i]) + " in place of " + std::to_string(free[i]);
    return text;
  }

  /// The trace at these sizes, when it does what the examples' does; otherwise `reason`.
  std::optional<TraceContent> contentAt(const std::vector<int32_t> &free, const Sizes &values, std::string &reason, bool &tooLarge) {
    tooLarge = false;
    try {
      const TraceFunction::Call other = function.call(shapesWith(free, values));
      readsFree |= other.sizesRead != call.sizesRead;
      if (TraceContent content = function.contentOf(other); content.structure == base.structure && content.numbers.size() == base.numbers.size())
        return content;
      reason = described(free, values) + " the function does other work";
    } catch (const Overflow &e) {
      tooLarge = true;
      reason = described(free, values) + ": " + e.what();
    } catch (const std::exception &e) {
      reason = described(free, values) + ": " + e.what();
    } catch (...) {
      reason = described(free, values) + " the function throws";
    }
    return std::nullopt;
  }

  /// True when what was found gives the trace's numbers.
  bool agrees(const FreeSizes &found, const Sizes &values, const TraceContent &content) const {
    for (size_t i = 0; i < found.numbers.size(); ++i)
      if (found.numbers[i].evaluate(values.data()) != content.numbers[i])
        return false;
    for (size_t i = 0; i < found.scalars.size(); ++i) {
      const auto &scalar = found.scalars[i];
      if (content.scalars[i] != (scalar ? scalarOf(base.scalars[i].dtype, scalar->size.evaluate(values.data()), scalar->inverted) : base.scalars[i]))
        return false;
    }
    return true;
  }

  /// Tries to free these sizes. None are free when there are none but 0 and 1.
  std::optional<FreeSizes> attempt(const std::vector<int32_t> &free, std::string &reason) {
    // The same numbers each time: an export gives the same bytes.
    std::mt19937_64 random(free.size());
    readsFree = false;
    std::vector<Sizes> samples;
    std::vector<TraceContent> contents;
    bool tooLarge;
    for (size_t i = 0; i < kNumSamples; ++i) {
      Sizes values;
      while (values.size() < free.size())
        if (const int64_t value = kLowSample + int64_t(random() % uint64_t(kHighSample - kLowSample));
            std::find(values.begin(), values.end(), value) == values.end())
          values.push_back(value);
      auto content = contentAt(free, values, reason, tooLarge);
      if (!content)
        return std::nullopt;
      samples.push_back(std::move(values));
      contents.push_back(std::move(*content));
    }
    auto found = fit(free, samples, contents, reason);
    if (!found)
      return std::nullopt;
    const Sizes own(free.begin(), free.end());
    if (!agrees(*found, own, base)) {
      reason = "with " + std::to_string(free[0]) + " it computes other numbers than with " + std::to_string(samples[0][0]);
      return std::nullopt;
    }
    for (size_t symbol = 0; symbol < free.size(); ++symbol)
      if (!bound(*found, free, symbol, samples[0], reason))
        return std::nullopt;
    // Each bound was found with the others large; what holds with all of them least holds above. The examples' sizes do.
    Sizes &least = found->atLeast;
    for (size_t symbol = 0; symbol < free.size() && !holdsAt(*found, free, least, reason); ++symbol) {
      int64_t differs = std::exchange(least[symbol], own[symbol]);
      if (!holdsAt(*found, free, least, reason))
        continue;
      for (Sizes trial = least; least[symbol] - differs > 1;) {
        trial[symbol] = differs + (least[symbol] - differs) / 2;
        (holdsAt(*found, free, trial, reason) ? least[symbol] : differs) = trial[symbol];
      }
    }
    if (readsFree && !holdsForEqualSizes(*found, free, samples[0], reason))
      return std::nullopt;
    return found;
  }

  std::optional<FreeSizes> fit(const std::vector<int32_t> &free, const std::vector<Sizes> &samples, const std::vector<TraceContent> &contents,
                               std::string &reason) {
    FreeSizes found;
    found.atLeast.assign(free.size(), 0);
    for (const Shape &shape : examples) {
      Dims &dims = found.arguments.emplace_back();
      for (int32_t size : shape) {
        auto it = std::find(free.begin(), free.end(), size);
        dims.push_back(it == free.end() ? Dim(size) : Dim::symbol(uint32_t(it - free.begin())));
      }
    }
    SizeFit sizes(samples);
    std::lock_guard lock(graphMutex());
    Trace trace;
    TraceFunction::trace(call.outputs, graph::Sizes::Dynamic, trace);
    std::vector<Dims> shapes(trace.inputs.size() + trace.ops.size());
    for (const Node *node : trace.inputs)
      shapes[node->number] = node->kind == NodeKind::Placeholder ? found.arguments[node->index] : Dims(node->shape.begin(), node->shape.end());
    std::vector<int64_t> values(samples.size());
    for (const Node *node : trace.ops) {
      std::vector<Dims> operands;
      for (Node *in : node->inputs)
        operands.push_back(shapes[resolve(in)->number]);
      auto next = [&](Dim &d) {
        for (size_t i = 0; i < samples.size(); ++i)
          values[i] = contents[i].numbers[found.numbers.size()];
        auto number = sizes.number(values, operands);
        if (!number) {
          reason = "a number of '" + std::string(ir::rowOf(node->op).api) + "' does not follow from the sizes: " + described(free, samples[0]) +
                   " it is " + std::to_string(values[0]) + ", " + described(free, samples[1]) + " it is " + std::to_string(values[1]);
          return false;
        }
        found.numbers.push_back(d = *number);
        return true;
      };
      ir::Attrs attrs;
      if (node->attrs)
        for (const ir::AttrValue &value : *node->attrs) {
          attrs.push_back(value);
          if (auto *list = std::get_if<Dims>(&attrs.back())) {
            for (Dim &d : *list)
              if (!next(d))
                return std::nullopt;
            operands.push_back(*list);
          }
        }
      // The op's rule says more about its shape than numbers do.
      std::vector<ir::TensorType> types;
      for (Node *in : node->inputs)
        types.push_back({resolve(in)->dtype, shapes[resolve(in)->number]});
      auto type = ir::inferType(node->op, types, attrs);
      if (!type) {
        reason = type.error().message;
        return std::nullopt;
      }
      for (Dim d : type->dims) {
        for (size_t i = 0; i < samples.size(); ++i)
          if (d.evaluate(samples[i].data()) != contents[i].numbers[found.numbers.size()]) {
            reason = "the shape of '" + std::string(ir::rowOf(node->op).api) + "' does not follow from the sizes";
            return std::nullopt;
          }
        found.numbers.push_back(d);
      }
      sizes.learn(type->dims);
      shapes[node->number] = std::move(type->dims);
    }
    for (size_t k = 0; k < base.scalars.size(); ++k) {
      std::vector<TraceContent::Scalar> scalars;
      for (const TraceContent &content : contents)
        scalars.push_back(content.scalars[k]);
      found.scalars.emplace_back();
      if (std::all_of(scalars.begin(), scalars.end(), [&](const auto &s) { return s == base.scalars[k]; }))
        continue;
      found.scalars.back() = sizes.scalar(scalars, shapes);
      if (!found.scalars.back()) {
        reason = "it computes with a number that does not follow from the sizes: it differs " + described(free, samples[0]) + " and " +
                 described(free, samples[1]);
        return std::nullopt;
      }
    }
    return found;
  }

  /// True when a trace at these sizes does the work that was found.
  bool holdsAt(const FreeSizes &found, const std::vector<int32_t> &free, const Sizes &values, std::string &reason) {
    bool tooLarge;
    return holdsAt(found, free, values, reason, tooLarge);
  }
  bool holdsAt(const FreeSizes &found, const std::vector<int32_t> &free, const Sizes &values, std::string &reason, bool &tooLarge) {
    const auto content = contentAt(free, values, reason, tooLarge);
    if (content && agrees(found, values, *content))
      return true;
    if (content)
      reason = described(free, values) + " the function computes other sizes";
    return false;
  }

  /// Holds what was found against traces with other values of one symbol, and bounds the symbol from below.
  bool bound(FreeSizes &found, const std::vector<int32_t> &free, size_t symbol, Sizes values, std::string &reason) {
    int64_t differs = -1, &least = found.atLeast[symbol];
    for (int64_t probe : probesFor(readsFree, base.numbers)) {
      if (least <= differs)
        least = probe;
      // Products with the others stay within what a function may compute in int.
      if (probe > kHighSample)
        values.assign(free.begin(), free.end());
      values[symbol] = probe;
      bool tooLarge;
      if (holdsAt(found, free, values, reason, tooLarge))
        continue;
      if (tooLarge && probe > kMaxBound)
        break;
      if (probe >= std::min<int64_t>(free[symbol], kMaxBound))
        return false;
      differs = probe;
    }
    // Between two probes.
    while (least - differs > 1) {
      values[symbol] = differs + (least - differs) / 2;
      (holdsAt(found, free, values, reason) ? least : differs) = values[symbol];
    }
    return least <= free[symbol];
  }

  /// A function may ask whether two sizes are equal.
  bool holdsForEqualSizes(const FreeSizes &found, const std::vector<int32_t> &free, const Sizes &sample, std::string &reason) {
    for (size_t a = 0; a < free.size(); ++a)
      for (size_t b = 0; b < a; ++b) {
        Sizes values = sample;
        values[a] = values[b];
        if (!holdsAt(found, free, values, reason))
          return false;
      }
    return true;
  }

  TraceFunction &function;
  const TraceFunction::Call &call;
  const std::vector<Shape> examples;
  const TraceContent base;
  /// The function itself reads sizes that the attempt varies.
  bool readsFree = false;
};

} // namespace

rt::Result<FreeSizes> findFreeSizes(TraceFunction &function, const TraceFunction::Call &call) { return Search(function, call).run(); }

} // namespace mx::graph
