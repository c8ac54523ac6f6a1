// vmap of every op of the table against a loop over the batch: each combination of mapped operands, several axes,
// nested, and over derivatives.
#include "tests/transforms/Check.h"

namespace mx::test {
namespace {

constexpr int kBatch = 3;

Dtype sampleDtype(const Sample &s) {
  return contains(s.dtypes, float64) ? float64 : contains(s.dtypes, int32) ? int32 : bool_;
}

std::vector<Case> smallCases() {
  std::vector<Case> cases;
  for (const Sample &s : samples()) {
    Values values(sampleDtype(s), 1);
    Arrays in = s.inputs(values);
    // Special values are for the suites that compare numbers.
    if (in.empty() || s.name.find("special") != std::string::npos || std::any_of(in.begin(), in.end(), [](const array &a) { return a.size() > 300; }))
      continue;
    cases.push_back({&s});
  }
  return cases;
}

/// The sample's call, computed. One call is one program that all elements, masks and tests share; left lazy, a loop
/// over the batch would be compiled as a whole.
array computed(const Sample &sample, const Arrays &in) {
  array result = sample.function(in);
  result.eval();
  return result;
}

/// `batches[b]` are the arguments of element b.
std::vector<Arrays> batches(const Sample &sample, int count) {
  std::vector<Arrays> result;
  for (int b = 0; b < count; ++b) {
    Values values(sampleDtype(sample), 100 + b);
    result.push_back(sample.inputs(values));
  }
  return result;
}

/// Operand `i` of all elements, stacked along `axis`.
array stacked(const std::vector<Arrays> &elements, size_t i, int axis) {
  Arrays parts;
  for (const Arrays &e : elements)
    parts.push_back(e[i]);
  array result = stack(parts, axis);
  result.eval();
  return result;
}

class Mapped : public testing::TestWithParam<Case> {
protected:
  const Sample &sample() const { return *GetParam().sample; }
};

// Each nonempty set of mapped operands gives what the loop gives.
TEST_P(Mapped, MatchesALoop) {
  const std::vector<Arrays> elements = batches(sample(), kBatch);
  const size_t numInputs = elements[0].size();
  auto call = [&](const Arrays &in) { return Arrays{sample().function(in)}; };
  for (unsigned mask = 1; mask < 1u << numInputs; ++mask) {
    Arrays inputs, want;
    std::vector<int> axes;
    for (size_t i = 0; i < numInputs; ++i) {
      const bool mapped = mask >> i & 1;
      // The batch axis is the first one or, in masks with an odd number of bits, the last.
      const int axis = __builtin_popcount(mask) % 2 ? static_cast<int>(elements[0][i].ndim()) : 0;
      inputs.push_back(mapped ? stacked(elements, i, axis) : elements[0][i]);
      axes.push_back(mapped ? axis : -1);
    }
    for (const Arrays &e : elements) {
      Arrays in;
      for (size_t i = 0; i < numInputs; ++i)
        in.push_back(mask >> i & 1 ? e[i] : elements[0][i]);
      want.push_back(computed(sample(), in));
    }
    const int outAxis = mask % 2 ? static_cast<int>(want[0].ndim()) : 0;
    Arrays got = vmap(call, axes, {outAxis})(inputs);
    EXPECT_TRUE(close(got[0], stack(want, outAxis), 1e-12)) << "mapped operands " << mask;
  }
}

// Mapping twice, with operands mapped once, twice or not at all.
TEST_P(Mapped, Nests) {
  const std::vector<Arrays> elements = batches(sample(), 4);
  const size_t numInputs = elements[0].size();
  auto call = [&](const Arrays &in) { return Arrays{sample().function(in)}; };
  for (size_t whole = 0; whole < numInputs; ++whole) {
    // Operand `whole` is mapped by both, the one after it by the outer map, all others by the inner map.
    Arrays inputs;
    std::vector<int> outer, inner;
    auto pick = [&](size_t i, int o, int n) -> const array & {
      return i == whole ? elements[2 * o + n][i] : i == (whole + 1) % numInputs ? elements[o][i] : elements[n][i];
    };
    for (size_t i = 0; i < numInputs; ++i) {
      const bool both = i == whole, outerOnly = !both && i == (whole + 1) % numInputs;
      Arrays parts;
      if (both)
        for (int o : {0, 1})
          parts.push_back(stack({pick(i, o, 0), pick(i, o, 1)}, 0));
      else
        parts = {elements[0][i], elements[1][i]};
      inputs.push_back(stack(parts, 0));
      inputs.back().eval();
      outer.push_back(both || outerOnly ? 0 : -1);
      inner.push_back(both || !outerOnly ? 0 : -1);
    }
    Arrays rows;
    for (int o : {0, 1}) {
      Arrays row;
      for (int n : {0, 1}) {
        Arrays in;
        for (size_t i = 0; i < numInputs; ++i)
          in.push_back(pick(i, o, n));
        row.push_back(computed(sample(), in));
      }
      rows.push_back(stack(row, 0));
    }
    Arrays got = vmap(vmap(call, inner, {0}), outer, {0})(inputs);
    EXPECT_TRUE(close(got[0], stack(rows, 0), 1e-12)) << "operand " << whole;
  }
}

// Gradients per element: vmap over vjp, and vjp over vmap.
TEST_P(Mapped, ComposesWithReverseMode) {
  if (!sample().smooth || sampleDtype(sample()) != float64)
    return;
  const std::vector<Arrays> elements = batches(sample(), kBatch);
  const array value = computed(sample(), elements[0]);
  if (!issubdtype(value.dtype(), floating))
    return;
  auto call = [&](const Arrays &in) { return Arrays{sample().function(in)}; };
  auto gradient = [&](const Arrays &in) {
    return vjp(call, Arrays(in.begin(), in.end() - 1), Arrays{in.back()}).second;
  };
  Arrays inputs, cotangents;
  for (size_t i = 0; i < elements[0].size(); ++i)
    inputs.push_back(stacked(elements, i, 0));
  for (int b = 0; b < kBatch; ++b)
    cotangents.push_back(randomLike({value}, 50 + b)[0]);
  std::vector<Arrays> want(inputs.size());
  for (int b = 0; b < kBatch; ++b) {
    Arrays in = elements[b];
    in.push_back(cotangents[b]);
    Arrays gradients = gradient(in);
    eval(gradients);
    for (size_t i = 0; i < inputs.size(); ++i)
      want[i].push_back(gradients[i]);
  }
  Arrays mapped = inputs;
  mapped.push_back(stack(cotangents, 0));
  Arrays inner = vmap(gradient)(mapped);
  Arrays outer = vjp(vmap(call), inputs, {mapped.back()}).second;
  eval(inner);
  eval(outer);
  for (size_t i = 0; i < inputs.size(); ++i) {
    EXPECT_TRUE(close(inner[i], stack(want[i], 0), 1e-10)) << "vmap of vjp, operand " << i;
    EXPECT_TRUE(close(outer[i], stack(want[i], 0), 1e-10)) << "vjp of vmap, operand " << i;
  }
}

INSTANTIATE_TEST_SUITE_P(Table, Mapped, testing::ValuesIn(smallCases()), caseName);

} // namespace
} // namespace mx::test
