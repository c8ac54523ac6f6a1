// Errors say what to do: every wrong call of the table ends its message in advice, which hint() holds alone.
#include "frontend/include/mx/mx.h"

#include <gtest/gtest.h>

#include <fstream>

using namespace mx;

namespace {

const array f = zeros({2, 3}), i = zeros({2, 3}, int32), b = zeros({2, 3}, bool_), c = zeros({4, 5, 6});

struct WrongCall {
  const char *call;
  std::function<void()> run;
};
#define CALL(...) WrongCall{#__VA_ARGS__, [] { __VA_ARGS__; }}

class Hints : public testing::TestWithParam<WrongCall> {};

TEST_P(Hints, MessageEndsInWhatToDo) {
  try {
    GetParam().run();
    FAIL() << "threw nothing: " << GetParam().call;
  } catch (const Error &e) {
    const std::string message = e.what();
    ASSERT_FALSE(e.hint().empty()) << message;
    EXPECT_TRUE(message.ends_with("; " + e.hint())) << message << "\n" << e.hint();
    EXPECT_FALSE(e.op().empty()) << message;
  }
}

std::string brokenFile() {
  const std::string path = testing::TempDir() + "mx-hints.npy";
  std::ofstream(path) << "no array; but this";
  return path;
}

// The memory limit is put back.
void noMemory() {
  const size_t before = set_memory_limit(1 << 20);
  struct Back {
    size_t limit;
    ~Back() { set_memory_limit(limit); }
  } back{before};
  eval(random::normal({1 << 20}));
}

INSTANTIATE_TEST_SUITE_P(
    Shapes, Hints,
    testing::Values(CALL(f + c), CALL(reshape(f, {4, 2})), CALL(reshape(f, {-1, -1})), CALL(reshape(f, {-1, 4})), CALL(squeeze(f, 0)),
                    CALL(broadcast_to(f, {3, 3})), CALL(concatenate({f, c}, 0)), CALL(concatenate({}, 0)), CALL(stack({f, c})),
                    CALL(matmul(f, f)), CALL(matmul(array(1.0f), f)), CALL(inner(f, c)), CALL(zeros({-1})), CALL(array({1, 2, 3}, {2, 2})),
                    CALL(f.item<float>()), CALL(tril(zeros({3}))), CALL(max(zeros({0, 2}), 0)), CALL(tile(f, {-1})), CALL(pad(f, -1)),
                    CALL(slice(f, {0, 0}, {1, 1}, {1, 0})), CALL(clip(f)), CALL(split(f, 2, 1)), CALL(flatten(c, 2, 1)), CALL(unflatten(f, 1, {2, 2})), CALL(tensordot(f, f, 1))));
INSTANTIATE_TEST_SUITE_P(Axes, Hints,
                         testing::Values(CALL(sum(f, 3)), CALL(mean(f, {0, -2})), CALL(transpose(f, {0, 0})), CALL(f.shape(2)),
                                         CALL(sum(array(1.0f), 0)), CALL(take(f, 2, 0)), CALL(take(zeros({0}), zeros({1}, int32), 0))));
INSTANTIATE_TEST_SUITE_P(Dtypes, Hints,
                         testing::Values(CALL(f & f), CALL(b - b), CALL(-b), CALL(exp(zeros({2}, complex64))), CALL(matmul(i, transpose(i))),
                                         CALL(take(f, zeros({2}), 0)), CALL(masked_scatter(f, i, f)), CALL(finfo{int32}), CALL(iinfo{float32}),
                                         CALL(random::normal({2}, int32)), CALL(random::bits({2}, 3))));
INSTANTIATE_TEST_SUITE_P(
    Functions, Hints,
    testing::Values(CALL(grad([](const array &x) { return x * 2.0f; })(f)),
                    CALL(grad([](const std::vector<array> &x) { return sum(x[0]); }, 3)({f})),
                    CALL(grad([](const std::vector<array> &x) { return sum(x[0]); }, std::vector<int>{})),
                    CALL(compile([](array x) { eval(x); return x; })(f)), CALL(vmap(ArraysFn([](const std::vector<array> &x) { return x; }), {-1}, {0})), CALL(vjp(ArraysFn([](const std::vector<array> &x) { return x; }), {f}, {}))));
INSTANTIATE_TEST_SUITE_P(Machine, Hints,
                         testing::Values(CALL(load("/no/such/folder/a.npy")), CALL(load(brokenFile())), CALL(save("/no/such/folder/a.npy", f)),
                                         CALL(load_safetensors("/no/such.safetensors")), CALL(set_default_device(Device(Device::gpu, 99))),
                                         CALL(set_default_stream(Stream(12345, Device(Device::cpu)))), CALL(noMemory()),
                                         CALL(zeros({2147483647, 2147483647, 2147483647})), CALL(arange(1e10))));

} // namespace
