// Wrong calls: the type of the exception and its exact text.
#include "frontend/include/mx/mx.h"
#include "tests/Advice.h"

#include <gtest/gtest.h>

#include <limits>

using namespace mx;

namespace {

const array f = zeros({2, 3}), i = zeros({2, 3}, int32), b = zeros({2, 3}, bool_), c = zeros({4, 5, 6});

struct WrongCall {
  const char *call;
  std::function<void()> run;
  const char *text;
};

#define CALL(expression, text) WrongCall{#expression, [] { expression; }, text}

/// Runs wrong calls that all throw `Type`.
template <typename Type, typename Base> void expectErrors(const std::vector<WrongCall> &calls) {
  for (const WrongCall &wrong : calls) {
    SCOPED_TRACE(wrong.call);
    try {
      wrong.run();
      ADD_FAILURE() << "threw nothing";
    } catch (const Base &e) {
      EXPECT_TRUE(test::says(e.what(), wrong.text));
      EXPECT_NE(dynamic_cast<const Type *>(&e), nullptr);
    }
  }
}

TEST(OpErrors, ShapesDtypesAndAxes) {
  expectErrors<InvalidArgument, std::invalid_argument>({
      CALL(f + c, "[add] shapes (2, 3) and (4, 5, 6) cannot be broadcast; sizes, counted from the last axis, are equal or 1"),
      CALL(b - b, "[subtract] bool has no difference; use logical_xor"),
      CALL(-b, "[negative] bool has no negative; use logical_not"),
      CALL(f & f, "[bitwise_and] needs integers or bool, got float32 and float32 (float32 together); convert with astype"),
      CALL(exp(zeros({2}, complex64)), "[exp] complex64 is a storage type: exp takes real operands; convert with astype"),
      CALL(clip(f), "[clip] has neither a_min nor a_max; give one of them, or both"),
      CALL(view(zeros({3}, uint8), int32),
           "[view] cannot view (3) of uint8 as int32: rows of 3 bytes do not divide into elements of 4"),
      CALL(reshape(f, {4, 2}), "[reshape] cannot reshape (2, 3) to (4, 2): 6 elements to 8; the product of the sizes stays the same"),
      CALL(reshape(f, {-1, 4}), "[reshape] cannot reshape (2, 3) to (-1, 4): 6 elements do not divide by 4; the product of the sizes stays the same"),
      CALL(reshape(f, {-1, -1}), "[reshape] only one size may be -1, got (-1, -1); write out the others"),
      CALL(reshape(zeros({0}), {-1, 0}), "[reshape] cannot reshape (0) to (-1, 0): 0 elements do not divide by 0; the product of the sizes stays the same"),
      CALL(reshape(f, {-2, 3}), "[reshape] cannot reshape (2, 3) to (-2, 3); sizes are 0 or more, and one may be -1"),
      CALL(unflatten(f, 1, {2, 2}), "[unflatten] axis 1 of size 3 does not split into (2, 2); their product is the size"),
      CALL(flatten(c, 2, 1), "[flatten] start_axis 2 is after end_axis 1; give the lower one first"),
      CALL(squeeze(f, 0), "[squeeze] axis 0 has size 2, not 1; reduce it, or take one entry"),
      CALL(expand_dims(f, {0, 0}), "[expand_dims] axis 0 occurs twice; name each once"),
      CALL(expand_dims(f, 3), "[expand_dims] axis 3 is out of range for an array with 3 dimensions; axes are -3 to 2"),
      CALL(transpose(f, {0, 0}), "[transpose] axis 0 occurs twice; name each once"),
      CALL(transpose(f, {0}), "[transpose] needs one entry per axis of (2, 3), got 1"),
      CALL(swapaxes(f, 0, 2), "[swapaxes] axis 2 is out of range for an array with 2 dimensions; axes are -2 to 1"),
      CALL(broadcast_to(f, {3, 3}), "[broadcast_to] cannot broadcast (2, 3) to (3, 3); sizes, counted from the last axis, are equal or 1"),
      CALL(broadcast_arrays({f, c}), "[broadcast_shapes] shapes (2, 3) and (4, 5, 6) cannot be broadcast; sizes, counted from the last axis, are equal or 1"),
      CALL(as_strided(f, {4}, {2}, 0), "[as_strided] elements 0 to 6 are out of range for 6"),
      CALL(diagonal(zeros({3})), "[diagonal] needs two axes or more, got shape (3); add axes with expand_dims"),
      CALL(slice(f, {0, 0}, {1, 1}, {1, 0}), "[slice] stride 0 at axis 1; a negative one walks backwards, 1 takes all"),
      CALL(slice(f, {0}, {1}), "[slice] needs one start, stop and stride per axis of (2, 3), got 1, 1 and 2"),
      CALL(slice(c, array({1, 2, 3}), {0, 1}, {1, 1, 1}), "[slice] start has shape (3) for 2 axes"),
      CALL(split(f, 2, 1), "[split] size 3 of axis 1 does not divide into 2 equal parts; give the places to split at instead"),
      CALL(split(f, 0), "[split] size 2 of axis 0 does not divide into 0 equal parts; give the places to split at instead"),
      CALL(roll(f, Shape{1, 2}, std::vector<int>{0}), "[roll] needs one shift per axis, got 2 for 1 axes"),
      CALL(concatenate({}, 0), "[concatenate] needs at least one array; the list is empty"),
      CALL(concatenate({f, c}, 0), "[concatenate] shapes differ outside axis 0: (2, 3) and (4, 5, 6); slice, pad or transpose one"),
      CALL(stack({f, c}), "[stack] shapes differ: (2, 3) and (4, 5, 6); concatenate joins along an axis of different sizes"),
      CALL(repeat(f, -1, 0), "[repeat] repeats is negative: -1; it is 0 or more"),
      CALL(tile(f, {-1}), "[tile] repetition -1 is negative; it is 0 or more"),
      CALL(pad(f, -1), "[pad] width -1 is negative; it is 0 or more"),
      CALL(pad(f, 1, array(0), "reflect"), "[pad] mode 'reflect' is neither constant nor edge; give one of them"),
      CALL(pad(f, 1, zeros({2})), "[pad] pad_value is a scalar, got shape (2); pad each part with its own"),
      CALL(pad(zeros({0}), 1, array(0), "edge"), "[pad] axis 0 is empty: it has no edge; pad with a constant"),
      CALL(arange(0.0, std::numeric_limits<double>::infinity()), "[arange] the length is no finite number; give finite bounds and a step other than 0"),
      CALL(arange(0, 1, 0), "[arange] the length is no finite number; give finite bounds and a step other than 0"),
      CALL(arange(3, bool_), "[arange] bool does not count; use an integer or a real dtype"),
      CALL(linspace(0, 1, -1), "[linspace] num is negative: -1; it counts the points"),
      CALL(zeros({-1}), "[full] negative size in shape (-1); sizes are 0 or more"),
      CALL(eye(-1), "[eye] negative size in shape (-1, -1); sizes are 0 or more"),
      CALL(tril(zeros({3})), "[tril] needs two axes or more, got shape (3); add axes with expand_dims"),
      CALL(diag(c), "[diag] needs one or two axes, got shape (4, 5, 6)"),
      CALL(meshgrid({f}), "[meshgrid] needs 1-d arrays, got shape (2, 3); flatten it first"),
      CALL(meshgrid({}, false, "yx"), "[meshgrid] indexing 'yx' is neither xy nor ij; give one of them"),
      CALL(sum(f, 3), "[sum] axis 3 is out of range for an array with 2 dimensions; axes are -2 to 1"),
      CALL(mean(f, {0, -2}), "[mean] axis -2 occurs twice; name each once"),
      CALL(max(zeros({0, 2}), 0), "[max] axis 0 of (0, 2) is empty: there is no such element; reduce axes that have entries"),
      CALL(argmax(zeros({0})), "[argmax] axis 0 of (0) is empty: there is no such element; reduce axes that have entries"),
      CALL(sum(zeros({2}, complex64)), "[sum] complex64 is a storage type: sum takes real operands; convert with astype"),
      CALL(cumsum(f, 2), "[cumsum] axis 2 is out of range for an array with 2 dimensions; axes are -2 to 1"),
      CALL(diff(f, -1), "[diff] n is negative: -1; it is 0 or more"),
      CALL(take(f, zeros({2}), 0), "[gather] indices are integers, got float32; convert with astype"),
      CALL(take(zeros({0}), zeros({1}, int32), 0), "[take] axis 0 of (0) is empty: nothing to take; take from an axis that has entries"),
      CALL(take_along_axis(f, zeros({2}, int32), 0), "[take_along_axis] indices have the rank of the operand: (2) for (2, 3)"),
      CALL(gather(f, zeros({2}, int32), 0, {1, 4}), "[gather] a window of (1, 4) does not fit into (2, 3)"),
      CALL(masked_scatter(f, i, f), "[masked_scatter] the mask is bool, got int32; convert with astype"),
      CALL(masked_scatter(f, zeros({3}, bool_), f), "[masked_scatter] the mask has shape (3), which does not begin (2, 3)"),
      CALL(slice_update(f, zeros({5}), {0, 0}, {2, 3}), "[broadcast_to] cannot broadcast (5) to (2, 3); sizes, counted from the last axis, are equal or 1"),
      CALL(matmul(zeros({4, 8}), zeros({7, 3})), "[matmul] inner sizes differ: (4, 8) @ (7, 3); transpose or reshape one so that the columns of the first are as many as the rows of the second"),
      CALL(matmul(zeros({4}), zeros({7, 3})), "[matmul] inner sizes differ: (4) @ (7, 3); transpose or reshape one so that the columns of the first are as many as the rows of the second"),
      CALL(matmul(array(1.0), f), "[matmul] a scalar has no axis to contract: () @ (2, 3); multiply with *"),
      CALL(matmul(i, transpose(i)), "[matmul] needs floating point, got int32 and int32; convert with astype"),
      CALL(tensordot(f, f, 1), "[tensordot] axis 1 of (2, 3) and axis 0 of (2, 3) differ; name axes of equal sizes"),
      CALL(tensordot(f, c, 3), "[tensordot] cannot contract 3 axes of (2, 3) @ (4, 5, 6)"),
      CALL(inner(f, c), "[inner] last sizes differ: (2, 3) and (4, 5, 6); transpose or reshape one"),
      CALL(trace(zeros({3})), "[trace] needs two axes or more, got shape (3); add axes with expand_dims"),
      CALL(normalize_axis_index(2, 2, "[mine] "), "[mine] axis 2 is out of range for an array with 2 dimensions; axes are -2 to 1"),
  });
}

TEST(OpErrors, IndicesOfTheUsersAreChecked) {
  expectErrors<OutOfRange, std::out_of_range>({
      CALL(take(f, 2, 0), "[take] index 2 is out of range for axis 0 of size 2; indices are -2 to 1"),
      CALL(take(f, -7), "[take] index -7 is out of range for axis 0 of size 6; indices are -6 to 5"),
      CALL(f.shape(2), "[shape] axis 2 is out of range for an array with 2 dimensions; axes are -2 to 1"),
  });
}

TEST(OpErrors, SizesPastTheLimits) {
  expectErrors<Overflow, std::overflow_error>({
      CALL(zeros({2147483647, 2147483647, 2147483647}),
           "[broadcast_to] (2147483647, 2147483647, 2147483647) has more than 2^62 elements; split the work into smaller arrays"),
      CALL(concatenate({zeros({2147483647}, int8), zeros({1}, int8)}, 0),
           "[concatenate] size 2147483648 is above 2147483647: (2147483648); split the work into smaller arrays"),
      CALL(flatten(zeros({65536, 65536})), "[flatten] (65536, 65536) has too many elements for one axis; split the work into smaller arrays"),
      CALL(arange(1e10), "[arange] the result has too many elements; split the work into smaller arrays"),
      CALL(tile(f, {2147483647}), "[tile] axis 1 has too many elements; split the work into smaller arrays"),
      CALL(pad(zeros({2147483647}), 1), "[pad] axis 0 has too many elements; split the work into smaller arrays"),
      CALL(kron(zeros({65536}), zeros({65536})), "[kron] the result has too many elements; split the work into smaller arrays"),
      CALL(zeros({2147483647, 1, 1}) + zeros({1, 2147483647, 1}) + zeros({1, 1, 2147483647}),
           "[add] the result's shape (2147483647, 2147483647, 1) has too many elements; split the work into smaller arrays"),
  });
}

TEST(OpErrors, CarryOpShapesAndCode) {
  try {
    matmul(zeros({4, 8}), zeros({7, 3}));
    FAIL();
  } catch (const Error &e) {
    EXPECT_EQ(e.op(), "matmul");
    EXPECT_EQ(e.code(), ErrorCode::invalid_argument);
    EXPECT_EQ(e.shapes(), (std::vector<Shape>{{4, 8}, {7, 3}}));
  }
  EXPECT_THROW(matmul(zeros({4, 8}), zeros({7, 3})), std::exception);
}

} // namespace
