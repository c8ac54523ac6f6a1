// Streams in memory and a directory that goes away: what the tests of array files share.
#pragma once

#include "mx/array.h"
#include "mx/io.h"

#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdlib.h>
#include <string>
#include <vector>

namespace mx::test {

/// Bytes in memory as a Reader. A read past the end throws std::out_of_range, which no parser should provoke.
class MemoryReader : public io::Reader {
public:
  explicit MemoryReader(std::string bytes) : bytes(std::move(bytes)) {}
  bool is_open() const override { return true; }
  bool good() const override { return true; }
  size_t tell() override { return position; }
  void seek(int64_t off, std::ios_base::seekdir way) override {
    position = off + (way == std::ios_base::beg ? 0 : way == std::ios_base::end ? bytes.size() : position);
  }
  void read(char *data, size_t n) override {
    read(data, n, position);
    position += n;
  }
  void read(char *data, size_t n, size_t offset) override {
    if (offset > bytes.size() || n > bytes.size() - offset)
      throw std::out_of_range("read past the end");
    if (n)
      std::memcpy(data, bytes.data() + offset, n);
  }
  std::string label() const override { return "memory"; }

private:
  std::string bytes;
  size_t position = 0;
};

/// Collects what is written.
class MemoryWriter : public io::Writer {
public:
  bool is_open() const override { return true; }
  bool good() const override { return true; }
  size_t tell() override { return bytes.size(); }
  void seek(int64_t, std::ios_base::seekdir) override {}
  void write(const char *data, size_t n) override { bytes.append(data, n); }
  std::string label() const override { return "memory"; }
  void finish() override { ++finished; }

  std::string bytes;
  int finished = 0;
};

/// A directory of its own for one test.
class TempDir {
public:
  TempDir() {
    std::string name = (std::filesystem::temp_directory_path() / "mx-io-XXXXXX").string();
    root = ::mkdtemp(name.data());
  }
  ~TempDir() {
    std::error_code ignored;
    std::filesystem::permissions(root, std::filesystem::perms::owner_all, ignored);
    std::filesystem::remove_all(root, ignored);
  }
  std::string file(const std::string &name) const { return (root / name).string(); }
  /// Names of all files, hidden ones too.
  std::vector<std::string> names() const {
    std::vector<std::string> result;
    for (const auto &entry : std::filesystem::directory_iterator(root))
      result.push_back(entry.path().filename().string());
    std::sort(result.begin(), result.end());
    return result;
  }
  std::filesystem::path root;
};

inline std::string readAll(const std::string &path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}
inline void writeAll(const std::string &path, const std::string &bytes) {
  std::ofstream(path, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

/// A literal with zero bytes inside.
template <size_t N> std::string bytesOf(const char (&text)[N]) { return std::string(text, N - 1); }

/// The elements of a row-major array, as they lie in memory.
inline std::string elements(const array &a) { return std::string(a.data<char>(), a.nbytes()); }

/// What `f` throws as FileError says, without the advice it ends in; fails when it throws anything else or nothing.
template <typename F> std::string fileErrorOf(F f) {
  try {
    f();
  } catch (const FileError &e) {
    EXPECT_EQ(e.code(), ErrorCode::file);
    const std::string text = e.what(), advice = "; " + e.hint();
    EXPECT_TRUE(text.ends_with(advice)) << text;
    return text.substr(0, text.size() - advice.size());
  } catch (const std::exception &e) {
    ADD_FAILURE() << "not a FileError: " << e.what();
    return {};
  }
  ADD_FAILURE() << "nothing thrown";
  return {};
}

/// An array of `count` elements whose bytes count up from `seed` (booleans alternate).
inline array sample(Dtype dtype, const Shape &shape, int seed = 1) {
  size_t count = 1;
  for (int32_t d : shape)
    count *= d;
  const size_t bytes = count * dtype.size();
  char *data = static_cast<char *>(::malloc(bytes + 1));
  for (size_t i = 0; i < bytes; ++i)
    data[i] = static_cast<char>(dtype == bool_ ? (i + seed) % 2 : i * 7 + seed);
  return array(data, shape, dtype, [](void *p) { ::free(p); });
}

inline const std::vector<Dtype> &allDtypes() {
  static const std::vector<Dtype> all{bool_, uint8, uint16,  uint32,  uint64,  int8,     int16,
                                      int32, int64, float16, float32, float64, bfloat16, complex64};
  return all;
}

} // namespace mx::test
