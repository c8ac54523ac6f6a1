// Kernels for machines with fewer instructions than this one: nothing they need is missing, and halves keep their bits.
#include "codegen/cpu/CpuTarget.h"
#include "tests/codegen/DifferentialHarness.h"

#include "llvm/TargetParser/Host.h"

#include <gtest/gtest.h>

namespace mx::codegen::test {
namespace {

using rt::DType;

std::vector<std::string> runnableTargets() {
  std::vector<std::string> names{"x86-64", "native"};
  const auto host = llvm::sys::getHostCPUFeatures();
  if (host.lookup("avx2") && host.lookup("fma"))
    names.push_back("x86-64-v3");
  if (host.lookup("avx512bw") && host.lookup("avx512vl"))
    names.push_back("x86-64-v4");
  return names;
}

// A scalar that is loaded outside a loop and used in it lives in a register of its own: where LLVM has no such register
// it would convert, by a function of the C library or by an instruction that loses subnormals.
TEST(Targets, ScalarHalvesKeepTheirBits) {
  for (const std::string &cpu : runnableTargets())
    for (DType dtype : {DType::float16, DType::bfloat16})
      for (double value : {-0x1p-128, 0x1p-24, 1.5, -0.0})
        checkOnTarget(cpu, std::string(nameOf(dtype)) + " scalar " + std::to_string(value), [&](Build &b) {
          Value s = b.input(dtype, {}, {value}), x = b.input(dtype, {37}, Fill::Special), i = b.indices(DType::int32, {9}, 0, 36);
          Value spread = b.broadcast(s, {37});
          Value chosen = b.op(OpKind::Where, {b.input(DType::bool_, {37}), x, spread});
          b.results({b.op(OpKind::Negative, {s}), b.astype(s, DType::bool_), b.astype(s, DType::float64), b.mul(spread, x), chosen,
                     b.op(OpKind::Concatenate, {spread, x}, {int64_t(0)}), b.op(OpKind::TakeAlongAxis, {x, i}, {int64_t(0)}),
                     b.op(OpKind::Pad, {x, s}, {Dims{1}, Dims{40}}), b.reduce(OpKind::Sum, b.broadcast(s, {1}), {0})});
        });
}

// The ops that are scalar loops: what they carry from one step to the next is a half too.
TEST(Targets, SequentialHalves) {
  for (const std::string &cpu : runnableTargets())
    for (DType dtype : {DType::float16, DType::bfloat16})
      checkOnTarget(cpu, std::string(nameOf(dtype)) + " loops", [&](Build &b) {
        Value x = b.input(dtype, {5, 7});
        std::vector<int64_t> axes{0};
        b.results({b.op(OpKind::Cummax, {x}, {int64_t(1), int64_t(0), int64_t(1)}), b.op(OpKind::Argmax, {x}, {int64_t(1), int64_t(0)}),
                   b.op(OpKind::Scatter, {x, b.input(dtype, {3, 1, 7}), b.indices(DType::int32, {3}, 0, 4)}, {axes, std::string("set")}),
                   b.op(OpKind::ScatterAxis, {x, b.indices(DType::int32, {5, 2}, 0, 6), b.input(dtype, {5, 2})}, {int64_t(1), std::string("set")})});
      });
}

} // namespace
} // namespace mx::codegen::test
