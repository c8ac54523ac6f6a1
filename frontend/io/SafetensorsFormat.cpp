// Reads and writes safetensors headers. The JSON text is never turned into a tree: a handler that knows the
// three levels a header has takes the tokens, so that nesting, duplicate keys and wrong types end the parse
// at once. Source of the rules: https://github.com/huggingface/safetensors#format
#include "frontend/io/SafetensorsFormat.h"

#include "runtime/base/CheckedSize.h"
#include "runtime/io/Limits.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <limits>
#include <optional>
#include <tuple>
#include <unordered_set>

namespace mx::io {

using rt::io::inQuotes, rt::io::kMaxFileRank, rt::io::kMaxNameBytes;

namespace {

using Json = nlohmann::json;

constexpr std::string_view kMetadataKey = "__metadata__";

rt::Error fail(std::string message) { return {rt::ErrorCode::file, std::move(message)}; }

struct DtypeRow {
  rt::DType dtype;
  std::string_view code;
};
/// In the order of the format's own implementation, narrow to wide: files are written from the last row up.
constexpr DtypeRow kDtypes[] = {
    {rt::DType::bool_, "BOOL"},    {rt::DType::uint8, "U8"},      {rt::DType::int8, "I8"},
    {rt::DType::int16, "I16"},     {rt::DType::uint16, "U16"},    {rt::DType::float16, "F16"},
    {rt::DType::bfloat16, "BF16"}, {rt::DType::int32, "I32"},     {rt::DType::uint32, "U32"},
    {rt::DType::float32, "F32"},   {rt::DType::complex64, "C64"}, {rt::DType::float64, "F64"},
    {rt::DType::int64, "I64"},     {rt::DType::uint64, "U64"},
};
static_assert(std::size(kDtypes) == rt::kNumDTypes);

const DtypeRow *rowOf(rt::DType dtype) {
  return std::find_if(std::begin(kDtypes), std::end(kDtypes),
                      [&](const DtypeRow &r) { return r.dtype == dtype; });
}

/// Takes the tokens of a header. Every callback returns false once `error` is set, which stops the parser.
class HeaderHandler final : public nlohmann::json_sax<Json> {
public:
  SafetensorsIndex index;
  std::string error;

