// npy files: bytes equal to NumPy's (2.4, and ml_dtypes for bfloat16), round trips, and refusals.
#include "tests/io/Support.h"

namespace mx::test {
namespace {

/// A version 1.0 file as NumPy writes it: the header text padded with blanks to 117 bytes and a newline.
std::string golden(const std::string &header, const std::string &data) {
  return bytesOf("\x93NUMPY\x01\x00v\x00") + header + std::string(117 - header.size(), ' ') + "\n" + data;
}

/// The same with any header text, unpadded.
std::string npy(const std::string &header, const std::string &data = "") {
  std::string length{static_cast<char>(header.size() & 0xff), static_cast<char>(header.size() >> 8)};
  return bytesOf("\x93NUMPY\x01\x00") + length + header + data;
}

std::string saved(const array &a) {
  auto out = std::make_shared<MemoryWriter>();
  save(out, a);
  EXPECT_EQ(out->finished, 1);
  return out->bytes;
}

array loaded(const std::string &bytes) { return load(std::make_shared<MemoryReader>(bytes)); }

std::string refusal(const std::string &bytes) {
  return fileErrorOf([&] { loaded(bytes); });
}

// Files are byte for byte those NumPy writes.
TEST(Npy, WritesTheBytesOfNumPy) {
  EXPECT_EQ(saved(array({0, 1, 2, 3, 4, 5}, Shape{2, 3})),
            golden("{'descr': '<i4', 'fortran_order': False, 'shape': (2, 3), }",
                   bytesOf("\0\0\0\0\x01\0\0\0\x02\0\0\0\x03\0\0\0\x04\0\0\0\x05\0\0\0")));
  EXPECT_EQ(saved(array({true, false, true})),
            golden("{'descr': '|b1', 'fortran_order': False, 'shape': (3,), }", bytesOf("\x01\0\x01")));
  EXPECT_EQ(saved(array(1.5, float64)), golden("{'descr': '<f8', 'fortran_order': False, 'shape': (), }",
                                               bytesOf("\0\0\0\0\0\0\xf8\x3f")));
  EXPECT_EQ(saved(sample(int8, {0, 3})),
            golden("{'descr': '|i1', 'fortran_order': False, 'shape': (0, 3), }", ""));
  EXPECT_EQ(
      saved(array({complex64_t{1, 2}})),
      golden("{'descr': '<c8', 'fortran_order': False, 'shape': (1,), }", bytesOf("\0\0\x80\x3f\0\0\0\x40")));
  EXPECT_EQ(saved(array({1.0f, -2.0f}, bfloat16)),
            golden("{'descr': '<V2', 'fortran_order': False, 'shape': (2,), }", bytesOf("\x80\x3f\x00\xc0")));
}

// A column-major array is written and read in Fortran order, without moving an element.
TEST(Npy, KeepsFortranOrder) {
  const std::string data = bytesOf("\0\0\0\0\0\0@@\0\0\x80?\0\0\x80@\0\0\0@\0\0\xa0@");
  const std::string file = golden("{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3), }", data);
  const array a = loaded(file);
  EXPECT_EQ(a.shape(), (Shape{2, 3}));
  EXPECT_EQ(a.strides(), (Strides{1, 2}));
  EXPECT_FALSE(a.flags().row_contiguous);
  EXPECT_TRUE(a.flags().col_contiguous);
  EXPECT_EQ(a.data<float>()[a.strides(0)], 3.0f);
  EXPECT_EQ(saved(a), file);
}

// Every dtype and rank comes back with its bytes.
TEST(Npy, RoundTripsEveryDtype) {
  for (Dtype dtype : allDtypes())
    for (const Shape &shape : {Shape{}, Shape{1}, Shape{5}, Shape{2, 3, 4}, Shape{0}, Shape{3, 0, 2}}) {
      const array a = sample(dtype, shape);
      const array b = loaded(saved(a));
      EXPECT_EQ(b.dtype(), dtype);
      EXPECT_EQ(b.shape(), shape);
      EXPECT_EQ(elements(b), elements(a)) << to_string(dtype);
    }
}

// Versions 2.0 and 3.0, long ago's `3L`, any order of keys and other blanks are read.
TEST(Npy, ReadsEveryVersion) {
  const std::string header = "{'descr': '|b1', 'fortran_order': False, 'shape': (3,), }";
  const std::string rest =
      bytesOf("t\0\0\0") + header + std::string(115 - header.size(), ' ') + "\n" + bytesOf("\x01\0\x01");
  EXPECT_EQ(elements(loaded(bytesOf("\x93NUMPY\x02\0") + rest)), bytesOf("\x01\0\x01"));
  EXPECT_EQ(elements(loaded(bytesOf("\x93NUMPY\x03\0") + rest)), bytesOf("\x01\0\x01"));
  EXPECT_EQ(loaded(npy("{\"shape\":(2L,1L),\t'fortran_order':True,'descr':'u1'}\n", "ab")).shape(),
            (Shape{2, 1}));
}

// A header past 64 KiB takes the four-byte length of version 2.0; one past the cap is refused.
TEST(Npy, LongHeaders) {
  const std::string header = "{'descr': 'u1', 'fortran_order': False, 'shape': (1,)}";
  auto withLength = [&](size_t n) {
    std::string length;
    for (int i = 0; i < 4; ++i)
      length += static_cast<char>(n >> 8 * i & 0xff);
    return bytesOf("\x93NUMPY\x02\0") + length + header + std::string(n - header.size(), ' ') + "x";
  };
  EXPECT_EQ(elements(loaded(withLength(100000))), "x");
  EXPECT_EQ(refusal(withLength((1 << 20) + 1)),
            "[load] memory: header of 1048577 bytes; at most 1048576 are read");
}

// Big-endian data arrives in the host's order; the halves of a complex number swap one by one.
TEST(Npy, ReadsBigEndian) {
  const array a =
      loaded(golden("{'descr': '>i2', 'fortran_order': False, 'shape': (2,), }", bytesOf("\0\x01\x01\x02")));
  EXPECT_EQ(a.data<int16_t>()[0], 1);
  EXPECT_EQ(a.data<int16_t>()[1], 258);
  const array c =
      loaded(npy("{'descr': '>c8', 'fortran_order': False, 'shape': ()}", bytesOf("\x3f\x80\0\0\x40\0\0\0")));
  EXPECT_EQ(elements(c), bytesOf("\0\0\x80\x3f\0\0\0\x40"));
}

// Booleans are 0 or 1 whatever byte the file has.
TEST(Npy, NormalisesBooleans) {
  const array a =
      loaded(npy("{'descr': '|b1', 'fortran_order': False, 'shape': (3,)}", bytesOf("\0\x02\xff")));
  EXPECT_EQ(elements(a), bytesOf("\0\x01\x01"));
}

// A stream may hold several arrays, and the position moves past each.
TEST(Npy, StreamsHoldSeveralArrays) {
  auto in = std::make_shared<MemoryReader>(saved(array({1, 2})) + saved(array({3.0f})));
  EXPECT_EQ(load(in).data<int>()[1], 2);
  EXPECT_EQ(load(in).data<float>()[0], 3.0f);
  EXPECT_EQ(fileErrorOf([&] { load(in); }),
            "[load] memory: not an npy file: it does not start with \\x93NUMPY and a version");
}

// What is wrong is named: magic, version, header, dtype, shape, byte count.
TEST(Npy, RefusesDamagedFiles) {
  const std::string good = saved(array({1, 2, 3}, Shape{3, 1}));
  EXPECT_EQ(refusal(good.substr(0, 50)),
            "[load] memory: ends inside the header, which needs 118 bytes from offset 10");
  EXPECT_EQ(refusal(good.substr(0, 139)),
            "[load] memory: shape (3, 1) of int32 needs 12 bytes from offset 128; there are 11");
  EXPECT_EQ(refusal(bytesOf("\x93NUMPY\x04\0v\0")), "[load] memory: npy version 4.0 is unknown");
  EXPECT_EQ(refusal(bytesOf("\x93NUMPY\x02\0v\0")),
            "[load] memory: ends inside the header length, at offset 8");
  EXPECT_EQ(refusal(""), "[load] memory: not an npy file: it does not start with \\x93NUMPY and a version");
  EXPECT_EQ(refusal(npy("{'descr': '<f16', 'fortran_order': False, 'shape': ()}")),
            "[load] memory: dtype '<f16' is not one mx has");
  EXPECT_EQ(refusal(npy("{'descr': '|O', 'fortran_order': False, 'shape': ()}")),
            "[load] memory: dtype '|O' is not one mx has");
  EXPECT_EQ(refusal(npy("{'descr': [('a', '<i4')], 'fortran_order': False, 'shape': ()}")),
            "[load] memory: structured dtypes are not supported");
  EXPECT_EQ(refusal(npy("{'descr': '<i4', 'fortran_order': False}")), "[load] memory: header lacks shape");
  EXPECT_EQ(refusal(npy("{'descr': '<i4', 'descr': '<i4'}")),
            "[load] memory: header key 'descr' appears twice");
  EXPECT_EQ(refusal(npy("{'other': 1}")), "[load] memory: header key 'other' is unknown");
  EXPECT_EQ(refusal(npy("{'descr': '<i4', 'fortran_order': 0, 'shape': ()}")),
            "[load] memory: expected True or False at byte 34 of the header");
  EXPECT_EQ(refusal(npy("{'shape': (-1,), 'descr': '<i4', 'fortran_order': False}")),
            "[load] memory: shape holds something that is no size, at byte 11 of the header");
  EXPECT_EQ(refusal(npy("{'shape': (2147483648,), 'descr': '<i4', 'fortran_order': False}")),
            "[load] memory: axis 0 is longer than 2147483647");
  EXPECT_EQ(refusal(npy("{'shape': (99999999999999999999999,), 'descr': '<i4', 'fortran_order': False}")),
            "[load] memory: axis 0 is longer than 2147483647");
  EXPECT_EQ(refusal(npy("{'descr': '<i4', 'fortran_order': False, 'shape': ()} x")),
            "[load] memory: expected the end at byte 54 of the header");
}

// Sizes whose product wraps to something small are refused before anything is allocated.
TEST(Npy, RefusesOverflowingSizes) {
  EXPECT_EQ(refusal(npy("{'shape': (2147483647, 2147483647, 4), 'descr': '<i4', 'fortran_order': False}")),
            "[load] memory: the number of elements does not fit in 63 bits");
  EXPECT_EQ(
      refusal(npy("{'shape': (1073741824, 1073741824, 4, 4, 0), 'descr': '<i4', 'fortran_order': False}")),
      "[load] memory: the number of elements does not fit in 63 bits");
  EXPECT_EQ(
      refusal(npy("{'shape': (2000000000, 1000000000), 'descr': '<i4', 'fortran_order': False}", "1234")),
      "[load] memory: shape (2000000000, 1000000000) of int32 needs 8000000000000000000 bytes from offset "
      "85; there are 4");
  std::string axes;
  for (int i = 0; i < 65; ++i)
    axes += "1,";
  EXPECT_EQ(refusal(npy("{'shape': (" + axes + "), 'descr': '<i4', 'fortran_order': False}")),
            "[load] memory: more than 64 axes");
}

// A file by name: the extension is appended, nothing may follow the array, and a missing one is named with
// the reason.
TEST(Npy, FilesByName) {
  TempDir dir;
  save(dir.file("a"), array({1, 2, 3}, Shape{3, 1}));
  EXPECT_EQ(dir.names(), std::vector<std::string>{"a.npy"});
  EXPECT_EQ(load(dir.file("a.npy")).data<int>()[2], 3);
  writeAll(dir.file("b.npy"), readAll(dir.file("a.npy")) + "x");
  EXPECT_EQ(fileErrorOf([&] { load(dir.file("b.npy")); }),
            "[load] file " + dir.file("b.npy") +
                ": shape (3, 1) of int32 needs 12 bytes from offset 128; there are 13");
  EXPECT_EQ(fileErrorOf([&] { load(dir.file("none.npy")); }),
            "[load] file " + dir.file("none.npy") + " (No such file or directory): cannot be read");
  EXPECT_EQ(fileErrorOf([&] { load(dir.root.string()); }),
            "[load] file " + dir.root.string() + " (Is a directory): cannot be read");
}

} // namespace
} // namespace mx::test
