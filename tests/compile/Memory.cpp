// What the error of the memory limit tells: size, limit, what is in use, and the largest arrays with the lines that made
// them.
#include "tests/compile/Support.h"

namespace mx::test {
namespace {

std::string refusal(const std::function<void()> &call) {
  try {
    call();
  } catch (const DeviceError &e) {
    EXPECT_EQ(e.code(), ErrorCode::out_of_memory);
    return e.what();
  }
  ADD_FAILURE() << "not refused";
  return "";
}

TEST(MemoryLimit, ErrorNamesTheLargestArrays) {
  const array large = ramp({512, 600}), small = ramp({3});
  const int line = __LINE__ + 1;
  const array half = astype(large, float16);
  eval(half);
  const array view = transpose(large);
  eval(view);
  const array result = broadcast_to(expand_dims(large, 0), {64, 512, 600}) * 2.f;
  const auto compiled = compile([](array x) { return broadcast_to(expand_dims(x, 0), {64, 512, 600}) * 3.f; });
  MemoryLimit limit(get_active_memory() + (1 << 20));
  for (const auto &call : std::vector<std::function<void()>>{
           [&] { eval(result); }, [&] { compiled(large); }, [&] { array(std::vector<float>(1 << 20).begin(), {1 << 20}); },
           [&] {
             array later = result + 1.f;
             async_eval(later);
             later.wait();
           }}) {
    const std::string text = refusal(call);
    EXPECT_NE(text.find("the memory limit is " + std::to_string(get_memory_limit()) + " bytes"), std::string::npos) << text;
    EXPECT_NE(text.find("bytes are in use"), std::string::npos);
    EXPECT_NE(text.find("(600, 512) float32 of 1"), text.find("(512, 600) float32 of 1")) << text; // one of the two
    EXPECT_NE(text.find("(512, 600) float16 of "), std::string::npos) << text;
    EXPECT_NE(text.find("Memory.cpp:" + std::to_string(line)), std::string::npos) << text;
    EXPECT_EQ(text.find("(3) float32"), std::string::npos) << text;
  }
  EXPECT_TRUE(sameBits(small + 1.f, 1.f + small));
}

// Arrays that are gone, or whose buffers were donated, are not named.
TEST(MemoryLimit, ForgetsWhatIsGone) {
  { eval(ramp({1000, 7}) + 1.f); }
  const auto compiled = compile([](array x) { return x * 2.f; });
  array donated = ramp({1000, 9});
  donated = compiled(std::move(donated));
  MemoryLimit limit(get_active_memory() + 1000);
  const std::string text = refusal([] { eval(zeros({1000, 1000}) + 1.f); });
  EXPECT_EQ(text.find("(1000, 7)"), std::string::npos) << text;
  EXPECT_NE(text.find("(1000, 9) float32"), std::string::npos) << text;
  EXPECT_EQ(text.find("(1000, 9) float32"), text.rfind("(1000, 9) float32")) << text;
}

} // namespace
} // namespace mx::test