  bool key(string_t &name) override {
    if (name.size() > kMaxNameBytes)
      return stop("a name of " + std::to_string(name.size()) + " bytes");
    switch (level) {
    case Level::Top:
      if (!names.insert(name).second)
        return stop(inQuotes(name) + " appears twice");
      current = {};
      current.name = name;
      seen = 0;
      return true;
    case Level::Metadata:
      field = name;
      return index.metadata.contains(name) ? stop("metadata entry " + inQuotes(name) + " appears twice")
                                           : true;
    case Level::Tensor: {
      const unsigned bit = name == "dtype"          ? kDtype
                           : name == "shape"        ? kShape
                           : name == "data_offsets" ? kOffsets
                                                    : 0;
      if (!bit)
        return stopTensor("has the unknown field " + inQuotes(name));
      if (seen & bit)
        return stopTensor("has the field " + inQuotes(name) + " twice");
      seen |= bit;
      awaited = bit;
      return true;
    }
    default:
      return unexpected("a key");
    }
  }
  bool start_object(size_t) override {
    if (level == Level::Start)
      level = Level::Top;
    else if (level == Level::Top && current.name == kMetadataKey)
      level = Level::Metadata;
    else if (level == Level::Top)
      level = Level::Tensor;
    else
      return unexpected("an object");
    return true;
  }
  bool end_object() override {
    if (level == Level::Tensor) {
      if (seen != (kDtype | kShape | kOffsets))
        return stopTensor(!(seen & kDtype)   ? "has no dtype"
                          : !(seen & kShape) ? "has no shape"
                                             : "has no data_offsets");
      if (offsets != 2)
        return stopTensor("has " + std::to_string(offsets) + " data_offsets instead of 2");
      index.tensors.push_back(std::move(current));
    }
    level = level == Level::Top ? Level::Done : Level::Top;
    return true;
  }
  bool start_array(size_t) override {
    if (level != Level::Tensor || awaited == kDtype)
      return unexpected("an array");
    level = awaited == kShape ? Level::Shape : Level::Offsets;
    offsets = level == Level::Offsets ? 0 : offsets;
    return true;
  }
  bool end_array() override {
    level = Level::Tensor;
    return true;
  }
  bool string(string_t &text) override {
    if (level == Level::Metadata) {
      index.metadata.emplace(field, text);
      return true;
    }
    if (level != Level::Tensor || awaited != kDtype)
      return unexpected("a string");
    auto row = std::find_if(std::begin(kDtypes), std::end(kDtypes),
                            [&](const DtypeRow &r) { return r.code == text; });
    if (row == std::end(kDtypes))
      return stopTensor("has dtype " + inQuotes(text) + ", which is not one mx has");
    current.dtype = row->dtype;
    return true;
  }
  bool number_unsigned(number_unsigned_t value) override {
    if (level == Level::Shape) {
      if (value > uint64_t(std::numeric_limits<int32_t>::max()))
        return stopTensor("has axis " + std::to_string(current.shape.size()) + " of " +
                          std::to_string(value) + "; at most 2147483647 fit");
      if (current.shape.size() == kMaxFileRank)
        return stopTensor("has more than " + std::to_string(kMaxFileRank) + " axes");
      current.shape.push_back(static_cast<int32_t>(value));
      return true;
    }
    if (level != Level::Offsets)
      return unexpected("a number");
    if (value > uint64_t(std::numeric_limits<int64_t>::max()))
      return stopTensor("has the offset " + std::to_string(value));
    (offsets == 0 ? current.begin : current.end) = static_cast<int64_t>(value);
    ++offsets;
    return true;
  }
  bool number_integer(number_integer_t value) override {
    return unexpected("the number " + std::to_string(value));
  }
  bool number_float(number_float_t, const string_t &text) override {
    return unexpected("the number " + text.substr(0, 40));
  }
  bool null() override { return unexpected("null"); }
  bool boolean(bool) override { return unexpected("a boolean"); }
  bool binary(binary_t &) override { return unexpected("binary data"); }
  bool parse_error(size_t position, const std::string &, const nlohmann::detail::exception &) override {
    return stop("is no valid JSON at offset " + std::to_string(8 + position));
  }

private:
  enum class Level { Start, Top, Metadata, Tensor, Shape, Offsets, Done };
  static constexpr unsigned kDtype = 1, kShape = 2, kOffsets = 4;

  bool stop(std::string what) {
    error = "header: " + std::move(what);
    return false;
  }
  bool stopTensor(const std::string &what) {
    error = "tensor " + inQuotes(current.name) + " " + what;
    return false;
  }
  bool unexpected(const std::string &what) {
    if (level == Level::Tensor || level == Level::Shape || level == Level::Offsets)
      return stopTensor("holds " + what + " where the format has none");
    return stop(what + " where the format has none");
  }

