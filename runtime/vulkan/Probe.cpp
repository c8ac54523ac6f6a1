// The numbers and what they should give. Half of the products a*b are cancelled by c, so that only a fused multiply-add
// leaves something; quotients and roots of random numbers differ from the exact ones in a quarter of the cases where a
// device multiplies by a reciprocal.
#include "runtime/vulkan/Probe.h"

#include "runtime/Regions.h"
#include "runtime/base/Half.h"

#include <bit>
#include <cmath>
#include <cstring>
#include <span>

namespace mx::rt::vulkan {
namespace {

constexpr uint32_t kWords[] = {
#include "runtime/vulkan/shaders/Probe.inc"
};
constexpr uint32_t kHalfWords[] = {
#include "runtime/vulkan/shaders/ProbeHalf.inc"
};

struct Row {
  float a, b, c;
};
struct Answer {
  uint32_t fused, quotient, root, product;
};
constexpr int kWorkgroup = 64;
/// Rows of normal numbers come first, as many with products below the normal numbers follow.
constexpr int kNormalRows = 2048, kRows = 2 * kNormalRows;

/// Numbers from a fixed seed.
class Random {
public:
  uint32_t next() {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return static_cast<uint32_t>(state >> 33);
  }
  /// A full significand, an exponent in [low, high).
  float number(int low, int high) {
    const float significand = std::bit_cast<float>(0x3F800000u | (next() & 0x7FFFFFu));
    return std::ldexp(significand, low + static_cast<int>(next() % static_cast<uint32_t>(high - low)));
  }

private:
  uint64_t state = 1;
};

Row arithmeticRow(Random &random, int i) {
  if (i < kNormalRows) {
    Row r{random.number(-8, 8), random.number(-8, 8), 0};
    r.c = i % 2 ? -(r.a * r.b) : random.number(-16, 16);
    return r;
  }
  // Subnormal results, subnormal operands.
  return i % 2 ? Row{random.number(-70, -66), 1, random.number(-70, -66)}
               : Row{random.number(-140, -130), 1, random.number(4, 10)};
}

/// Every other pair lies half-way between two float16, some of them subnormal.
Row halfRow(Random &random, int i) {
  if (i % 2)
    return {random.number(-26, 17), -random.number(-26, 17), 0};
  auto tie = [&] {
    const auto bits = static_cast<uint16_t>(random.next() % 0x7BFF);
    return (fromFloat16(bits) + fromFloat16(bits + 1)) / 2;
  };
  return {tie(), -tie(), 0};
}

Result<std::vector<Answer>> ask(Device &device, std::span<const uint32_t> words, std::span<const Row> rows) {
  auto shader = std::make_shared<Shader>();
  shader->words = std::make_shared<const std::vector<uint32_t>>(words.begin(), words.end());
  shader->entry = "main";
  shader->bindings = {0, 1};
  shader->firstWritten = 1;
  const int64_t n = kRows;
  CompiledProgram p;
  p.name = "probe";
  p.inputs = {{DType::float32, {n, 3}}};
  p.outputs = {{DType::uint32, {n, 4}, n * int64_t(sizeof(Answer)), -1}};
  Step step;
  step.entry.name = "probe";
  step.entry.shader = std::move(shader);
  step.buffers = {{BufferRef::Input, 0}, {BufferRef::Output, 0}};
  step.units = n / kWorkgroup;
  p.steps = {std::move(step)};
  void *input = const_cast<Row *>(rows.data());
  BufferPtr output;
  if (Status s = device.run(p, {{&input, 1}, {}, {}, {&output, 1}}); !s)
    return s.error();
  if (Status s = hostAccess(output->data); !s)
    return s.error();
  std::vector<Answer> answers(kRows);
  std::memcpy(answers.data(), output->data, kRows * sizeof(Answer));
  return answers;
}

uint32_t bitsOf(float x) { return std::bit_cast<uint32_t>(x); }

} // namespace

Status probeArithmetic(Device &device, GpuProperties &properties) {
  Random random;
  std::vector<Row> rows(kRows);
  for (int i = 0; i < kRows; ++i)
    rows[i] = arithmeticRow(random, i);
  auto answers = ask(device, kWords, rows);
  if (!answers)
    return answers.error();
  properties.fusedFma = properties.exactDivision = properties.exactSqrt = properties.subnormals = true;
  for (int i = 0; i < kRows; ++i) {
    const Row &r = rows[i];
    const Answer &got = (*answers)[i];
    if (i >= kNormalRows) {
      properties.subnormals &= got.product == bitsOf(r.a * r.c);
      continue;
    }
    properties.fusedFma &= got.fused == bitsOf(std::fma(r.a, r.b, r.c));
    properties.exactDivision &= got.quotient == bitsOf(r.a / r.b);
    properties.exactSqrt &= got.root == bitsOf(std::sqrt(r.b));
  }
  if (!properties.float16)
    return {};
  for (int i = 0; i < kRows; ++i)
    rows[i] = halfRow(random, i);
  answers = ask(device, kHalfWords, rows);
  if (!answers)
    return answers.error();
  properties.exactHalf = true;
  for (int i = 0; i < kRows; ++i)
    properties.exactHalf &=
        (*answers)[i].fused == (toFloat16(rows[i].a) | static_cast<uint32_t>(toFloat16(rows[i].b)) << 16);
  return {};
}

} // namespace mx::rt::vulkan
