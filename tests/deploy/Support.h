// What the suites of exports share: a folder for files, and comparisons to the bit.
#pragma once

#include "tests/compile/Support.h"

#include <filesystem>
#include <fstream>
#include <iterator>

namespace mx::test {

class Export : public testing::Test {
protected:
  void SetUp() override {
    folder = std::filesystem::temp_directory_path() / ("mx-export-" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder);
  }
  void TearDown() override {
    set_default_device(Device::cpu);
    std::filesystem::remove_all(folder);
  }
  std::string file(const std::string &name = "program") const { return (folder / (name + ".mxe")).string(); }
  std::string bytes(const std::string &name) const {
    std::ifstream in(file(name), std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  ArraysFn exported(const ArraysFn &fun, const Arrays &examples, ExportOptions options = {}) {
    export_kernels(folder.string(), fun, examples, options);
    return import_kernels(file(options.name));
  }

  std::filesystem::path folder;
};

inline void expectSame(const Arrays &a, const Arrays &b) {
  ASSERT_EQ(a.size(), b.size());
  for (size_t i = 0; i < a.size(); ++i) {
    array x = contiguous(a[i]), y = contiguous(b[i]);
    eval(x, y);
    ASSERT_EQ(x.shape(), y.shape()) << i;
    ASSERT_EQ(x.dtype(), y.dtype()) << i;
    EXPECT_EQ(std::memcmp(x.data<char>(), y.data<char>(), x.nbytes()), 0) << "result " << i;
  }
}

template <typename F> std::string messageOf(F f) {
  try {
    f();
  } catch (const Error &e) {
    return e.what();
  }
  return "no error";
}

} // namespace mx::test
