// Shapes and dtypes of what the ops return, before anything is evaluated. One line per case.
#include "frontend/include/mx/mx.h"

#include <gtest/gtest.h>

using namespace mx;

namespace {

#define EXPECT_TYPE(expression, dims, type)                                                                            \
  do {                                                                                                                 \
    const array result = (expression);                                                                                 \
    EXPECT_EQ(result.shape(), (Shape dims)) << #expression << " is " << result.shape();                                \
    EXPECT_EQ(result.dtype(), type) << #expression << " is " << result.dtype();                                        \
  } while (false)
#define S(...) {__VA_ARGS__}

const array f = zeros({2, 3}), i = zeros({2, 3}, int32), h = zeros({3}, float16), b = zeros({2, 3}, bool_), c = zeros({4, 5, 6});

TEST(OpShapes, Elementwise) {
  EXPECT_TYPE(f + 1, S(2, 3), float32);
  EXPECT_TYPE(i + 1, S(2, 3), int32);
  EXPECT_TYPE(i + 1.5, S(2, 3), float32);
  EXPECT_TYPE(h + 2.0, S(3), float32); // scalars are arrays: no weak promotion
  EXPECT_TYPE(h * float16_t(2), S(3), float16);
  EXPECT_TYPE(f + h, S(2, 3), float32);
  EXPECT_TYPE(i / i, S(2, 3), float32);
  EXPECT_TYPE(2 / i, S(2, 3), float32);
  EXPECT_TYPE(floor_divide(i, i), S(2, 3), int32);
  EXPECT_TYPE(exp(i), S(2, 3), float32);
  EXPECT_TYPE(exp(h), S(3), float16);
  EXPECT_TYPE(f < 1, S(2, 3), bool_);
  EXPECT_TYPE(f && i, S(2, 3), bool_);
  EXPECT_TYPE(~b, S(2, 3), bool_);
  EXPECT_TYPE(i << array(1), S(2, 3), int32);
  EXPECT_TYPE(b & i, S(2, 3), int32);
  EXPECT_TYPE(where(b, i, h), S(2, 3), float16);
  EXPECT_TYPE(clip(i, array(0), std::nullopt), S(2, 3), int32);
  EXPECT_TYPE(round(h, 2), S(3), float16);
  EXPECT_TYPE(round(i, -1), S(2, 3), int32);
  EXPECT_TYPE(degrees(i), S(2, 3), float32);
  EXPECT_TYPE(astype(f, int8), S(2, 3), int8);
  EXPECT_TYPE(view(f, uint16), S(2, 6), uint16);
  EXPECT_TYPE(isnan(i), S(2, 3), bool_);
  EXPECT_TYPE(nan_to_num(h), S(3), float16);
  EXPECT_TYPE(isclose(i, f), S(2, 3), bool_);
  EXPECT_TYPE(allclose(i, f), S(), bool_);
  EXPECT_TYPE(array_equal(i, h), S(), bool_);
  EXPECT_TYPE(real(zeros({2, 3}, complex64)), S(2, 3), float32);
  EXPECT_TYPE(conjugate(zeros({}, complex64)), S(), complex64);
  EXPECT_TYPE(imag(i), S(2, 3), int32);
  EXPECT_EQ(divmod(f, i).size(), 2u);
  EXPECT_TYPE(zeros({0, 3}) + h, S(0, 3), float32);
}

TEST(OpShapes, IdentitiesReturnTheirArgument) {
  EXPECT_EQ(astype(f, float32).id(), f.id());
  EXPECT_EQ(reshape(f, {2, -1}).id(), f.id());
  EXPECT_EQ(transpose(h).id(), h.id());
  EXPECT_EQ(broadcast_to(f, {2, 3}).id(), f.id());
  EXPECT_EQ(slice(f, {0, 0}, {9, 9}).id(), f.id());
  EXPECT_EQ(flip(zeros({1})).shape(), (Shape{1}));
  EXPECT_EQ(pad(f, 0).id(), f.id());
  EXPECT_EQ(concatenate({f}, 0).id(), f.id());
}

TEST(OpShapes, Views) {
  EXPECT_TYPE(reshape(c, {-1, 10}), S(12, 10), float32);
  EXPECT_TYPE(reshape(zeros({0, 3}), {3, 0}), S(3, 0), float32);
  EXPECT_TYPE(unflatten(c, 2, {2, -1}), S(4, 5, 2, 3), float32);
  EXPECT_TYPE(flatten(c), S(120), float32);
  EXPECT_TYPE(flatten(c, 1), S(4, 30), float32);
  EXPECT_TYPE(flatten(c, -3, -2), S(20, 6), float32);
  EXPECT_TYPE(flatten(array(1)), S(1), int32);
  EXPECT_TYPE(squeeze(zeros({1, 2, 1})), S(2), float32);
  EXPECT_TYPE(squeeze(zeros({1, 2, 1}), -1), S(1, 2), float32);
  EXPECT_TYPE(expand_dims(f, {0, -1}), S(1, 2, 3, 1), float32);
  EXPECT_TYPE(expand_dims(f, -2), S(2, 1, 3), float32);
  EXPECT_TYPE(atleast_3d(f), S(2, 3, 1), float32);
  EXPECT_TYPE(atleast_2d(h), S(1, 3), float16);
  EXPECT_TYPE(transpose(c), S(6, 5, 4), float32);
  EXPECT_TYPE(transpose(c, {1, 2, -3}), S(5, 6, 4), float32);
  EXPECT_TYPE(swapaxes(c, 0, -1), S(6, 5, 4), float32);
  EXPECT_TYPE(moveaxis(c, 0, 2), S(5, 6, 4), float32);
  EXPECT_TYPE(moveaxis(c, -1, 0), S(6, 4, 5), float32);
  EXPECT_TYPE(broadcast_to(h, {2, 1, 3}), S(2, 1, 3), float16);
  EXPECT_TYPE(as_strided(f, {2, 2}, {1, 1}, 3), S(2, 2), float32);
  EXPECT_TYPE(diagonal(c, 1), S(6, 4), float32);
  EXPECT_TYPE(diagonal(c, -9), S(6, 0), float32);
  EXPECT_TYPE(diagonal(c, 0, -1, 0), S(5, 4), float32);
}

TEST(OpShapes, Slices) {
  EXPECT_TYPE(slice(c, {1, 0, 2}, {3, 5, 6}), S(2, 5, 4), float32);
  EXPECT_TYPE(slice(c, {0, 0, 0}, {4, 5, 6}, {2, 3, 4}), S(2, 2, 2), float32);
  EXPECT_TYPE(slice(c, {-1, 0, 0}, {-5, 5, 6}, {-1, 1, 1}), S(4, 5, 6), float32);
  EXPECT_TYPE(slice(c, {3, 0, 0}, {0, 5, 6}, {-2, 1, 1}), S(2, 5, 6), float32);
  EXPECT_TYPE(slice(c, {-2, 0, 0}, {100, 5, 6}), S(2, 5, 6), float32);
  EXPECT_TYPE(slice(c, {4, 0, 0}, {4, 5, 6}), S(0, 5, 6), float32);
  EXPECT_TYPE(slice(c, array({1, 2}), {0, 2}, {2, 5, 3}), S(2, 5, 3), float32);
  EXPECT_TYPE(flip(c, {0, 2}), S(4, 5, 6), float32);
  EXPECT_TYPE(roll(c, 3), S(4, 5, 6), float32);
  EXPECT_TYPE(roll(c, -1, {0, 1}), S(4, 5, 6), float32);
  const std::vector<array> halves = split(c, 2, 2), parts = split(c, Shape{1, 3}, 0);
  ASSERT_EQ(halves.size(), 2u);
  EXPECT_TYPE(halves[1], S(4, 5, 3), float32);
  ASSERT_EQ(parts.size(), 3u);
  EXPECT_TYPE(parts[0], S(1, 5, 6), float32);
  EXPECT_TYPE(parts[1], S(2, 5, 6), float32);
  EXPECT_TYPE(parts[2], S(1, 5, 6), float32);
  ASSERT_EQ(unstack(c, 1).size(), 5u);
  EXPECT_TYPE(unstack(c, 1)[4], S(4, 6), float32);
}

TEST(OpShapes, Joins) {
  EXPECT_TYPE(concatenate({f, i}, 1), S(2, 6), float32);
  EXPECT_TYPE(concatenate({f, h}), S(9), float32);
  EXPECT_TYPE(stack({f, i}, -1), S(2, 3, 2), float32);
  EXPECT_TYPE(repeat(f, 3, 1), S(2, 9), float32);
  EXPECT_TYPE(repeat(f, 2), S(12), float32);
  EXPECT_TYPE(repeat(f, 0, 0), S(0, 3), float32);
  EXPECT_TYPE(tile(h, {2, 2}), S(2, 6), float16);
  EXPECT_TYPE(tile(f, {2}), S(2, 6), float32);
  EXPECT_TYPE(tile(f, {1, 0}), S(2, 0), float32);
  EXPECT_TYPE(pad(f, 1), S(4, 5), float32);
  EXPECT_TYPE(pad(i, {{0, 1}, {2, 0}}, array(1.5)), S(3, 5), int32);
  EXPECT_TYPE(pad(f, {-1}, Shape{1}, Shape{2}, array(0), "edge"), S(2, 6), float32);
  const std::vector<array> grid = meshgrid({zeros({2}), zeros({3}), zeros({4})});
  EXPECT_TYPE(grid[2], S(3, 2, 4), float32);
  EXPECT_TYPE(meshgrid({zeros({2}), zeros({3})}, true, "ij")[0], S(2, 1), float32);
}

TEST(OpShapes, Creation) {
  EXPECT_TYPE(arange(5), S(5), int32);
  EXPECT_TYPE(arange(5.0), S(5), float32);
  EXPECT_TYPE(arange(1, 10, 3), S(3), int32);
  EXPECT_TYPE(arange(5, 0, -2), S(3), int32);
  EXPECT_TYPE(arange(0.0, 1.0, 0.3, float16), S(4), float16);
  EXPECT_TYPE(arange(3, 1), S(0), int32);
  EXPECT_TYPE(linspace(0, 1), S(50), float32);
  EXPECT_TYPE(linspace(0, 1, 7, false, float16), S(7), float16);
  EXPECT_TYPE(linspace(0, 1, 0), S(0), float32);
  EXPECT_TYPE(full({2, 3}, 7), S(2, 3), int32);
  EXPECT_TYPE(full({2, 3}, h), S(2, 3), float16);
  EXPECT_TYPE(full({2}, 1.5, int8), S(2), int8);
  EXPECT_TYPE(full_like(h, 2), S(3), float16);
  EXPECT_TYPE(ones({}), S(), float32);
  EXPECT_TYPE(zeros_like(i), S(2, 3), int32);
  EXPECT_TYPE(ones_like(i, uint8), S(2, 3), uint8);
  EXPECT_TYPE(eye(3), S(3, 3), float32);
  EXPECT_TYPE(eye(3, 4, 1, bool_), S(3, 4), bool_);
  EXPECT_TYPE(identity(2, int32), S(2, 2), int32);
  EXPECT_TYPE(tri(3, 4, -1, float32), S(3, 4), float32);
  EXPECT_TYPE(tril(c, 1), S(4, 5, 6), float32);
  EXPECT_TYPE(triu(i), S(2, 3), int32);
  EXPECT_TYPE(diag(h, -2), S(5, 5), float16);
  EXPECT_TYPE(diag(f, 1), S(2), float32);
  EXPECT_TYPE(hanning(5), S(5), float32);
  EXPECT_TYPE(bartlett(1), S(1), float32);
  EXPECT_TYPE(blackman(0), S(0), float32);
}

TEST(OpShapes, Reductions) {
  EXPECT_TYPE(sum(c), S(), float32);
  EXPECT_TYPE(sum(c, true), S(1, 1, 1), float32);
  EXPECT_TYPE(sum(c, 1), S(4, 6), float32);
  EXPECT_TYPE(sum(c, {0, -1}, true), S(1, 5, 1), float32);
  EXPECT_TYPE(sum(b), S(), int32);
  EXPECT_TYPE(sum(zeros({2}, uint8)), S(), uint32);
  EXPECT_TYPE(sum(b, std::vector<int>{}), S(2, 3), int32);
  EXPECT_TYPE(prod(zeros({2}, int64)), S(), int64);
  EXPECT_TYPE(max(h), S(), float16);
  EXPECT_TYPE(all(c, {1, 2}), S(4), bool_);
  EXPECT_TYPE(any(i, -1, true), S(2, 1), bool_);
  EXPECT_TYPE(mean(i), S(), float32);
  EXPECT_TYPE(mean(h), S(), float16);
  EXPECT_TYPE(var(c, 0, true), S(1, 5, 6), float32);
  EXPECT_TYPE(mx::std(h, false, 1), S(), float16);
  EXPECT_TYPE(logsumexp(c, {0, 1}), S(6), float32);
  EXPECT_TYPE(count_nonzero(f, 0), S(3), int32);
  EXPECT_TYPE(argmax(c), S(), uint32);
  EXPECT_TYPE(argmax(c, true), S(1, 1, 1), uint32);
  EXPECT_TYPE(argmin(c, 1), S(4, 6), uint32);
  EXPECT_TYPE(argmin(c, -1, true), S(4, 5, 1), uint32);
  EXPECT_TYPE(softmax(i, -1), S(2, 3), float32);
  EXPECT_TYPE(softmax(h), S(3), float16);
  EXPECT_TYPE(softmax(zeros({0, 4}), 1), S(0, 4), float32);
  EXPECT_TYPE(sum(zeros({0, 4}), 0), S(4), float32);
  EXPECT_TYPE(number_of_elements(c, {0, 1}, false), S(), int32);
  EXPECT_EQ(number_of_elements(c, {0, -1}, false).item<int>(), 24);
  EXPECT_EQ(number_of_elements(c, {0}, true, float32).item<float>(), 0.25f);
}

TEST(OpShapes, Scans) {
  EXPECT_TYPE(cumsum(c), S(120), float32);
  EXPECT_TYPE(cumsum(b, 1), S(2, 3), int32);
  EXPECT_TYPE(cumsum(i, 0, true, false, float16), S(2, 3), float16);
  EXPECT_TYPE(cumprod(i, -1), S(2, 3), int32);
  EXPECT_TYPE(cummax(h, 0, true), S(3), float16);
  EXPECT_TYPE(cummin(c), S(120), float32);
  EXPECT_TYPE(logcumsumexp(i, 1), S(2, 3), float32);
  EXPECT_TYPE(logcumsumexp(h, 0, true, false), S(3), float16);
  EXPECT_TYPE(diff(c, 2), S(4, 5, 4), float32);
  EXPECT_TYPE(diff(b, 1, 0), S(1, 3), bool_);
  EXPECT_TYPE(diff(f, 9, 0), S(0, 3), float32);
}

TEST(OpShapes, Indexing) {
  const array at = zeros({7, 2}, uint8), one = zeros({}, int64);
  EXPECT_TYPE(take(c, at, 1), S(4, 7, 2, 6), float32);
  EXPECT_TYPE(take(c, at, -1), S(4, 5, 7, 2), float32);
  EXPECT_TYPE(take(c, one, 0), S(5, 6), float32);
  EXPECT_TYPE(take(c, at), S(7, 2), float32);
  EXPECT_TYPE(take(c, -1, 2), S(4, 5), float32);
  EXPECT_TYPE(take(c, 119), S(), float32);
  EXPECT_TYPE(take(zeros({0, 3}), zeros({2, 0}, int32), 0), S(2, 0, 3), float32);
  EXPECT_TYPE(take_along_axis(c, zeros({4, 2, 6}, int32), 1), S(4, 2, 6), float32);
  EXPECT_TYPE(take_along_axis(c, zeros({1, 2, 1}, int32), 1), S(4, 2, 6), float32);
  EXPECT_TYPE(put_along_axis(c, zeros({4, 2, 6}, int32), array(1), 1), S(4, 5, 6), float32);
  EXPECT_TYPE(scatter_add_axis(h, zeros({5}, int32), zeros({5}), 0), S(3), float16);
  EXPECT_TYPE(gather(c, {at, zeros({2}, int32)}, {0, 2}, {1, 5, 2}), S(7, 2, 1, 5, 2), float32);
  EXPECT_TYPE(gather(c, one, 0, {2, 5, 6}), S(2, 5, 6), float32);
  EXPECT_TYPE(scatter(c, std::vector{zeros({3}, int32)}, zeros({3, 1, 5, 6}), std::vector{0}), S(4, 5, 6), float32);
  EXPECT_TYPE(scatter_add(i, zeros({5}, uint32), zeros({5, 2, 1}), 1), S(2, 3), int32);
  EXPECT_TYPE(masked_scatter(c, zeros({4, 5}, bool_), zeros({120})), S(4, 5, 6), float32);
  EXPECT_TYPE(slice_update(c, zeros({6}), {0, 1, 0}, {4, 3, 6}), S(4, 5, 6), float32);
  EXPECT_TYPE(slice_update_add(i, array(1.5), {0, 0}, {2, 3}, {1, 2}), S(2, 3), int32);
  EXPECT_TYPE(slice_update(c, zeros({2, 5, 1}), array({1, 2}), {0, 2}), S(4, 5, 6), float32);
  EXPECT_EQ(slice_update(c, array(1), {0, 0, 0}, {0, 5, 6}).id(), c.id());
}

TEST(OpShapes, Products) {
  EXPECT_TYPE(matmul(f, zeros({3, 4})), S(2, 4), float32);
  EXPECT_TYPE(matmul(f, h), S(2), float32);
  EXPECT_TYPE(matmul(h, h), S(), float16);
  EXPECT_TYPE(matmul(h, zeros({5, 3, 2})), S(5, 2), float32);
  EXPECT_TYPE(matmul(zeros({7, 1, 2, 3}), zeros({5, 3, 4})), S(7, 5, 2, 4), float32);
  EXPECT_TYPE(addmm(h, zeros({4, 2}, float16), zeros({2, 3}, float16), 2, 3), S(4, 3), float16);
  EXPECT_TYPE(addmm(array(1.0), f, zeros({3, 4}), 1, 0), S(2, 4), float32);
  EXPECT_TYPE(tensordot(c, zeros({5, 6, 7})), S(4, 7), float32);
  EXPECT_TYPE(tensordot(c, c, {0, 1, 2}, {0, 1, 2}), S(), float32);
  EXPECT_TYPE(tensordot(f, h, 0), S(2, 3, 3), float32);
  EXPECT_TYPE(outer(i, h), S(6, 3), float16);
  EXPECT_TYPE(inner(f, h), S(2), float32);
  EXPECT_TYPE(inner(i, array(2)), S(2, 3), int32);
  EXPECT_TYPE(vecdot(f, h), S(2), float32);
  EXPECT_TYPE(kron(f, h), S(2, 9), float32);
  EXPECT_TYPE(trace(c), S(6), float32);
  EXPECT_TYPE(trace(b), S(), int32);
  EXPECT_TYPE(gather_mm(c, zeros({3, 6, 2}), std::nullopt, zeros({4}, int32)), S(4, 5, 2), float32);
}

} // namespace
