// Arguments that only the call holds: results take their buffers, and nothing that is still visible changes.
#include "mx/mx.h"

#include <gtest/gtest.h>

namespace mx {
namespace {

std::vector<float> elements(const array &a) {
  array rowMajor = contiguous(a);
  rowMajor.eval();
  return {rowMajor.data<float>(), rowMajor.data<float>() + rowMajor.size()};
}

using Floats = std::vector<float>;

TEST(Donation, AResultTakesTheBuffer) {
  auto f = compile([](array x) { return x * array(2.f); });
  array x({1.f, 2.f, 3.f});
  x.eval();
  const void *data = x.data<float>();
  array y = f(std::move(x));
  EXPECT_EQ(y.data<float>(), data);
  EXPECT_EQ(elements(y), (Floats{2, 4, 6}));
}

// An argument that is also a result keeps its buffer.
TEST(Donation, AnArgumentThatIsReturnedIsNotDonated) {
  auto f = compile([](array x) -> std::vector<array> { return {x, x + array(1.f), x}; });
  auto results = f(array({1.f, 2.f, 3.f}));
  EXPECT_EQ(elements(results[0]), (Floats{1, 2, 3}));
  EXPECT_EQ(elements(results[1]), (Floats{2, 3, 4}));
  EXPECT_EQ(elements(results[2]), (Floats{1, 2, 3}));
}

// What is donated is the row-major copy, not the strided array.
TEST(Donation, StridedArgument) {
  auto f = compile([](array x) -> std::vector<array> { return {x, x * array(2.f)}; });
  array x = transpose(array({1.f, 2.f, 3.f, 4.f}, {2, 2}));
  x.eval();
  auto results = f(std::move(x));
  EXPECT_EQ(elements(results[0]), (Floats{1, 3, 2, 4}));
  EXPECT_EQ(elements(results[1]), (Floats{2, 6, 4, 8}));
}

TEST(Donation, ABufferThatAnotherArraySharesIsKept) {
  auto f = compile([](array x) { return x * array(2.f); });
  array base({1.f, 2.f, 3.f, 4.f});
  array view = slice(base, {0}, {2});
  view.eval();
  EXPECT_EQ(elements(f(std::move(view))), (Floats{2, 4}));
  EXPECT_EQ(elements(base), (Floats{1, 2, 3, 4}));
}

TEST(Donation, OneArrayAsTwoArguments) {
  auto f = compile([](array x, array y) -> std::vector<array> { return {x + y, x - y}; });
  array x({1.f, 2.f});
  x.eval();
  auto results = f(x, std::move(x));
  EXPECT_EQ(elements(results[0]), (Floats{2, 4}));
  EXPECT_EQ(elements(results[1]), (Floats{0, 0}));
}

// Elements read where others were written already.
TEST(Donation, ReadersInAnotherOrder) {
  auto f = compile([](array x) { return x * array(2.f) + flip(x, 0); });
  array x = arange(10000.0);
  x.eval();
  const Floats y = elements(f(std::move(x)));
  for (int i = 0; i < 10000; ++i)
    ASSERT_EQ(y[i], i + 9999.f);
}

} // namespace
} // namespace mx