  Level level = Level::Start;
  SafetensorsEntry current;
  std::string field;    ///< Metadata: the entry's key
  unsigned seen = 0;    ///< Tensor: fields so far
  unsigned awaited = 0; ///< Tensor: the field whose value comes next
  size_t offsets = 0;   ///< Offsets: values so far
  std::unordered_set<std::string> names;
};

/// Sizes agree with shapes, and the tensors tile the data.
rt::Status checkLayout(std::vector<SafetensorsEntry> &tensors, uint64_t dataBytes) {
  std::sort(tensors.begin(), tensors.end(), [](const SafetensorsEntry &a, const SafetensorsEntry &b) {
    return std::tie(a.begin, a.end, a.name) < std::tie(b.begin, b.end, b.name);
  });
  int64_t position = 0;
  for (const SafetensorsEntry &t : tensors) {
    const std::string where = "tensor " + inQuotes(t.name) + " at data offsets [" + std::to_string(t.begin) +
                              ", " + std::to_string(t.end) + "] ";
    if (t.end < t.begin)
      return fail(where + "ends before it begins");
    if (uint64_t(t.end) > dataBytes)
      return fail(where + "ends past the data's " + std::to_string(dataBytes) + " bytes");
    const std::vector<int64_t> dims(t.shape.begin(), t.shape.end());
    const auto bytes = (rt::numElements(dims) * rt::sizeOf(t.dtype)).get();
    if (!bytes)
      return fail(where + "has more elements than fit in 63 bits");
    if (*bytes != t.end - t.begin)
      return fail(where + "needs " + std::to_string(*bytes) + " bytes by its shape and dtype, has " +
                  std::to_string(t.end - t.begin));
    if (t.begin != position)
      return fail(where +
                  (t.begin < position ? "overlaps the one before, which ends at " : "leaves a hole after ") +
                  std::to_string(position));
    position = t.end;
  }
  if (uint64_t(position) != dataBytes)
    return fail("the tensors end at data offset " + std::to_string(position) + ", the data at " +
                std::to_string(dataBytes));
  return {};
}

} // namespace

rt::Result<uint64_t> parseSafetensorsPrefix(std::span<const char, 8> bytes, uint64_t fileBytes) {
  uint64_t length = 0;
  for (size_t i = 8; i-- > 0;)
    length = length << 8 | static_cast<unsigned char>(bytes[i]);
  if (length > kSafetensorsMaxHeader)
    return fail("header of " + std::to_string(length) + " bytes; at most " +
                std::to_string(kSafetensorsMaxHeader) + " are read");
  if (length > fileBytes - 8)
    return fail("header of " + std::to_string(length) + " bytes at offset 8 in a file of " +
                std::to_string(fileBytes));
  return length;
}

rt::Result<SafetensorsIndex> parseSafetensorsHeader(std::span<const char> text, uint64_t dataBytes) {
  if (text.empty() || text[0] != '{')
    return fail("header does not start with '{' at offset 8");
  HeaderHandler handler;
  if (!Json::sax_parse(text.begin(), text.end(), &handler))
    return fail(std::move(handler.error));
  if (rt::Status s = checkLayout(handler.index.tensors, dataBytes); !s)
    return s.error();
  return std::move(handler.index);
}

rt::Result<std::string> formatSafetensorsHeader(SafetensorsIndex &index) {
  std::sort(index.tensors.begin(), index.tensors.end(),
            [](const SafetensorsEntry &a, const SafetensorsEntry &b) {
              const DtypeRow *x = rowOf(a.dtype), *y = rowOf(b.dtype);
              return x != y ? x > y : a.name < b.name;
            });
  // dump() is the one call that can throw here: for text that is no UTF-8.
  auto literal = [](const std::string &s) -> std::optional<std::string> {
    try {
      return Json(s).dump();
    } catch (const Json::exception &) {
      return std::nullopt;
    }
  };
  auto notText = [](const std::string &what, const std::string &s) {
    return rt::Error{rt::ErrorCode::invalidArgument, what + " " + inQuotes(s) + " is no UTF-8"};
  };

  std::string text = "{";
  if (!index.metadata.empty()) {
    text += "\"" + std::string(kMetadataKey) + "\":{";
    for (bool first = true; const auto &[name, value] : index.metadata) {
      auto k = literal(name), v = literal(value);
      if (!k || !v)
        return notText(k ? "the metadata value" : "the metadata name", k ? value : name);
      text += (std::exchange(first, false) ? "" : ",") + *k + ":" + *v;
    }
    text += "}";
  }
  rt::CheckedSize position = 0;
  for (SafetensorsEntry &t : index.tensors) {
    if (t.name == kMetadataKey)
      return rt::Error{rt::ErrorCode::invalidArgument, "the name '__metadata__' is reserved"};
    auto name = literal(t.name);
    if (!name)
      return notText("the name", t.name);
    const std::vector<int64_t> dims(t.shape.begin(), t.shape.end());
    t.begin = position.valueOr(0);
    position += rt::numElements(dims) * rt::sizeOf(t.dtype);
    if (!position.valid())
      return rt::Error{rt::ErrorCode::overflow, "the arrays hold more bytes than fit in 63 bits"};
    t.end = *position.get();
    text += (text.size() > 1 ? "," : "") + *name + ":{\"dtype\":\"" + std::string(rowOf(t.dtype)->code) +
            "\",\"shape\":[";
    for (size_t i = 0; i < t.shape.size(); ++i)
      text += (i ? "," : "") + std::to_string(t.shape[i]);
    text += "],\"data_offsets\":[" + std::to_string(t.begin) + "," + std::to_string(t.end) + "]}";
  }
  text += "}";
  text.append((8 - text.size() % 8) % 8, ' ');

  std::string out;
  for (int i = 0; i < 8; ++i)
    out += static_cast<char>(static_cast<uint64_t>(text.size()) >> 8 * i & 0xff);
  return out + text;
}

} // namespace mx::io
