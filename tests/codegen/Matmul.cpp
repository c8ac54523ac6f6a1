// The matmul schedule against the chain of fused multiply-adds it promises, bit for bit, over layouts, element
// types, packings, odd sizes, static and dynamic.
#include "tests/codegen/MatmulHarness.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <random>

namespace mx::codegen::test {
namespace {

/// bf16 by truncation; which of two neighbours a test value becomes does not matter.
struct BFloat16 {
  BFloat16() = default;
  explicit BFloat16(float value) : bits(uint16_t(std::bit_cast<uint32_t>(value) >> 16)) {}
  operator float() const { return std::bit_cast<float>(uint32_t(bits) << 16); }
  uint16_t bits = 0;
};

/// Values with many significant bits and mixed signs, so that a different order shows.
template <typename T> std::vector<T> randomData(int64_t count, uint32_t seed) {
  std::mt19937 engine(seed);
  std::uniform_real_distribution<float> values(-1.f, 1.f);
  std::vector<T> data(static_cast<size_t>(count));
  for (T &x : data)
    x = T(values(engine));
  return data;
}

int64_t extentOf(int64_t batch, int64_t rows, int64_t cols, const std::array<int64_t, 3> &strides) {
  if (batch == 0 || rows == 0 || cols == 0)
    return 0;
  return (batch - 1) * strides[0] + (rows - 1) * strides[1] + (cols - 1) * strides[2] + 1;
}

/// Runs the kernel and compares every element with its chain. T holds operands, Acc results.
template <typename T, typename Acc>
void check(MatmulKernel &kernel, const MatmulCall &call, int threads, const std::string &what) {
  auto lhs = randomData<T>(extentOf(call.batch, call.M, call.K, call.lhs), 1);
  auto rhs = randomData<T>(extentOf(call.batch, call.K, call.N, call.rhs), 2);
  const int64_t count = extentOf(call.batch, call.M, call.N, call.result);
  // Guards on both sides show a store outside the result.
  constexpr int64_t kGuard = 64;
  const Acc sentinel = Acc(-12345);
  std::vector<Acc> result(static_cast<size_t>(count + 2 * kGuard), sentinel);
  kernel.run(call, lhs.data(), rhs.data(), result.data() + kGuard, threads);
  for (int64_t i = 0; i < kGuard; ++i) {
    ASSERT_EQ(result[i], sentinel) << what;
    ASSERT_EQ(result[kGuard + count + i], sentinel) << what;
  }
  for (int64_t b = 0; b < call.batch; ++b)
    for (int64_t i = 0; i < call.M; ++i)
      for (int64_t j = 0; j < call.N; ++j) {
        Acc sum = 0;
        const int64_t x = b * call.lhs[0] + i * call.lhs[1], y = b * call.rhs[0] + j * call.rhs[2];
        for (int64_t k = 0; k < call.K; ++k)
          sum = std::fma(Acc(lhs[x + k * call.lhs[2]]), Acc(rhs[y + k * call.rhs[1]]), sum);
        const Acc got = result[kGuard + b * call.result[0] + i * call.result[1] + j];
        ASSERT_EQ(std::memcmp(&got, &sum, sizeof(Acc)), 0)
            << what << " at (" << b << ", " << i << ", " << j << "): " << got << " is not " << sum;
      }
}

std::string describe(const MatmulCall &call, int lhsDim, int rhsDim) {
  return std::to_string(call.batch) + "x" + std::to_string(call.M) + "x" + std::to_string(call.N) + "x" +
         std::to_string(call.K) + " lhsDim " + std::to_string(lhsDim) + " rhsDim " + std::to_string(rhsDim);
}

struct Size {
  int64_t batch, M, N, K;
};
constexpr Size kSizes[] = {{1, 0, 5, 3},     {1, 5, 0, 3},      {1, 5, 3, 0},     {0, 4, 4, 4},    {1, 1, 1, 1},
                           {1, 3, 17, 33},   {2, 17, 3, 65},    {1, 33, 65, 127}, {3, 14, 32, 16}, {1, 127, 129, 40},
                           {1, 15, 31, 600}, {1, 200, 300, 17}, {1, 1, 100, 70},  {1, 100, 1, 70}, {2, 64, 64, 64}};

/// One dynamic kernel serves every size, in every layout.
TEST(Matmul, DynamicSizes) {
  for (int lhsDim : {1, 0, -1})
    for (int rhsDim : {1, 0, -1}) {
      MatmulKernelOptions options;
      options.lhsDim = lhsDim, options.rhsDim = rhsDim;
      MatmulKernel kernel({}, chooseMatmulConfig(problemOf({}, options), hostTarget(2)), options);
      for (const Size &s : kSizes) {
        MatmulCall call = MatmulCall::dense(s.batch, s.M, s.N, s.K, lhsDim, rhsDim);
        check<float, float>(kernel, call, 2, describe(call, lhsDim, rhsDim));
      }
    }
}

/// Constant sizes fold into the schedule and change no bit.
TEST(Matmul, StaticSizes) {
  for (const Size &s : kSizes)
    for (int lhsDim : {1, 0})
      for (int rhsDim : {1, 0}) {
        MatmulKernelOptions options;
        options.lhsDim = lhsDim, options.rhsDim = rhsDim, options.isStatic = true;
        MatmulCall call = MatmulCall::dense(s.batch, s.M, s.N, s.K, lhsDim, rhsDim);
        MatmulKernel kernel(call, chooseMatmulConfig(problemOf(call, options), hostTarget(2)), options);
        check<float, float>(kernel, call, 2, describe(call, lhsDim, rhsDim));
      }
}

/// Every combination of packing, tile and epilogue form gives the same bits.
TEST(Matmul, EveryConfig) {
  for (auto lhs : {MatmulPacking::Direct, MatmulPacking::Local, MatmulPacking::Shared})
    for (auto rhs : {MatmulPacking::Direct, MatmulPacking::Local, MatmulPacking::Shared})
      for (int variant = 0; variant < 4; ++variant) {
        MatmulConfig config;
        config.lhs = lhs, config.rhs = rhs;
        config.inlineEpilogue = variant % 2;
        config.rowTilesInner = variant / 2;
        config.tileRows = variant == 1 ? 20 : variant == 2 ? 6 : 13;
        config.tileVectors = variant == 1 ? 1 : 2;
        config.kBlock = variant == 3 ? 256 : 48;
        config.unitRowTiles = 1 + variant;
        config.unitColTiles = 4 - variant;
        MatmulKernelOptions options;
        MatmulKernel kernel({}, config, options);
        for (const Size &s : {Size{2, 33, 65, 127}, Size{1, 100, 70, 48}, Size{1, 1, 1, 1}, Size{1, 5, 3, 0}}) {
          MatmulCall call = MatmulCall::dense(s.batch, s.M, s.N, s.K);
          check<float, float>(kernel, call, 2, describe(call, 1, 1) + " config " + std::to_string(variant));
        }
      }
}

/// Narrow operands widen before the product; f64 accumulates in f64.
TEST(Matmul, ElementTypes) {
  MatmulCall call = MatmulCall::dense(2, 33, 65, 127);
  MatmulKernelOptions options;
  auto kernel = [&](Element element) {
    options.element = element;
    return MatmulKernel(call, chooseMatmulConfig(problemOf(call, options), hostTarget(2)), options);
  };
  auto f16 = kernel(Element::F16);
  check<_Float16, float>(f16, call, 2, "f16");
  auto bf16 = kernel(Element::BF16);
  check<BFloat16, float>(bf16, call, 2, "bf16");
  auto f64 = kernel(Element::F64);
  check<double, double>(f64, call, 2, "f64");
}

/// Narrower vectors and fewer registers give the same bits, as long as there is FMA.
TEST(Matmul, OtherTargets) {
  MatmulTarget target = hostTarget(2);
  target.vectorRegisters = 16, target.vectorBits = 256;
  for (int lhsDim : {1, 0})
    for (int rhsDim : {1, 0}) {
      MatmulKernelOptions options;
      options.lhsDim = lhsDim, options.rhsDim = rhsDim;
      options.features = "+avx2,+fma,+f16c,+bmi2";
      MatmulKernel kernel({}, chooseMatmulConfig(problemOf({}, options), target), options);
      MatmulCall call = MatmulCall::dense(2, 33, 65, 127, lhsDim, rhsDim);
      check<float, float>(kernel, call, 2, describe(call, lhsDim, rhsDim));
    }
}

} // namespace
} // namespace mx::codegen::test
