// sin, cos, tan over the whole range: x = n pi/2 + r. Small arguments subtract pi/2 in parts; a vector with
// any large argument takes the branch that multiplies the mantissa by the bits of 2/pi that matter (Payne and
// Hanek), so the result is as accurate at 1e38 as at 1.
#include "codegen/lowering/MathExpand.h"

#include <algorithm>
#include <array>
#include <vector>

namespace mx::codegen {
namespace {

// Minimax coefficients, |r| <= pi/4: sin(r) = r + r^3 S(r^2) with errors 2^-27.9 and 2^-57.9,
// cos(r) = 1 - r^2 / 2 + r^4 C(r^2) with errors 2^-33 and 2^-63.9.
constexpr double kSin32[] = {-0x1.555546p-3, 0x1.110776p-7, -0x1.9952fap-13};
constexpr double kSin64[] = {-0x1.5555555555548p-3, 0x1.111111110f73p-7,    -0x1.a01a019be921dp-13,
                             0x1.71de35552c05bp-19, -0x1.ae5e4b84b96dfp-26, 0x1.5d8b55e657246p-33};
constexpr double kCos32[] = {0x1.55554ap-5, -0x1.6c0c28p-10, 0x1.99e80cp-16};
constexpr double kCos64[] = {0x1.555555555554bp-5,   -0x1.6c16c16c1500dp-10, 0x1.a01a019c8dd1ep-16,
                             -0x1.27e4f7f0502b6p-22, 0x1.1ee9dacb97b9ap-29,  -0x1.8fa5ec9024595p-37};

/// The fraction bits of 2/pi.
constexpr uint32_t kTwoOverPi[] = {
    0xa2f9836e, 0x4e441529, 0xfc2757d1, 0xf534ddc0, 0xdb629599, 0x3c439041, 0xfe5163ab, 0xdebbc561,
    0xb7246e3a, 0x424dd2e0, 0x06492eea, 0x09d1921c, 0xfe1deb1c, 0xb129a73e, 0xe88235f5, 0x2ebb4484,
    0xe99c7026, 0xb45f7e41, 0x3991d639, 0x835339f4, 0x9c845f8b, 0xbdf9283b, 0x1ff897ff, 0xde05980f,
    0xef2f118b, 0x5a0a6d1f, 0x6d367ecf, 0x27cb09b7, 0x4f463f66, 0x9e5fea2d, 0x7527bac7, 0xebe5f17b,
    0x3d0739f7, 0x8a5292ea, 0x6bfb5fb1, 0x1f8d5d08, 0x56033046, 0xfc7b6bab};

bool isSingle(Expr x) { return x.width() == 32; }

/// x = quadrant * pi/2 + r, the quadrant modulo 4 in the low bits of an integer; |r| <= pi/4 and a little.
struct TrigReduction {
  Expr quadrant;
  Pair r;
};

/// The largest |x| for which subtracting n times the parts of pi/2 is accurate.
double largestDirect(Expr x) {
  if (!isSingle(x))
    return 0x1p20;
  return x.target().fma && !x.target().exact ? 0x1p16 : 0x1p12;
}

TrigReduction reduceDirect(Expr x) {
  bool single = isSingle(x);
  double magic = single ? 0x1.8p23 : 0x1.8p52;
  Expr rounded = fma(x, 0x1.45f306dc9c883p-1, magic);
  Expr n = rounded - magic;
  if (x.target().fma && !x.target().exact) {
    // The first difference is exact; the second and third parts of pi/2 are full words too.
    Expr rest = fma(n, single ? -0x1.921fb6p+0 : -0x1.921fb54442d18p+0, x);
    Pair second = twoProd(n, n.constant(single ? 0x1.777a5cp-25 : -0x1.1a62633145c07p-54));
    Pair r = twoSum(rest, second.hi);
    Expr low = fma(n, single ? 0x1.ee59dap-50 : 0x1.f1976b7ed8fbcp-110, second.lo);
    return {bits(rounded), {r.hi, r.lo + low}};
  }
  // Parts so short that n times each is exact.
  Expr rest = x - n * (single ? 0x1.92p+0 : 0x1.921fb544p+0);
  rest = rest - n * (single ? 0x1.fb4p-12 : 0x1.0b46p-34);
  Pair r = twoSum(rest, n * (single ? -0x1.444p-24 : -0x1.1a62633p-54));
  Expr low = r.lo - n * (single ? 0x1.68c234p-39 : 0x1.45c06e0e68948p-86);
  return {bits(rounded), {r.hi, low}};
}

/// Three words of 2/pi from bit `start` on, after one word of zeros.
std::array<Expr, 3> wordsFrom(Expr start) {
  int width = static_cast<int>(start.width()), indexShift = width == 32 ? 5 : 6;
  int count = width == 32 ? 8 : 20;
  std::vector<Expr> words{start.intConstant(0)};
  for (int k = 0; k + 1 < count; ++k)
    words.push_back(
        start.intConstant(width == 32 ? int64_t(kTwoOverPi[k])
                                      : int64_t(uint64_t(kTwoOverPi[2 * k]) << 32 | kTwoOverPi[2 * k + 1])));
  // Each bit of the word index halves the candidates, until the four words that hold the bits are first.
  for (int step = width == 32 ? 4 : 16; step > 0; step /= 2) {
    Expr set = ne(start & (int64_t(step) << indexShift), 0);
    for (int k = 0; k < step + 3 && k + step < static_cast<int>(words.size()); ++k)
      words[k] = select(set, words[k + step], words[k]);
    words.erase(words.begin() + std::min<int>(step + 3, words.size()), words.end());
  }
  Expr offset = start & (width - 1);
  Expr rest = start.intConstant(width - 1) - offset;
  auto word = [&](int k) {
    return shl(words[k], offset) | shrl(shrl(words[k + 1], start.intConstant(1)), rest);
  };
  return {word(0), word(1), word(2)};
}

/// For finite |x| >= 4096.
TrigReduction reduceLarge(Expr x) {
  bool single = isSingle(x);
  int width = single ? 32 : 64, mantissa = single ? 23 : 52, bias = single ? 127 : 1023;
  Expr u = bits(abs(x));
  Expr integer = (u & ((int64_t(1) << mantissa) - 1)) | (int64_t(1) << mantissa);
  // Bits of 2/pi that contribute multiples of four quadrants are left out.
  std::array<Expr, 3> w = wordsFrom((u >> mantissa) - int64_t(bias + mantissa + 2 - width));
  Expr middleLow = integer * w[1];
  Expr middle = middleLow + mulHigh(integer, w[2]);
  Expr carry = select(ult(middle, middleLow), 1, u.intConstant(0));
  Expr high = integer * w[0] + mulHigh(integer, w[1]) + carry;
  // The two upper bits of `high` count quadrants; the rest, as a signed number, is within half a quadrant.
  Expr quadrant = shrl(high + (int64_t(1) << (width - 3)), u.intConstant(width - 2));
  Expr fraction = high - (quadrant << (width - 2));
  Expr sign = fraction >> (width - 1);
  fraction = fraction ^ sign;
  middle = middle ^ sign;
  // The magnitude as a float: no step rounds away what a small fraction needs.
  int low = single ? 8 : 11;
  Expr upper = toFloat((fraction >> low) << low);
  Pair sum = fastTwoSum(upper, toFloat(fraction & ((int64_t(1) << low) - 1)));
  Expr lower = toFloat(shrl(middle, u.intConstant(low))) * std::ldexp(1.0, low - width);
  sum = fastTwoSum(sum.hi, sum.lo + lower);
  double unit = std::ldexp(1.0, 2 - width);
  Pair quarterTurn = {x.constant((single ? 0x1.921fb6p+0 : 0x1.921fb54442d18p+0) * unit),
                      x.constant((single ? -0x1.777a5cp-25 : 0x1.1a62633145c07p-54) * unit)};
  Pair r = multiply(sum, quarterTurn);
  // x < 0 turns the other way.
  Expr negative = lt(x, 0.0);
  Expr flip = (sign << (width - 1)) ^ (bits(x) & bits(x.constant(-0.0)));
  return {select(negative, -quadrant, quadrant), {fromBits(bits(r.hi) ^ flip), fromBits(bits(r.lo) ^ flip)}};
}

TrigReduction reduceTrig(Expr x) {
  TrigReduction direct = reduceDirect(x);
  Expr y = abs(x);
  // Infinity and NaN give NaN on the direct path.
  Expr large = gt(y, largestDirect(x)) & lt(y, HUGE_VAL);
  std::vector<Expr> r =
      whereAny(large, {direct.quadrant, direct.r.hi, direct.r.lo}, [&]() -> std::vector<Expr> {
        TrigReduction slow = reduceLarge(select(large, x, 0x1p40));
        return {select(large, slow.quadrant, direct.quadrant), select(large, slow.r.hi, direct.r.hi),
                select(large, slow.r.lo, direct.r.lo)};
      });
  return {r[0], {r[1], r[2]}};
}

/// sin(r) and cos(r) as sums still to be rounded.
Pair sinOf(Pair r) {
  Expr z = r.hi * r.hi;
  return {r.hi, fma(r.hi * z, poly(z, {kSin32, kSin64}), r.lo)};
}

Pair cosOf(Pair r) {
  Expr z = r.hi * r.hi;
  Pair one = fastTwoSum(z.constant(1.0), z * -0.5);
  Expr tail = fma(z * z, poly(z, {kCos32, kCos64}), one.lo);
  return {one.hi, tail - r.hi * r.lo};
}

/// The function's value `quadrants` quarter turns after sin.
Expr sinAfter(const TrigReduction &t, int quadrants) {
  Expr q = t.quadrant + quadrants;
  Pair s = sinOf(t.r), c = cosOf(t.r);
  Expr value = select(ne(q & 1, 0), c.hi + c.lo, s.hi + s.lo);
  return fromBits(bits(value) ^ ((q & 2) << static_cast<int>(value.width() - 2)));
}

/// |x| below which sin(x) and tan(x) are x, signed zeros included.
double smallest(Expr x) { return isSingle(x) ? 0x1p-13 : 0x1p-28; }

} // namespace

Expr expandSin(Expr x) { return select(lt(abs(x), smallest(x)), x, sinAfter(reduceTrig(x), 0)); }

Expr expandCos(Expr x) { return sinAfter(reduceTrig(x), 1); }

Expr expandTan(Expr x) {
  TrigReduction t = reduceTrig(x);
  Pair s = sinOf(t.r), c = cosOf(t.r);
  s = fastTwoSum(s.hi, s.lo);
  c = fastTwoSum(c.hi, c.lo);
  Expr odd = ne(t.quadrant & 1, 0);
  Pair above = {select(odd, c.hi, s.hi), select(odd, c.lo, s.lo)};
  Pair below = {select(odd, -s.hi, c.hi), select(odd, -s.lo, c.lo)};
  // The quotient and its correction share one division.
  Expr reciprocal = 1.0 / below.hi;
  Expr q = above.hi * reciprocal;
  Expr rest = residual(above.hi, q, below.hi) + fma(-q, below.lo, above.lo);
  Expr ratio = fma(rest, reciprocal, q);
  return select(lt(abs(x), smallest(x)), x, ratio);
}

} // namespace mx::codegen
