// The search: free all sizes, or one after the other; fit what twelve traces show; hold it against many more. Whatever a trace does
// otherwise (throws, another op, another number) says that a size cannot be so, never that the export fails.
#include "frontend/compile/FreeSizes.h"

#include "frontend/include/mx/error.h"

#include <algorithm>
#include <cstdlib>
#include <new>
#include <random>
#include <set>
#include <utility>

namespace mx::graph {
namespace {

using ir::Dim;
using ir::Dims;

/// Sizes from which expressions are found: large, so that what holds from some size on is found, and the rest is a bound.
constexpr int64_t kLowSample = 300, kHighSample = 3000;
constexpr size_t kNumSamples = 12;
/// Every size up to this is tried of a function that reads sizes.
constexpr int64_t kDense = 256;
/// The largest sizes tried, of functions that read sizes and of others.
constexpr int64_t kHighest = 1 << 24, kHighestUnread = 1 << 14;

/// Sizes that are tried one symbol at a time. A function may choose by those that it `met`, one that reads sizes by any.
std::vector<int64_t> probesFor(bool functionReadsSizes, const std::set<int64_t> &met) {
  std::set<int64_t> probes;
  auto around = [&](int64_t n, int64_t distance) {
    for (int64_t probe = n - distance; probe <= n + distance; ++probe)
      if (probe >= 0 && probe <= kHighest)
        probes.insert(probe);
  };
  for (int64_t n = 0; n <= kDense; n += functionReadsSizes || n < 10 ? 1 : n < 40 ? 3 : 27)
    around(n, 0);
  for (int64_t n = 2 * kDense; n <= (functionReadsSizes ? kHighest : kHighestUnread); n *= 2)
    around(n, functionReadsSizes);
  for (int64_t power = 100; functionReadsSizes && power < kHighest; power *= 10)
    for (int64_t digit : {1, 2, 3, 5})
      around(digit * power, 1);
  for (int64_t n : met)
    around(n, 1);
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
    if (!found) {
      std::string reasons;
      for (const FreeSizes::Fixed &f : fixed)
        if (f.size > 1)
          reasons += (reasons.empty() ? "" : "; ") + f.reason;
      return rt::Error{rt::ErrorCode::invalidArgument, "no size of the inputs can vary: " + (reasons.empty() ? reason : reasons)};
    }
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
  std::optional<TraceContent> contentAt(const std::vector<int32_t> &free, const Sizes &values, std::string &reason) {
    try {
      const TraceFunction::Call other = function.call(shapesWith(free, values));
      readsFree |= other.seen.read != call.seen.read;
      if (TraceContent content = function.contentOf(other); content.structure == base.structure && content.numbers.size() == base.numbers.size())
        return content;
      reason = described(free, values) + " the function does other work";
    } catch (const DeviceError &) {
      throw; // no memory, no device: nothing that sizes are to blame for
    } catch (const std::bad_alloc &) {
      throw;
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
    std::optional<FreeSizes> found = attemptFrom(free, kLowSample, kHighSample, reason);
    // Products of several large sizes are more than a function may compute in int.
    if (!found && free.size() > 2) {
      std::string why;
      found = attemptFrom(free, kLowSample / 10, kHighSample / 10, why);
    }
    return found;
  }

  std::optional<FreeSizes> attemptFrom(const std::vector<int32_t> &free, int64_t low, int64_t high, std::string &reason) {
    // The same numbers each time: an export gives the same bytes.
    std::mt19937_64 random(free.size());
    readsFree = false;
    std::vector<Sizes> samples;
    std::vector<TraceContent> contents;
    for (size_t i = 0; i < kNumSamples; ++i) {
      Sizes values;
      while (values.size() < free.size())
        if (const int64_t value = low + int64_t(random() % uint64_t(high - low)); std::find(values.begin(), values.end(), value) == values.end())
          values.push_back(value);
      auto content = contentAt(free, values, reason);
      if (!content)
        return std::nullopt;
      samples.push_back(std::move(values));
      contents.push_back(std::move(*content));
    }
    auto found = fit(free, samples, contents, reason);
    if (!found)
      return std::nullopt;
    if (!agrees(*found, {free.begin(), free.end()}, base)) {
      reason = "with " + std::to_string(free[0]) + " it computes other numbers than with " + std::to_string(samples[0][0]);
      return std::nullopt;
    }
    for (size_t symbol = 0; symbol < free.size(); ++symbol)
      if (!bound(*found, free, symbol, samples[0], reason))
        return std::nullopt;
    if (!boundTogether(*found, free, reason) || !holdsForEqualSizes(*found, free, samples[0], reason))
      return std::nullopt;
    return found;
  }

  std::optional<FreeSizes> fit(const std::vector<int32_t> &free, const std::vector<Sizes> &samples, const std::vector<TraceContent> &contents,
                               std::string &reason) {
    FreeSizes found;
    found.atLeast.assign(free.size(), 0);
    found.atMost.assign(free.size(), INT32_MAX);
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
    const auto content = contentAt(free, values, reason);
    if (content && agrees(found, values, *content))
      return true;
    if (content)
      reason = described(free, values) + " the function computes other sizes";
    return false;
  }

  /// Holds what was found against traces with other values of one symbol, the others large and as in the examples, and bounds
  /// the symbol from below and above.
  bool bound(FreeSizes &found, const std::vector<int32_t> &free, size_t symbol, const Sizes &sample, std::string &reason) {
    const Sizes own(free.begin(), free.end());
    auto holds = [&](int64_t n) {
      Sizes large = sample, usual = own;
      large[symbol] = usual[symbol] = n;
      return (n > kHighSample || holdsAt(found, free, large, reason)) && holdsAt(found, free, usual, reason);
    };
    int64_t &least = found.atLeast[symbol], &most = found.atMost[symbol], differs = -1, last = 0;
    for (int64_t probe : probesFor(readsFree, numbersMet())) {
      last = probe;
      if (holds(probe)) {
        least = least > differs ? least : probe;
        continue;
      }
      // What it does above all that it was found from is a bound.
      if (probe > std::max(own[symbol], kHighSample)) {
        for (int64_t good = std::max(own[symbol], kHighSample); probe - good > 1;) {
          const int64_t middle = good + (probe - good) / 2;
          (holds(middle) ? good : probe) = middle;
        }
        most = probe - 1;
        return least > differs && least <= own[symbol];
      }
      if (probe >= own[symbol])
        return false;
      differs = probe;
    }
    most = readsFree ? last : INT32_MAX;
    // Between two probes.
    for (least = std::min(least > differs ? least : own[symbol], own[symbol]); least - differs > 1;) {
      const int64_t middle = differs + (least - differs) / 2;
      (holds(middle) ? least : differs) = middle;
    }
    return true;
  }

  /// Each bound was found with the others large or usual: raises them until the trace holds where several are least.
  bool boundTogether(FreeSizes &found, const std::vector<int32_t> &free, std::string &reason) {
    const Sizes own(free.begin(), free.end());
    Sizes &least = found.atLeast;
    for (size_t symbol = 0; symbol < free.size() && !holdsAt(found, free, least, reason); ++symbol) {
      int64_t differs = std::exchange(least[symbol], own[symbol]);
      if (!holdsAt(found, free, least, reason))
        continue;
      for (Sizes trial = least; least[symbol] - differs > 1;) {
        trial[symbol] = differs + (least[symbol] - differs) / 2;
        (holdsAt(found, free, trial, reason) ? least[symbol] : differs) = trial[symbol];
      }
    }
    // Two small ones; a function may have a way of its own for a single row of a single item.
    constexpr int64_t kSmall = 3;
    for (size_t a = 0; a < free.size(); ++a)
      for (size_t b = 0; b < a; ++b)
        for (int64_t i = 0; i < kSmall * kSmall; ++i) {
          Sizes values = own;
          values[a] = least[a] + i / kSmall, values[b] = least[b] + i % kSmall;
          if (holdsAt(found, free, values, reason))
            continue;
          const size_t raised = values[a] < own[a] ? a : b;
          if (values[raised] >= own[raised])
            return false;
          least[raised] = values[raised] + 1;
          i = -1;
        }
    // One large one.
    for (size_t symbol = 0; symbol < free.size(); ++symbol)
      for (int64_t n : {own[symbol], std::min(kHighestUnread, found.atMost[symbol])}) {
        Sizes values = least;
        values[symbol] = n;
        if (!holdsAt(found, free, values, reason))
          return false;
      }
    return true;
  }

  /// A function may ask whether two sizes are equal, as ops do that choose by shapes.
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

  /// Sizes in the trace of the examples, and numbers that were compared with some.
  std::set<int64_t> numbersMet() const {
    std::set<int64_t> met;
    for (const auto *numbers : {&base.numbers, &call.seen.read, &call.seen.compared})
      for (int64_t n : *numbers)
        if (n != INT64_MIN && std::abs(n) <= kHighest)
          met.insert(std::abs(n));
    for (const Shape &shape : examples)
      met.insert(shape.begin(), shape.end());
    return met;
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
