// Damaged files by the thousand: every one is loaded or refused with a typed error, and never reads past its
// end. The same ones in every run; others, as many as one wants, with --gtest_shuffle --gtest_repeat=N.
#include "tests/io/Support.h"

#include <ctime>
#include <random>

namespace mx::test {
namespace {

constexpr int kMutants = 10000;

/// Changes a file the way a format notices: bytes, numbers, tokens of the header, lengths, pieces moved or
/// cut.
class Mutator {
public:
  explicit Mutator(std::vector<std::string> tokens)
      : tokens(std::move(tokens)), random(static_cast<unsigned>(testing::UnitTest::GetInstance()->random_seed())) {}

  std::string operator()(std::string bytes) {
    for (int n = 1 + below(3); n > 0 && !bytes.empty(); --n)
      change(bytes);
    return bytes;
  }

private:
  size_t below(size_t n) { return std::uniform_int_distribution<size_t>(0, n - 1)(random); }
  size_t place(const std::string &bytes) { return below(std::min<size_t>(bytes.size(), 400)); }
  std::string anyNumber() {
    static const char *const values[] = {"0",
                                         "1",
                                         "-1",
                                         "4",
                                         "255",
                                         "65536",
                                         "2147483647",
                                         "2147483648",
                                         "4294967296",
                                         "9223372036854775807",
                                         "18446744073709551615",
                                         "1e9",
                                         "99999999999999999999"};
    return values[below(std::size(values))];
  }
  void change(std::string &bytes) {
    const size_t at = place(bytes), length = 1 + below(8);
    switch (below(8)) {
    case 0: // one bit
      bytes[at] ^= static_cast<char>(1 << below(8));
      break;
    case 1: // one byte
      bytes[at] = static_cast<char>(below(256));
      break;
    case 2: // cut off
      bytes.resize(below(bytes.size() + 1));
      break;
    case 3: // grown
      bytes += std::string(length, static_cast<char>(below(256)));
      break;
    case 4: // a piece gone
      bytes.erase(at, length);
      break;
    case 5: // a piece twice
      bytes.insert(at, bytes.substr(place(bytes), length * 4));
      break;
    case 6: { // a number replaced
      const size_t first = bytes.find_first_of("0123456789", at);
      if (first == std::string::npos)
        break;
      const size_t last = bytes.find_first_not_of("0123456789", first);
      bytes.replace(first, last == std::string::npos ? last : last - first, anyNumber());
      break;
    }
    default: // a token of the format over what is there
      bytes.replace(at, length, tokens[below(tokens.size())]);
    }
  }

  std::vector<std::string> tokens;
  std::mt19937 random;
};

/// Loads mutants of `original` and counts those that were refused. Any exception but FileError fails the
/// test, as does one mutant that takes longer than a second of the processor's.
template <typename Load> int refused(const std::string &original, Mutator mutate, Load load) {
  int count = 0;
  for (int i = 0; i < kMutants; ++i) {
    const std::string mutant = mutate(original);
    const std::clock_t start = std::clock();
    try {
      load(std::make_shared<MemoryReader>(mutant));
    } catch (const FileError &) {
      ++count;
    } catch (const std::exception &e) {
      ADD_FAILURE() << "mutant " << i << ": " << e.what();
      return count;
    }
    EXPECT_LT(std::clock() - start, CLOCKS_PER_SEC) << "mutant " << i;
  }
  return count;
}

// 10,000 damaged npy files.
TEST(Mutations, Npy) {
  auto out = std::make_shared<MemoryWriter>();
  save(out, sample(float32, {3, 4, 2}));
  Mutator mutate({"True", "False", "'shape'", "(", ")", ",", "'<f8'", "'>i2'", "'|b1'", "[", "{", "}", "\\'",
                  "\"", "\n"});
  const int bad = refused(out->bytes, mutate, [](std::shared_ptr<io::Reader> in) {
    const array a = load(in);
    ASSERT_EQ(elements(a).size(), a.nbytes());
  });
  EXPECT_GT(bad, kMutants / 3);
  EXPECT_LT(bad, kMutants);
}

// 10,000 damaged safetensors files.
TEST(Mutations, Safetensors) {
  auto out = std::make_shared<MemoryWriter>();
  save_safetensors(
      out, {{"weight", sample(float32, {3, 4})}, {"bias", sample(bfloat16, {4})}, {"n", sample(bool_, {3})}},
      {{"format", "mx"}});
  Mutator mutate({"\"F64\"", "\"BF16\"", "[", "]", "{", "}", ":", ",", "\"shape\"", "\"__metadata__\"",
                  "[0,0]", "null", "true", "-1", "1.5", "\\u0000", "\\ud800", "\xff"});
  const int bad = refused(out->bytes, mutate, [](std::shared_ptr<io::Reader> in) {
    for (const auto &[name, a] : load_safetensors(in).first)
      ASSERT_EQ(elements(a).size(), a.nbytes());
  });
  EXPECT_GT(bad, kMutants / 3);
  EXPECT_LT(bad, kMutants);
}

} // namespace
} // namespace mx::test
