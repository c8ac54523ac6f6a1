// erf and its inverse. erf is a polynomial near 0 and 1 - exp(polynomial) elsewhere, whose error counts for
// little because what is subtracted is small. erfinv is x times a polynomial in log(1 - x^2) or the root of
// that.
#include "codegen/lowering/MathExpand.h"

#include <algorithm>

namespace mx::codegen {
namespace {

// Minimax coefficients of erf(x) / x - 1 in x^2 - 0.5, |x| <= 1; error of erf 2^-29 and 2^-56.3.
constexpr double kErf32[] = {-0x1.1ae14ep-5, -0x1.1fd164p-2,  0x1.454374p-4, -0x1.2b8d8cp-6,
                             0x1.c8163ap-9,  -0x1.289fd4p-11, 0x1.51498p-14};
constexpr double kErf64[] = {-0x1.1ae14dc34815ap-5,  -0x1.1fd16292151fdp-2,  0x1.454368017b056p-4,
                             -0x1.2b902b7b2f4fap-6,  0x1.c82aa249d7c26p-9,   -0x1.263991b68754ep-11,
                             0x1.486638cd45d05p-14,  -0x1.429e9bcfd6a32p-17, 0x1.1ad5cca2c6db5p-20,
                             -0x1.bf6b09510dd3ep-24, 0x1.42cbbe20735ccp-27,  -0x1.ed6c3b40fd62ep-31,
                             0x1.b84065d38d7bbp-35,  0x1.67001b2ea8e6dp-33};
// Minimax coefficients of log(erfc(1 + t)) - log(erfc(1)) rounded; 0 <= t <= 2.95, error of erf 2^-28;
// 0 <= t <= 4.95, 2^-60.5.
constexpr double kLogErfc32[] = {0x1.cf1f52p-26, -0x1.51c99ep+1,  -0x1.afafc2p-1, -0x1.53441p-5,
                                 0x1.3eebdcp-7,  -0x1.be7ef4p-10, 0x1.3f9b6p-13};
constexpr double kLogErfc64[] = {
    -0x1.104d2dcfc8f66p-56, -0x1.51c9b0006c23ap+1,  -0x1.afabc11a291e7p-1,  -0x1.5477f09c6eb8p-5,
    0x1.48c9d401d3c37p-7,   -0x1.033f68880e614p-9,  0x1.f1b474f86355fp-13,  0x1.b8c4925c9dbebp-16,
    -0x1.c765f4318e36ep-16, 0x1.417a9f561122ap-17,  -0x1.0f4a3f6172814p-19, 0x1.ba7a6b3dc105cp-24,
    0x1.14d7c44a48468p-23,  -0x1.3057e372b321cp-24, 0x1.93c85b33935c4p-26,  -0x1.9054b4df96783p-28,
    0x1.36603137a6407p-30,  -0x1.7998dfa6417b2p-33, 0x1.62595c968a97p-36,   -0x1.ef72ec49878f2p-40,
    0x1.e59ed17873b0fp-44,  -0x1.296a75c29f57cp-48, 0x1.563baa29a6853p-54};

// Minimax coefficients of erfinv(x) / x - start with w = -log(1 - x^2), relative errors 2^-28 and 2^-55:
// near, w below the split, in w - center; far, in sqrt(w) - center.
constexpr double kNear32[] = {-0x1.d203b6p-4,  0x1.db29dep-3,   0x1.7a81fap-7,  -0x1.32d23ap-9,
                              -0x1.f1a7fap-14, 0x1.3c99b2p-15,  0x1.e262a4p-18, -0x1.8610ccp-19,
                              0x1.9bf8ccp-22,  -0x1.a51646p-26, 0x1.6241f6p-31};
constexpr double kFar32[] = {0x1.aa7bfp-1,    0x1.006dcep+0,  0x1.357a2ep-7,  -0x1.f5d822p-8,
                             0x1.7558ap-8,    -0x1.c60b84p-9, 0x1.745deep-10, -0x1.75eba2p-12,
                             -0x1.18f5f8p-13, 0x1.60d69ap-12, -0x1.43f774p-13};
constexpr double kNear64[] = {
    -0x1.d203b725884abp-4,  0x1.db29fb2fee5fep-3,  0x1.7a72e72c1b283p-7,   -0x1.3211025d278e9p-9,
    -0x1.0c86b8c0b2194p-13, 0x1.8701559c9122ap-15, 0x1.0f1ce09e8eb8bp-19,  -0x1.0fc7fa1ad11ccp-20,
    -0x1.41a2b59c68913p-25, 0x1.8ac1f05b35045p-26, 0x1.3c5bb357218bap-31,  -0x1.a925043b5deccp-32,
    -0x1.bc3372e37c6c9p-34, 0x1.de602c58b687p-35,  -0x1.233dd5d1111aap-36, 0x1.6d5557e52c7b1p-38,
    -0x1.93487dacf7f5cp-40, 0x1.517efa5151676p-42, -0x1.a0904832803b3p-45, 0x1.7becd3002b164p-48,
    -0x1.fde1a073422ffp-52, 0x1.eca06fcf8de98p-56, -0x1.45ea2f1b52ecbp-60, 0x1.0961e9ece859cp-65,
    -0x1.9253490510b86p-72};
constexpr double kFar64[] = {
    0x1.79bf44c946badp-4,   0x1.028defb613f89p+0,   0x1.75afae9524b0cp-11,  -0x1.3eb627bccfd6bp-11,
    0x1.bcf78167ae11bp-13,  -0x1.0e322e6685f78p-14, 0x1.70c3efd3d4142p-16,  -0x1.562d3fe094343p-17,
    0x1.85b804622c62fp-18,  -0x1.aefdd4839f24p-19,  0x1.900504853ff17p-20,  -0x1.149e973c4a5e1p-21,
    0x1.9093f2c9325c4p-24,  0x1.b7a6b8747715ep-26,  -0x1.02b022545c27ep-25, 0x1.ce58d3809b3e8p-27,
    -0x1.a87a2c9f04c99p-29, -0x1.ba38a4c3d24e5p-33, 0x1.04cfd7dce03f6p-31,  -0x1.8fba21ed77a66p-33,
    0x1.01956e21e9078p-35,  0x1.06c517e877568p-40,  -0x1.9068f1e08273bp-39, 0x1.16549f3c4c661p-39,
    -0x1.2ae057582933fp-41, -0x1.62731cdaf64afp-44, 0x1.fca145c3dac5dp-45,  -0x1.d2ab9b8411af5p-49,
    -0x1.1f2de46d04957p-50};
struct ErfinvRange {
  std::span<const double> coefficients;
  double start, center;
};
struct ErfinvRanges {
  ErfinvRange near, far;
  double split;
};
const ErfinvRanges kErfinv32 = {{kNear32, 1.0, 0.0}, {kFar32, 2.0, 3.0}, 5.0};
const ErfinvRanges kErfinv64 = {{kNear64, 1.0, 0.0}, {kFar64, 4.0, 4.25}, 6.25};

bool isSingle(Expr x) { return x.width() == 32; }

} // namespace

Expr expandErf(Expr x) {
  Expr y = abs(x);
  Expr small = fma(y, poly(fma(y, y, -0.5), {kErf32, kErf64}), y);
  // Past the limit erf is 1.
  double limit = isSingle(x) ? 3.9375 : 5.9375;
  Expr t = select(gt(y, limit), limit, y) - 1.0;
  // log(erfc) as a pair: its own rounding would show near 1.
  Expr start = t.constant(isSingle(x) ? -0x1.d97fcp+0 : -0x1.d97fbf27aa2a1p+0);
  Pair log = fastTwoSum(start, poly(t, {kLogErfc32, kLogErfc64}));
  ExpReduction e = reduceExp(log.hi);
  e.r.hi = e.r.hi + log.lo;
  Expr large = fma(-expSignificand(e), powerOfTwo(e.shifted), 1.0);
  return copysign(select(lt(y, 1.0), small, large), x);
}

Expr expandErfinv(Expr x) {
  const ErfinvRanges &ranges = isSingle(x) ? kErfinv32 : kErfinv64;
  Expr y = abs(x);
  // At 1 the logarithm would be infinite; the exit below takes over.
  Expr inside = lt(y, 1.0);
  Expr rest = select(inside, (1.0 - y) * (1.0 + y), 1.0);
  Expr w = -expandLog(rest);
  Expr far = gt(w, ranges.split);
  Expr t = select(far, sqrt(w) - ranges.far.center, w - ranges.near.center);
  // One Horner chain; each lane has the coefficients of its range.
  auto coefficient = [&](size_t k) {
    auto of = [&](const ErfinvRange &r) {
      return t.constant(k < r.coefficients.size() ? r.coefficients[k] : 0.0);
    };
    return select(far, of(ranges.far), of(ranges.near));
  };
  size_t count = std::max(ranges.near.coefficients.size(), ranges.far.coefficients.size());
  Expr sum = coefficient(count - 1);
  for (size_t k = count - 1; k-- > 0;)
    sum = fma(sum, t, coefficient(k));
  Expr start = select(far, ranges.far.start, t.constant(ranges.near.start));
  Expr value = fma(y, start, y * sum);
  value = select(inside, value, select(eq(y, 1.0), HUGE_VAL, y.constant(std::nan(""))));
  return copysign(value, x);
}

} // namespace mx::codegen
