// float16 and bfloat16 conversions, exhaustively over their bit patterns.
#include "runtime/base/Half.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace mx::rt {
namespace {

struct Format {
  uint16_t (*narrow)(double);
  float (*widen)(uint16_t);
  int expBits, fracBits;
  uint16_t infinity() const { return ((1 << expBits) - 1) << fracBits; }
};
const Format kFormats[] = {{toFloat16, fromFloat16, 5, 10}, {toBfloat16, fromBfloat16, 8, 7}};

/// The value of a finite pattern from the definition of the format.
double valueOf(const Format &f, uint16_t bits) {
  int exponent = (bits & 0x7FFF) >> f.fracBits, bias = (1 << (f.expBits - 1)) - 1;
  int fraction = bits & ((1 << f.fracBits) - 1);
  double magnitude = exponent ? std::ldexp(fraction + (1 << f.fracBits), exponent - bias - f.fracBits)
                              : std::ldexp(fraction, 1 - bias - f.fracBits);
  return bits & 0x8000 ? -magnitude : magnitude;
}

// Widening is exact and narrowing undoes it, for every pattern.
TEST(Half, RoundTrip) {
  for (const Format &f : kFormats)
    for (uint32_t bits = 0; bits < 0x10000; ++bits) {
      float value = f.widen(bits);
      if ((bits & 0x7FFF) > f.infinity()) {
        ASSERT_TRUE(std::isnan(value)) << bits;
        ASSERT_GT(f.narrow(value) & 0x7FFF, f.infinity()) << bits;
        ASSERT_EQ(f.narrow(value) & 0x8000, bits & 0x8000u) << bits;
        continue;
      }
      if ((bits & 0x7FFF) < f.infinity())
        ASSERT_EQ(value, valueOf(f, bits)) << bits;
      ASSERT_EQ(std::signbit(value), bits >> 15) << bits;
      ASSERT_EQ(f.narrow(value), bits);
    }
}

// Between every two neighbours the midpoint goes to the even one and anything else to the nearer one.
TEST(Half, RoundsToNearestEven) {
  for (const Format &f : kFormats)
    for (uint16_t sign : {0, 0x8000})
      for (uint16_t low = 0; low < f.infinity(); ++low) {
        uint16_t a = low | sign, b = (low + 1) | sign;
        // Past the largest finite value the next one would be a power of two.
        double x = valueOf(f, a), y = valueOf(f, b), middle = x + (y - x) / 2;
        ASSERT_EQ(f.narrow(middle), a & 1 ? b : a) << middle;
        ASSERT_EQ(f.narrow(std::nextafter(middle, x)), a) << middle;
        ASSERT_EQ(f.narrow(std::nextafter(middle, y)), b) << middle;
      }
}

TEST(Half, ExtremesOfDouble) {
  using limits = std::numeric_limits<double>;
  for (const Format &f : kFormats) {
    EXPECT_EQ(f.narrow(limits::infinity()), f.infinity());
    EXPECT_EQ(f.narrow(-limits::infinity()), f.infinity() | 0x8000);
    EXPECT_EQ(f.narrow(limits::max()), f.infinity());
    EXPECT_EQ(f.narrow(limits::denorm_min()), 0);
    EXPECT_EQ(f.narrow(-limits::min()), 0x8000);
    EXPECT_GT(f.narrow(limits::quiet_NaN()) & 0x7FFF, f.infinity());
  }
}

} // namespace
} // namespace mx::rt
