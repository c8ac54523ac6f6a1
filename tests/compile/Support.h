// Arrays to compute with, comparison bit by bit, dumps, and limits.
#pragma once

#include "mx/mx.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <unistd.h>
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

/// How often `word` stands in `text`.
inline size_t count(const std::string &text, const std::string &word) {
  size_t n = 0;
  for (size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1))
    ++n;
  return n;
}

/// Passes when shapes, dtypes and all bits agree; evaluates.
inline testing::AssertionResult sameBits(const array &got, const array &want) {
  if (got.shape() != want.shape() || got.dtype() != want.dtype())
    return testing::AssertionFailure() << to_string(got.dtype()) << " of rank " << got.ndim() << " and size " << got.size()
                                       << ", want " << to_string(want.dtype()) << " of rank " << want.ndim() << " and size "
                                       << want.size();
  array a = contiguous(got), b = contiguous(want);
  eval(a, b);
  if (a.nbytes() && std::memcmp(a.data<char>(), b.data<char>(), a.nbytes()) != 0)
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

/// Sets MX_DUMP to a fresh folder for a scope.
class DumpFolder {
public:
  DumpFolder() : path(std::filesystem::temp_directory_path() / ("mx-dump-" + std::to_string(getpid()))) {
    std::filesystem::remove_all(path);
    setenv("MX_DUMP", path.c_str(), 1);
  }
  ~DumpFolder() {
    unsetenv("MX_DUMP");
    std::filesystem::remove_all(path);
  }
  /// The dumps of a phase, joined; of programs of one name, if given.
  std::string phase(const std::string &file, const std::string &program = "") const {
    std::stringstream all;
    for (const auto &entry : std::filesystem::recursive_directory_iterator(path))
      if (entry.path().filename() == file && entry.path().parent_path().string().ends_with(program))
        all << std::ifstream(entry.path()).rdbuf();
    return all.str();
  }

private:
  std::filesystem::path path;
};

/// Sets the memory limit for a scope.
class MemoryLimit {
public:
  explicit MemoryLimit(size_t bytes) : former(set_memory_limit(bytes)) {}
  ~MemoryLimit() { set_memory_limit(former); }

private:
  size_t former;
};

} // namespace mx::test
