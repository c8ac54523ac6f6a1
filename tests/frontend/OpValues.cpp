// Values of functions that are made of other functions, or that arrange elements: small cases worked by hand.
#include "frontend/include/mx/mx.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <sstream>

using namespace mx;

namespace {

constexpr float kInf = std::numeric_limits<float>::infinity(), kNan = std::numeric_limits<float>::quiet_NaN();

/// The elements as text: `1 2 3`.
std::string elements(array a) {
  a = flatten(astype(a, a.dtype() == float64 ? float64 : issubdtype(a.dtype(), inexact) ? float32 : int64));
  a.eval();
  std::ostringstream os;
  for (size_t i = 0; i < a.size(); ++i) {
    os << (i ? " " : "");
    if (a.dtype() == int64)
      os << a.data<int64_t>()[i];
    else
      get_global_formatter().print(os, a.dtype() == float32 ? a.data<float>()[i] : a.data<double>()[i]);
  }
  return os.str();
}

#define EXPECT_ELEMENTS(expression, text) EXPECT_EQ(elements(expression), text) << #expression

const array six({0, 1, 2, 3, 4, 5}, {2, 3});

TEST(OpValues, Creation) {
  EXPECT_ELEMENTS(arange(1, 10, 3), "1 4 7");
  EXPECT_ELEMENTS(arange(5, 0, -2), "5 3 1");
  EXPECT_ELEMENTS(arange(0.0, 1.0, 0.25), "0 0.25 0.5 0.75");
  EXPECT_ELEMENTS(slice(arange(3000, float16), {2998}, {3000}), "2998 3000"); // 2999 lies between two values of float16
  EXPECT_ELEMENTS(linspace(1, 2, 5), "1 1.25 1.5 1.75 2");
  EXPECT_ELEMENTS(linspace(1, 2, 4, false), "1 1.25 1.5 1.75");
  EXPECT_ELEMENTS(linspace(3, 9, 1), "3");
  EXPECT_ELEMENTS(full({2, 2}, array({1, 2})), "1 2 1 2");
  EXPECT_ELEMENTS(eye(2, 3, 1), "0 1 0 0 0 1");
  EXPECT_ELEMENTS(eye(2, 3, -1), "0 0 0 1 0 0");
  EXPECT_ELEMENTS(tri(3, 3, 0, int32), "1 0 0 1 1 0 1 1 1");
  EXPECT_ELEMENTS(tri(2, 3, 1, int32), "1 1 0 1 1 1");
  EXPECT_ELEMENTS(tril(six), "0 0 0 3 4 0");
  EXPECT_ELEMENTS(triu(six), "0 1 2 0 4 5");
  EXPECT_ELEMENTS(triu(six, 1), "0 1 2 0 0 5");
  EXPECT_ELEMENTS(diag(array({1, 2}), 1), "0 1 0 0 0 2 0 0 0");
  EXPECT_ELEMENTS(diag(array({1, 2}), -1), "0 0 0 1 0 0 0 2 0");
  EXPECT_ELEMENTS(diag(six, 1), "1 5");
  const std::vector<array> grid = meshgrid({array({1, 2}), array({3, 4, 5})});
  EXPECT_ELEMENTS(grid[0], "1 2 1 2 1 2");
  EXPECT_ELEMENTS(grid[1], "3 3 4 4 5 5");
  EXPECT_ELEMENTS(round(hanning(5), 4), "0 0.5 1 0.5 0");
  EXPECT_ELEMENTS(round(hamming(5), 4), "0.08 0.54 1 0.54 0.08");
  EXPECT_ELEMENTS(round(add(blackman(5), array(1.0)), 4), "1 1.34 2 1.34 1");
  EXPECT_ELEMENTS(bartlett(5), "0 0.5 1 0.5 0");
}

TEST(OpValues, Slices) {
  const array a = arange(6);
  EXPECT_ELEMENTS(slice(a, {1}, {-1}), "1 2 3 4");
  EXPECT_ELEMENTS(slice(a, {-2}, {100}), "4 5");
  EXPECT_ELEMENTS(slice(a, {0}, {6}, {4}), "0 4");
  EXPECT_ELEMENTS(slice(a, {-1}, {-7}, {-1}), "5 4 3 2 1 0");
  EXPECT_ELEMENTS(slice(a, {4}, {0}, {-2}), "4 2");
  EXPECT_ELEMENTS(slice(a, {100}, {2}, {-1}), "5 4 3");
  EXPECT_ELEMENTS(slice(six, array({1}), {1}, {2, 2}), "1 2 4 5");
  EXPECT_ELEMENTS(flip(six, 1), "2 1 0 5 4 3");
  EXPECT_ELEMENTS(flip(six), "5 4 3 2 1 0");
  EXPECT_ELEMENTS(split(a, Shape{1, 4})[1], "1 2 3");
  EXPECT_ELEMENTS(split(a, 3)[2], "4 5");
  EXPECT_ELEMENTS(unstack(six, 1)[1], "1 4");
  EXPECT_ELEMENTS(roll(a, 2), "4 5 0 1 2 3");
  EXPECT_ELEMENTS(roll(six, -1, 1), "1 2 0 4 5 3");
  EXPECT_ELEMENTS(roll(six, Shape{1, 1}, std::vector<int>{0, 1}), "5 3 4 2 0 1");
  EXPECT_ELEMENTS(roll(six, 7), "5 0 1 2 3 4");
}

TEST(OpValues, AxesAndJoins) {
  EXPECT_ELEMENTS(transpose(six), "0 3 1 4 2 5");
  const array cube = reshape(arange(8), {2, 2, 2});
  EXPECT_ELEMENTS(moveaxis(cube, 0, 2), "0 4 1 5 2 6 3 7");
  EXPECT_ELEMENTS(moveaxis(cube, 2, 0), "0 2 4 6 1 3 5 7");
  EXPECT_ELEMENTS(swapaxes(cube, 0, 2), "0 4 2 6 1 5 3 7");
  EXPECT_ELEMENTS(diagonal(six, -1), "3");
  EXPECT_ELEMENTS(diagonal(cube, 0, 0, 2), "0 5 2 7");
  EXPECT_ELEMENTS(as_strided(six, {2, 2}, {1, 2}, 1), "1 3 2 4");
  EXPECT_ELEMENTS(concatenate({six, six}, 1), "0 1 2 0 1 2 3 4 5 3 4 5");
  EXPECT_ELEMENTS(stack({array({1, 2}), array({3, 4})}, 1), "1 3 2 4");
  EXPECT_ELEMENTS(repeat(array({1, 2}), 2), "1 1 2 2");
  EXPECT_ELEMENTS(repeat(six, 2, 0), "0 1 2 0 1 2 3 4 5 3 4 5");
  EXPECT_ELEMENTS(tile(array({1, 2}), {2, 2}), "1 2 1 2 1 2 1 2");
  EXPECT_ELEMENTS(tile(six, {1, 2}), "0 1 2 0 1 2 3 4 5 3 4 5");
  EXPECT_ELEMENTS(pad(array({1, 2}), {1, 2}, array(9)), "9 1 2 9 9");
  EXPECT_ELEMENTS(pad(six, {1}, Shape{1}, Shape{1}, array(0), "edge"), "0 0 1 2 2 3 3 4 5 5");
  EXPECT_ELEMENTS(pad(array({1, 2}), 1, array(0), "edge"), "1 1 2 2");
}

TEST(OpValues, Reductions) {
  EXPECT_ELEMENTS(sum(six, 0), "3 5 7");
  EXPECT_ELEMENTS(mean(six, 1), "1 4");
  EXPECT_ELEMENTS(mean(zeros({0})), "nan");
  EXPECT_ELEMENTS(mean(full({100000}, 1, float16)), "1"); // the sum is past what float16 holds
  EXPECT_ELEMENTS(var(array({1.f, 2.f, 3.f, 4.f})), "1.25");
  EXPECT_ELEMENTS(var(array({1e4f, 1e4f + 1}), false, 1), "0.5");
  EXPECT_ELEMENTS(mx::std(array({1.f, 3.f})), "1");
  EXPECT_ELEMENTS(var(array({1.f}), false, 1), "nan");
  EXPECT_ELEMENTS(count_nonzero(array({0.f, 0.5f, kNan})), "2");
  EXPECT_ELEMENTS(argmax(six), "5");
  EXPECT_ELEMENTS(argmin(array({2, 1, 1})), "1");
  EXPECT_ELEMENTS(argmax(array({2.f, kNan, 3.f})), "1");
  EXPECT_ELEMENTS(logsumexp(array({1000.f, 1000.f})), "1000.69");
  EXPECT_ELEMENTS(logsumexp(array({-kInf, -kInf})), "-inf");
  EXPECT_ELEMENTS(softmax(array({0.f, 0.f, -kInf})), "0.5 0.5 0");
}

TEST(OpValues, Scans) {
  EXPECT_ELEMENTS(cumsum(array({1, 2, 3})), "1 3 6");
  EXPECT_ELEMENTS(cumsum(array({1, 2, 3}), 0, true, true), "6 5 3");
  EXPECT_ELEMENTS(cumsum(array({1, 2, 3}), 0, false, false), "0 1 3");
  EXPECT_ELEMENTS(cumprod(six, 1), "0 0 0 3 12 60");
  EXPECT_ELEMENTS(logcumsumexp(array({0.f, 0.f, -kInf, 1000.f})), "0 0.693147 0.693147 1000");
  EXPECT_ELEMENTS(logcumsumexp(array({0.f, 0.f, 0.f}), true), "1.09861 0.693147 0");
  EXPECT_ELEMENTS(logcumsumexp(array({0.f, 0.f, 0.f}), 0, false, false), "-inf 0 0.693147");
  EXPECT_ELEMENTS(diff(array({1, 4, 9, 16}), 2), "2 2");
  EXPECT_ELEMENTS(diff(array({true, false, false})), "1 0");
}

TEST(OpValues, Indexing) {
  EXPECT_ELEMENTS(take(six, array({2, 0}), 1), "2 0 5 3");
  EXPECT_ELEMENTS(take(six, array({-1}), 0), "3 4 5");
  EXPECT_ELEMENTS(take(six, array({100, -100}), 1), "2 0 5 3"); // out of range reads clamped
  EXPECT_ELEMENTS(take(six, array({1, 4}, uint8)), "1 4");
  EXPECT_ELEMENTS(take(six, -1, 1), "2 5");
  EXPECT_ELEMENTS(take(reshape(arange(8), {2, 2, 2}), array({1, 0, 1, 1}, {2, 2}), 1), "2 3 0 1 2 3 2 3 6 7 4 5 6 7 6 7");
  EXPECT_ELEMENTS(take_along_axis(six, array({2, 1}, {2, 1}), 1), "2 4");
  EXPECT_ELEMENTS(put_along_axis(six, array({2, 1}, {2, 1}), array(9), 1), "0 1 9 3 9 5");
  EXPECT_ELEMENTS(scatter_add_axis(six, array({0, 0}, {1, 2}), array({1, 2}, {1, 2}), 1), "3 1 2 6 4 5");
  EXPECT_ELEMENTS(gather(six, {array({0, 1}), array({2, 0})}, {0, 1}, {1, 1}), "2 3");
  EXPECT_ELEMENTS(scatter(six, array({1}), array({7, 8, 9}, {1, 1, 3}), 0), "0 1 2 7 8 9");
  EXPECT_ELEMENTS(scatter_add(six, array({1, 1, 9}), full({3, 2, 1}, 1), 1), "0 3 2 3 6 5"); // 9 is dropped
  EXPECT_ELEMENTS(scatter_max(six, array({0}), full({1, 1, 3}, 1), 0), "1 1 2 3 4 5");
  EXPECT_ELEMENTS(masked_scatter(six, array({true, false, true, false, true, false}, {2, 3}), array({7, 8, 9})), "7 1 8 3 9 5");
  EXPECT_ELEMENTS(masked_scatter(six, array({false, true}), array({7, 8, 9})), "0 1 2 7 8 9");
  EXPECT_ELEMENTS(slice_update(six, array(9), {0, 1}, {2, 3}), "0 9 9 3 9 9");
  EXPECT_ELEMENTS(slice_update_add(six, array({1, 2}), {0, 0}, {2, 3}, {1, 2}), "1 1 4 4 4 7");
  EXPECT_ELEMENTS(slice_update(six, array({7, 8}, {2, 1}), array({2}), {1}), "0 1 7 3 4 8");
}

TEST(OpValues, Products) {
  const array f = astype(six, float32);
  EXPECT_ELEMENTS(matmul(f, transpose(f)), "5 14 14 50");
  EXPECT_ELEMENTS(matmul(f, array({1.f, 0.f, 1.f})), "2 8");
  EXPECT_ELEMENTS(matmul(array({1.f, 1.f}), f), "3 5 7");
  EXPECT_ELEMENTS(matmul(array({1.f, 2.f}), array({3.f, 4.f})), "11");
  EXPECT_ELEMENTS(addmm(array(1.0), f, transpose(f), 2, 3), "13 31 31 103");
  EXPECT_ELEMENTS(tensordot(f, f, {0}, {0}), "9 12 15 12 17 22 15 22 29");
  EXPECT_ELEMENTS(tensordot(f, f), "55");
  EXPECT_ELEMENTS(outer(array({1, 2}), array({3, 4})), "3 4 6 8");
  EXPECT_ELEMENTS(inner(f, array({1.f, 1.f, 1.f})), "3 12");
  EXPECT_ELEMENTS(vecdot(six, six), "5 50");
  EXPECT_ELEMENTS(kron(array({1, 2}), array({1, 0, 0, 1}, {2, 2})), "1 0 2 0 0 1 0 2");
  EXPECT_ELEMENTS(trace(six), "4");
  const array pair = reshape(arange(8.0), {2, 2, 2});
  EXPECT_ELEMENTS(gather_mm(pair, eye(2), array({1, 0})), "4 5 6 7 0 1 2 3");
}

TEST(OpValues, ElementwiseComposites) {
  EXPECT_ELEMENTS(clip(six, array(1), array(3)), "1 1 2 3 3 3");
  EXPECT_ELEMENTS(round(array({1.25f, -2.5f, 3.14159f}), 1), "1.2 -2.5 3.1");
  EXPECT_ELEMENTS(round(array({149, 151}), -2), "100 200");
  EXPECT_ELEMENTS(degrees(array(float(M_PI))), "180");
  EXPECT_ELEMENTS(isfinite(array({1.f, kInf, kNan})), "1 0 0");
  EXPECT_ELEMENTS(isneginf(array({-kInf, kInf})), "1 0");
  EXPECT_ELEMENTS(isinf(six), "0 0 0 0 0 0");
  EXPECT_ELEMENTS(nan_to_num(array({kNan, kInf, -kInf, 1.f}), 5, 6, 7), "5 6 7 1");
  EXPECT_ELEMENTS(isclose(array({1.f, kInf, kNan, kInf, 1.f}), array({1.000001f, kInf, kNan, -kInf, kInf})), "1 1 0 0 0");
  EXPECT_ELEMENTS(isclose(array({kNan}), array({kNan}), 0, 0, true), "1");
  EXPECT_ELEMENTS(allclose(six, six), "1");
  EXPECT_ELEMENTS(array_equal(array({kNan}), array({kNan})), "0");
  EXPECT_ELEMENTS(array_equal(array({kNan}), array({kNan}), true), "1");
  EXPECT_ELEMENTS(divmod(array({7, -7}), array(2))[0], "3 -4");
  EXPECT_ELEMENTS(divmod(array({7, -7}), array(2))[1], "1 1");
  const std::complex<float> z(1, 2);
  EXPECT_ELEMENTS(imag(array({z, z})), "2 2");
  EXPECT_ELEMENTS(imag(conjugate(array(z))), "-2");
}

TEST(OpValues, AMillionNodesEvaluateWithoutRecursion) {
  array x({0.f, 5.f});
  const array step({1.f, 0.f});
  for (int i = 0; i < 1'000'000; ++i)
    x = x + step;
  EXPECT_ELEMENTS(x, "1e+06 5");
}

TEST(OpValues, IterationEvaluatesRows) {
  std::string rows;
  for (array row : six)
    rows += elements(row) + ";";
  EXPECT_EQ(rows, "0 1 2;3 4 5;");
}

TEST(OpValues, PrintingEvaluates) {
  std::ostringstream os;
  os << exp(zeros({2, 2})) << transpose(six);
  EXPECT_EQ(os.str(), "array([[1, 1],\n       [1, 1]], dtype=float32)"
                      "array([[0, 3],\n       [1, 4],\n       [2, 5]], dtype=int32)");
}

} // namespace
