// Under MX_CHECK=1 an entry of an index array that is out of range throws mx::OutOfRange with op, index, position and
// size, whatever the entry was fused with; programs whose indices are legal are as without it. The variable is set before
// the first program is compiled, which is when it is read.
#include "frontend/include/mx/mx.h"

#include <gtest/gtest.h>

#include <cstdlib>

using namespace mx;

namespace {

[[maybe_unused]] const int environment = ::setenv("MX_CHECK", "1", 1);

using Function = std::function<std::vector<array>(const std::vector<array> &)>;

/// What f says of a bad index: eager, compiled and shapeless agree, or the texts of all.
std::string fault(const Function &f, const std::vector<array> &inputs) {
  std::string said;
  auto attempt = [&](const char *how, const Function &run) {
    std::string text = "nothing thrown";
    try {
      auto results = run(inputs);
      eval(results);
    } catch (const OutOfRange &e) {
      // The kernel's name is of no interest here.
      text = std::string(e.what()).substr(0, std::string(e.what()).find(" (kernel"));
      EXPECT_EQ(e.code(), ErrorCode::out_of_range);
      EXPECT_EQ("[" + e.op() + "]", text.substr(0, e.op().size() + 2));
    }
    if (said.empty())
      said = text;
    else if (said != text)
      said += std::string(" | ") + how + ": " + text;
  };
  attempt("eager", f);
  attempt("compiled", compile(f));
  attempt("shapeless", compile(f, /*shapeless=*/true));
  return said;
}

#define EXPECT_FAULT(body, inputs, text)                                                                               \
  EXPECT_EQ(fault([&](const std::vector<array> &in) -> std::vector<array> { return {body}; }, std::vector<array> inputs), text) << #body

const array table = reshape(arange(35, float32), {7, 5});

TEST(CheckedIndices, EveryOpThatReadsIndices) {
  EXPECT_FAULT(take(in[0], in[1], 0), ({table, array({0, 7, 3})}), "[gather] index 7 at position 1 is out of range for size 7");
  EXPECT_FAULT(take(in[0], in[1], 1), ({table, array({0, -6}, {2, 1})}), "[gather] index -6 at position 1 is out of range for size 5");
  EXPECT_FAULT(take(in[0], in[1]), ({table, array({34, 35})}), "[gather] index 35 at position 1 is out of range for size 35");
  EXPECT_FAULT(take_along_axis(in[0], in[1], 1), ({table, full({7, 2}, array(-6))}), "[take_along_axis] index -6 at position 0 is out of range for size 5");
  // A window has to fit: the last of 5 columns where one of 2 starts is 3.
  EXPECT_FAULT(gather(in[0], in[1], 1, {7, 2}), ({table, array({3, 4})}), "[gather] index 4 at position 1 is out of range for size 4");
  EXPECT_FAULT(slice(in[0], in[1], {0}, {3, 5}), ({table, array({5})}), "[gather] index 5 at position 0 is out of range for size 5");
  EXPECT_FAULT(slice_update(in[0], zeros({3, 5}), in[1], {0}), ({table, array({5})}), "[scatter] index 5 at position 0 is out of range for size 5");
  EXPECT_FAULT(scatter_add(in[0], in[1], ones({3, 1, 5}), 0), ({table, array({0, 0, 9})}), "[scatter] index 9 at position 2 is out of range for size 7");
  EXPECT_FAULT(put_along_axis(in[0], in[1], array(1.0f), 0), ({table, full({2, 5}, array(7))}), "[put_along_axis] index 7 at position 0 is out of range for size 7");
  EXPECT_FAULT(nn::cross_entropy(in[0], in[1]), ({table, array({0, 1, 2, 3, 4, 5, 0})}),
               "[take_along_axis] index 5 at position 5 is out of range for size 5");
}

TEST(CheckedIndices, EveryDtypeOfIndices) {
  for (Dtype dtype : {int8, int16, int32, int64, uint8, uint16, uint32, uint64}) {
    EXPECT_FAULT(take(in[0], in[1], 0), ({table, astype(array({6, 0, 100}), dtype)}), "[gather] index 100 at position 2 is out of range for size 7");
    EXPECT_FAULT(scatter_add(in[0], in[1], ones({2, 1, 5}), 0), ({table, astype(array({7, 0}), dtype)}), "[scatter] index 7 at position 0 is out of range for size 7");
  }
  EXPECT_FAULT(take(in[0], in[1], 0), ({table, array({int64_t(1) << 62})}), "[gather] index 4611686018427387904 at position 0 is out of range for size 7");
}

// One bad entry among many, wherever lanes, tails and threads put it, and however the gather is fused.
TEST(CheckedIndices, FusedIntoEveryKindOfKernel) {
  const array wide = reshape(arange(300 * 40, float32), {300, 40});
  for (int bad : {0, 15, 16, 998, 1000}) {
    std::vector<int> entries(1001);
    for (int i = 0; i < 1001; ++i)
      entries[i] = i == bad ? 300 : i % 300 - (i % 3 == 0 ? 300 : 0);
    const array indices(entries.begin(), {1001});
    const std::string text = "[gather] index 300 at position " + std::to_string(bad) + " is out of range for size 300";
    EXPECT_FAULT(exp(take(in[0], in[1], 0)) * 2.0f, ({wide, indices}), text);
    EXPECT_FAULT(softmax(take(in[0], in[1], 0), -1), ({wide, indices}), text);
    EXPECT_FAULT(sum(take(in[0], in[1], 0)), ({wide, indices}), text);
    EXPECT_FAULT(take(flatten(in[0]), in[1]) + 1.0f, ({slice(wide, {0, 0}, {300, 1}), indices}), text);
    EXPECT_FAULT(matmul(take(in[0], in[1], 0), in[2]), ({wide, indices, ones({40, 33})}), text);
    EXPECT_FAULT(matmul(in[2], transpose(take(in[0], in[1], 0))) + 1.0f, ({wide, indices, ones({33, 40})}), text);
    EXPECT_FAULT(matmul(in[2], in[3]) + take(in[0], in[1], 0), ({wide, indices, ones({1001, 17}), ones({17, 40})}), text);
    EXPECT_FAULT(cumsum(take(in[0], in[1], 0), 0), ({wide, indices}), text);
    EXPECT_FAULT(argmax(take(in[0], in[1], 0), 1), ({wide, indices}), text);
  }
  // Computed indices fail with the value that was computed.
  EXPECT_FAULT(take(in[0], in[1] + in[1], 0), ({table, array({1, 4})}), "[gather] index 8 at position 1 is out of range for size 7");
}

TEST(CheckedIndices, LegalIndicesAreFree) {
  for (int n : {1, 7, 16, 33, 1001}) {
    const array x = reshape(arange(n * 3, float32), {n, 3});
    const array backwards = arange(-1, -n - 1, -1, int32);
    auto reversed = take(x, backwards, 0);
    EXPECT_TRUE(array_equal(reversed, slice(x, {n - 1, 0}, {-n - 1, 3}, {-1, 1})).item<bool>()) << n;
    EXPECT_TRUE(array_equal(matmul(reversed, eye(3)), reversed).item<bool>()) << n;
    // What surrounds the gather is of other sizes: positions outside it hold no index.
    EXPECT_EQ(sum(pad(reversed, {{3, 5}, {1, 2}})).item<float>(), sum(x).item<float>()) << n;
    EXPECT_EQ(sum(concatenate({reversed, zeros({2, 3}), reversed}, 0)).item<float>(), sum(x).item<float>() * 2) << n;
    EXPECT_TRUE(array_equal(scatter(zeros({n, 3}), backwards, expand_dims(x, 1), 0), reversed).item<bool>()) << n;
  }
  // As many values as places: those after the last place need none.
  const array mask({true, false, true, false, false});
  EXPECT_TRUE(array_equal(masked_scatter(zeros({5}), mask, array({1.0f, 2.0f})), array({1.0f, 0.0f, 2.0f, 0.0f, 0.0f})).item<bool>());
}

TEST(CheckedIndices, GradientsOfWhatFailsFail) {
  auto loss = [](const std::vector<array> &in) { return sum(square(take(in[0], in[1], 0))); };
  EXPECT_FAULT(grad(loss)(in)[0], ({table, array({2, 9})}), "[gather] index 9 at position 1 is out of range for size 7");
}

TEST(CheckedIndices, TheNextEvaluationIsRight) {
  array indices({1, 2});
  array good = take(table, indices, 0), bad = take(table, array({1, 70}), 0);
  EXPECT_THROW(eval(good, bad), OutOfRange);
  EXPECT_THROW(bad.eval(), OutOfRange) << "a failed array fails again";
  EXPECT_EQ(sum(good).item<float>(), 5 + 6 + 7 + 8 + 9 + 10 + 11 + 12 + 13 + 14);
  EXPECT_EQ(sum(table).item<float>(), 34 * 35 / 2) << "inputs of what failed are as they were";
  // A compiled function that was given its argument for good.
  auto step = compile([](const std::vector<array> &in) -> std::vector<array> { return {in[0] + take(in[0], in[1], 0)}; });
  std::vector<array> given{table + 0.0f, array({0, 1, 2, 3, 4, 5, 7})};
  eval(given);
  EXPECT_THROW(step(std::move(given)), OutOfRange);
  EXPECT_EQ(sum(step({table, array({0, 1, 2, 3, 4, 5, -1})})[0]).item<float>(), 34 * 35);
}

/// Makes the GPU the default as long as it lives.
struct OnGpu {
  OnGpu() { set_default_device(Device::gpu); }
  ~OnGpu() { set_default_device(Device::cpu); }
};

TEST(CheckedIndices, OnTheGpu) {
  if (!is_available(Device::gpu))
    GTEST_SKIP() << std::get<std::string>(device_info(Device::gpu).at("reason"));
  const OnGpu scope;
  const array wide = reshape(arange(300 * 40, float32), {300, 40});
  for (int bad : {0, 4, 1000}) {
    std::vector<int> entries(1001);
    for (int i = 0; i < 1001; ++i)
      entries[i] = i == bad ? 300 : i % 300 - (i % 3 == 0 ? 300 : 0);
    const array indices(entries.begin(), {1001});
    const std::string text = "[gather] index 300 at position " + std::to_string(bad) + " is out of range for size 300";
    EXPECT_FAULT(exp(take(in[0], in[1], 0)) * 2.0f, ({wide, indices}), text);
    EXPECT_FAULT(take(flatten(in[0]), in[1]) + 1.0f, ({slice(wide, {0, 0}, {300, 1}), indices}), text);
    EXPECT_FAULT(softmax(take(in[0], in[1], 0), -1), ({wide, indices}), text);
    EXPECT_FAULT(matmul(take(in[0], in[1], 0), in[2]), ({wide, indices, ones({40, 33})}), text);
    EXPECT_FAULT(cumsum(take(in[0], in[1], 0), 0), ({wide, indices}), text);
    EXPECT_FAULT(argmax(take(in[0], in[1], 0), 1), ({wide, indices}), text);
  }
  EXPECT_FAULT(scatter_add(in[0], in[1], ones({3, 1, 5}), 0), ({table, array({0, 0, 9})}), "[scatter] index 9 at position 2 is out of range for size 7");
  EXPECT_FAULT(take_along_axis(in[0], in[1], 1), ({table, expand_dims(array({0, 1, 2, 3, 4, -6, 0}), 1)}),
               "[take_along_axis] index -6 at position 5 is out of range for size 5");
  // What 32 bits do not hold is the nearest they do.
  EXPECT_FAULT(take(in[0], in[1], 0), ({table, array({int64_t(1) << 62})}), "[gather] index 2147483647 at position 0 is out of range for size 7");
  EXPECT_EQ(sum(take(table, array({-1, 6}), 0)).item<float>(), 2 * (30 + 31 + 32 + 33 + 34));
}

} // namespace
