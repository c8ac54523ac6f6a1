// safetensors files: bytes equal to the format's own implementation (safetensors 0.8), round trips, and
// refusals.
#include "tests/io/Support.h"

namespace mx::test {
namespace {

using Arrays = std::unordered_map<std::string, array>;
using Metadata = std::unordered_map<std::string, std::string>;

std::string file(const std::string &header, const std::string &data = "") {
  std::string length;
  for (int i = 0; i < 8; ++i)
    length += static_cast<char>(header.size() >> 8 * i & 0xff);
  return length + header + data;
}

std::string saved(const Arrays &arrays, const Metadata &metadata = {}) {
  auto out = std::make_shared<MemoryWriter>();
  save_safetensors(out, arrays, metadata);
  EXPECT_EQ(out->finished, 1);
  return out->bytes;
}

SafetensorsLoad loaded(const std::string &bytes) {
  return load_safetensors(std::make_shared<MemoryReader>(bytes));
}

/// The message after `[load_safetensors] memory: `.
std::string refusal(const std::string &bytes) {
  const std::string prefix = "[load_safetensors] memory: ";
  const std::string text = fileErrorOf([&] { loaded(bytes); });
  EXPECT_EQ(text.substr(0, prefix.size()), prefix);
  return text.substr(std::min(text.size(), prefix.size()));
}

/// A header with one tensor of the given description.
std::string tensor(const std::string &description, const std::string &data = "") {
  return file("{\"w\":{" + description + "}}", data);
}

// Files are byte for byte those of the reference implementation: widest dtype first, padded header, empty and
// scalar tensors, metadata.
TEST(Safetensors, WritesTheBytesOfTheReference) {
  EXPECT_EQ(saved({{"w", array({0.0f, 1.0f, 2.0f, 3.0f}, Shape{2, 2})},
                   {"b", array({1, 2}, int8)},
                   {"a", array(uint64_t{7})},
                   {"z", sample(float16, {0, 2})}},
                  {{"k", "v\xc3\xa9"}}),
            file("{\"__metadata__\":{\"k\":\"v\xc3\xa9\"},\"a\":{\"dtype\":\"U64\",\"shape\":[],\"data_"
                 "offsets\":[0,8]},"
                 "\"w\":{\"dtype\":\"F32\",\"shape\":[2,2],\"data_offsets\":[8,24]},"
                 "\"z\":{\"dtype\":\"F16\",\"shape\":[0,2],\"data_offsets\":[24,24]},"
                 "\"b\":{\"dtype\":\"I8\",\"shape\":[2],\"data_offsets\":[24,26]}} ",
                 bytesOf("\x07\0\0\0\0\0\0\0\0\0\0\0\0\0\x80\x3f\0\0\0\x40\0\0\x40\x40\x01\x02")));
  EXPECT_EQ(saved({}), file("{}      "));
}

// The order of dtypes is the reference's for all fourteen.
TEST(Safetensors, OrdersAllDtypes) {
  Arrays arrays;
  for (Dtype dtype : allDtypes())
    arrays.emplace(to_string(dtype), sample(dtype, {1}));
  const std::string bytes = saved(arrays);
  size_t position = 0;
  for (const char *name :
       {"U64", "I64", "F64", "C64", "F32", "U32", "I32", "BF16", "F16", "U16", "I16", "I8", "U8", "BOOL"}) {
    const size_t at = bytes.find(std::string("\"") + name + "\"");
    ASSERT_NE(at, std::string::npos) << name;
    EXPECT_GT(at, position) << name;
    position = at;
  }
}

// Every dtype, rank and name comes back with its bytes; so does the metadata.
TEST(Safetensors, RoundTrips) {
  Arrays arrays;
  for (Dtype dtype : allDtypes())
    for (const Shape &shape : {Shape{}, Shape{1}, Shape{5}, Shape{2, 3, 4}, Shape{0}, Shape{3, 0, 2}})
      arrays.emplace(to_string(dtype) + "/\"\\\n\xe2\x82\xac" + std::to_string(arrays.size()),
                     sample(dtype, shape));
  arrays.emplace("", array(1));
  const Metadata metadata{{"format", "pt"}, {"", "\x01\n"}};
  const auto [back, text] = loaded(saved(arrays, metadata));
  EXPECT_EQ(text, metadata);
  ASSERT_EQ(back.size(), arrays.size());
  for (const auto &[name, a] : arrays) {
    ASSERT_TRUE(back.contains(name)) << name;
    EXPECT_EQ(back.at(name).shape(), a.shape());
    EXPECT_EQ(back.at(name).dtype(), a.dtype());
    EXPECT_EQ(elements(back.at(name)), elements(a));
  }
  EXPECT_EQ(saved(back, metadata), saved(arrays, metadata));
}

// Names that the format cannot hold are the caller's mistake.
TEST(Safetensors, RefusesNamesItCannotWrite) {
  EXPECT_THROW(saved({{"__metadata__", array(1)}}), InvalidArgument);
  EXPECT_THROW(saved({{"\xff", array(1)}}), InvalidArgument);
  EXPECT_THROW(saved({{"a", array(1)}}, {{"k", "\xc3"}}), InvalidArgument);
}

// The header's length is checked against the cap and the file before it is read.
TEST(Safetensors, RefusesWrongHeaderLengths) {
  EXPECT_EQ(refusal("1234567"), "ends inside the header length, at offset 7");
  EXPECT_EQ(refusal(bytesOf("\xff\xff\xff\xff\xff\xff\xff\xff")),
            "header of 18446744073709551615 bytes; at most 100000000 are read");
  EXPECT_EQ(refusal(bytesOf("\x03\0\0\0\0\0\0\0{}")), "header of 3 bytes at offset 8 in a file of 10");
  EXPECT_EQ(refusal(file("")), "header does not start with '{' at offset 8");
  EXPECT_EQ(refusal(file(" {}")), "header does not start with '{' at offset 8");
}

// JSON that is not a header: the first wrong token ends the parse, however deep the rest may be.
TEST(Safetensors, RefusesOtherJson) {
  EXPECT_EQ(refusal(file("{]")), "header: is no valid JSON at offset 10");
  EXPECT_EQ(refusal(file("{}x")), "header: is no valid JSON at offset 11");
  EXPECT_EQ(refusal(file("{\"w\":\xff}")), "header: is no valid JSON at offset 14");
  EXPECT_EQ(refusal(file("{\"w\":1}")), "header: a number where the format has none");
  EXPECT_EQ(refusal(file("{\"w\":null}")), "header: null where the format has none");
  EXPECT_EQ(refusal(file("{\"w\":" + std::string(1000000, '['))),
            "header: an array where the format has none");
  EXPECT_EQ(refusal(tensor("\"dtype\":" + std::string(1000000, '{'))),
            "tensor 'w' holds an object where the format has none");
  EXPECT_EQ(refusal(tensor("\"shape\":[[1]]")), "tensor 'w' holds an array where the format has none");
  EXPECT_EQ(refusal(tensor("\"shape\":[1.5]")), "tensor 'w' holds the number 1.5 where the format has none");
  EXPECT_EQ(refusal(tensor("\"shape\":[-1]")), "tensor 'w' holds the number -1 where the format has none");
  EXPECT_EQ(refusal(tensor("\"shape\":true")), "tensor 'w' holds a boolean where the format has none");
  EXPECT_EQ(refusal(tensor("\"dtype\":7")), "tensor 'w' holds a number where the format has none");
  EXPECT_EQ(refusal(file("{\"__metadata__\":{\"k\":1}}")), "header: a number where the format has none");
  EXPECT_EQ(refusal(file("{\"__metadata__\":[]}")), "header: an array where the format has none");
}

// Duplicate keys, which JSON parsers commonly let the last one win, are refused at every level.
TEST(Safetensors, RefusesDuplicates) {
  const std::string w = "\"w\":{\"dtype\":\"U8\",\"shape\":[],\"data_offsets\":[0,1]}";
  EXPECT_EQ(refusal(file("{" + w + "," + w + "}", "x")), "header: 'w' appears twice");
  EXPECT_EQ(refusal(tensor("\"shape\":[1],\"shape\":[1]")), "tensor 'w' has the field 'shape' twice");
  EXPECT_EQ(refusal(file("{\"__metadata__\":{\"k\":\"a\",\"k\":\"b\"}}")),
            "header: metadata entry 'k' appears twice");
  EXPECT_EQ(refusal(file("{\"__metadata__\":{},\"__metadata__\":{}}")),
            "header: '__metadata__' appears twice");
}

// A tensor has exactly the three fields, with values that fit.
TEST(Safetensors, RefusesWrongTensors) {
  EXPECT_EQ(refusal(tensor("")), "tensor 'w' has no dtype");
  EXPECT_EQ(refusal(tensor("\"dtype\":\"U8\"")), "tensor 'w' has no shape");
  EXPECT_EQ(refusal(tensor("\"dtype\":\"U8\",\"shape\":[]")), "tensor 'w' has no data_offsets");
  EXPECT_EQ(refusal(tensor("\"dtype\":\"U8\",\"shape\":[],\"data_offsets\":[0]")),
            "tensor 'w' has 1 data_offsets instead of 2");
  EXPECT_EQ(refusal(tensor("\"dtype\":\"U8\",\"shape\":[],\"data_offsets\":[0,1,1]")),
            "tensor 'w' has 3 data_offsets instead of 2");
  EXPECT_EQ(refusal(tensor("\"dtype\":\"F8_E4M3\"")),
            "tensor 'w' has dtype 'F8_E4M3', which is not one mx has");
  EXPECT_EQ(refusal(tensor("\"color\":1")), "tensor 'w' has the unknown field 'color'");
  EXPECT_EQ(refusal(tensor("\"shape\":[2147483648]")),
            "tensor 'w' has axis 0 of 2147483648; at most 2147483647 fit");
  EXPECT_EQ(refusal(tensor("\"data_offsets\":[0,9223372036854775808]")),
            "tensor 'w' has the offset 9223372036854775808");
  EXPECT_EQ(refusal(tensor("\"shape\":[18446744073709551616]")),
            "tensor 'w' holds the number 18446744073709551616 where the format has none");
}

// Offsets: reversed, past the end, of the wrong length, overlapping, with holes, with bytes left over.
TEST(Safetensors, RefusesOffsetsThatDoNotTile) {
  auto one = [](const char *shape, const char *offsets) {
    return tensor(std::string("\"dtype\":\"I32\",\"shape\":") + shape + ",\"data_offsets\":" + offsets,
                  "12345678");
  };
  const std::string at = "tensor 'w' at data offsets ";
  EXPECT_EQ(refusal(one("[1]", "[4,0]")), at + "[4, 0] ends before it begins");
  EXPECT_EQ(refusal(one("[3]", "[0,12]")), at + "[0, 12] ends past the data's 8 bytes");
  EXPECT_EQ(refusal(one("[1]", "[0,8]")), at + "[0, 8] needs 4 bytes by its shape and dtype, has 8");
  EXPECT_EQ(refusal(one("[1]", "[4,8]")), at + "[4, 8] leaves a hole after 0");
  EXPECT_EQ(refusal(one("[1]", "[0,4]")), "the tensors end at data offset 4, the data at 8");
  EXPECT_EQ(refusal(one("[2147483647,2147483647,4]", "[0,8]")),
            at + "[0, 8] has more elements than fit in 63 bits");
  EXPECT_EQ(refusal(one("[2147483647,2147483647,4,0]", "[0,0]")),
            at + "[0, 0] has more elements than fit in 63 bits");
  EXPECT_EQ(refusal(file("{\"v\":{\"dtype\":\"I32\",\"shape\":[2],\"data_offsets\":[0,8]},"
                         "\"w\":{\"dtype\":\"I32\",\"shape\":[1],\"data_offsets\":[4,8]}}",
                         "12345678")),
            at + "[4, 8] overlaps the one before, which ends at 8");
}

// A file by name: the extension is appended, and a missing one is named with the reason.
TEST(Safetensors, FilesByName) {
  TempDir dir;
  save_safetensors(dir.file("m"), {{"a", array({1, 2})}}, {{"k", "v"}});
  EXPECT_EQ(dir.names(), std::vector<std::string>{"m.safetensors"});
  const auto [arrays, metadata] = load_safetensors(dir.file("m.safetensors"));
  EXPECT_EQ(arrays.at("a").data<int>()[1], 2);
  EXPECT_EQ(metadata.at("k"), "v");
  EXPECT_EQ(fileErrorOf([&] { load_safetensors(dir.file("none")); }),
            "[load_safetensors] file " + dir.file("none") + " (No such file or directory): cannot be read");
}

} // namespace
} // namespace mx::test
