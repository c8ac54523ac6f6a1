// Arrays to compute with, and comparison bit by bit.
#pragma once

#include "mx/mx.h"

#include <gtest/gtest.h>

#include <cstring>
#include <vector>

namespace mx::test {

using Arrays = std::vector<array>;

/// Values that differ from place to place, in [-1, 1), the same at every call.
inline array ramp(const Shape &shape, Dtype dtype = float32, float phase = 0) {
  int64_t size = 1;
  for (int n : shape)
    size *= n;
  std::vector<float> values(size);
  for (int64_t i = 0; i < size; ++i)
    values[i] = static_cast<float>((i * 37 + static_cast<int64_t>(phase * 11)) % 64) / 32 - 1;
  array result = astype(array(values.data(), shape, float32), dtype);
  result.eval();
  return result;
}

/// Passes when shapes, dtypes and all bits agree; evaluates.
inline testing::AssertionResult sameBits(const array &got, const array &want) {
  if (got.shape() != want.shape() || got.dtype() != want.dtype())
    return testing::AssertionFailure() << to_string(got.dtype()) << " of rank " << got.ndim() << " and size " << got.size()
                                       << ", want " << to_string(want.dtype()) << " of rank " << want.ndim() << " and size "
                                       << want.size();
  array a = contiguous(got), b = contiguous(want);
  eval(a, b);
  if (std::memcmp(a.data<char>(), b.data<char>(), a.nbytes()) != 0)
    return testing::AssertionFailure() << "bits differ";
  return testing::AssertionSuccess();
}
inline testing::AssertionResult sameBits(const Arrays &got, const Arrays &want) {
  if (got.size() != want.size())
    return testing::AssertionFailure() << got.size() << " arrays, want " << want.size();
  for (size_t i = 0; i < got.size(); ++i)
    if (auto same = sameBits(got[i], want[i]); !same)
      return same << " in array " << i;
  return testing::AssertionSuccess();
}

} // namespace mx::test
