// Program files: what is written is what is read and runs, for all dtypes and for sizes that are free; every damaged byte is
// found; and a file whose checksums hold is still refused, or is a program that can be loaded, whatever its bytes say.
#include "runtime/LoadedProgram.h"
#include "runtime/base/Hash.h"
#include "runtime/cpu/CpuFeatures.h"
#include "tests/runtime/SmallPrograms.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <memory>
#include <numeric>
#include <random>

namespace mx::rt {
namespace {

using Bytes = std::vector<std::byte>;

/// out[u] = x[u] + y[u] for the units u of a launch, in x86-64.
constexpr unsigned char kAdd[] = {0x48, 0x8b, 0x07, 0x48, 0x8b, 0x08, 0x4c, 0x8b, 0x40, 0x08, 0x48, 0x8b, 0x40, 0x10, 0x89,
                                  0xf6, 0x39, 0xd6, 0x73, 0x14, 0xf3, 0x0f, 0x10, 0x04, 0xb1, 0xf3, 0x41, 0x0f, 0x58, 0x04,
                                  0xb0, 0xf3, 0x0f, 0x11, 0x04, 0xb0, 0xff, 0xc6, 0xeb, 0xe8, 0x31, 0xc0, 0xc3};

std::shared_ptr<const MachineCode> addCode() { return *MachineCode::load(std::as_bytes(std::span(kAdd)), {}); }

template <typename T> ConstantSpec constantOf(std::vector<T> values) {
  const auto bytes = values.size() * sizeof(T);
  auto memory = hostAllocator().allocate(bytes);
  std::memcpy((*memory)->data, values.data(), bytes);
  return {*memory, static_cast<int64_t>(bytes)};
}

/// out = (x + y) + (x + x), and x as it came, and a constant; for one processor that has everything and one that is none.
ProgramFile sample(const SizeExpr &n) {
  auto code = addCode();
  CompiledProgram program = twoTemporaries(n, [&](std::vector<BufferRef> buffers, const SizeExpr &units) {
    return Step{{"add", code->at(0), nullptr, 0}, std::move(buffers), {units}, units, 1};
  });
  program.code = {code};
  ProgramFile file;
  file.constants = {constantOf<float>({1.5f, -2}), constantOf<int64_t>({7})};
  file.signature = {"sums", program.numSymbols, program.inputs, {}, {}, {}, {}, {}, {}};
  if (program.numSymbols) {
    file.signature.atLeast = {0};
    file.signature.fixed = {{7, "of seven"}, {2, "of two"}};
    file.signature.argumentNames = {"x", "y"};
    file.signature.resultNames = {"sum", "same", "constant"};
  }
  file.signature.results = {{DType::float32, {n}, ResultSpec::Output, 0}, {DType::float32, {n}, ResultSpec::Argument, 1}, {DType::float32, {2}, ResultSpec::Constant, 0}};
  file.variants = {{"cpu:x86-64", {}, program}, {"cpu:later", {"avx9000"}, program}};
  return file;
}

Result<LoadedProgram> loaded(std::span<const std::byte> bytes, const LoadOptions &options = {}) {
  auto file = ProgramFileReader::open(bytes, nullptr);
  if (!file)
    return file.error();
  return LoadedProgram::load(std::move(*file), options);
}

TensorView view(const std::vector<float> &values, std::vector<int32_t> &shape) { return {values.data(), DType::float32, shape}; }

void checkRun(const LoadedProgram &program, int32_t n) {
  const std::vector<float> x = iota(n, 1), y = iota(n, 100);
  std::vector<int32_t> shape{n};
  std::vector<TensorValue> results;
  for (int call = 0; call < 2; ++call) {
    Status status = program.run(std::array{view(x, shape), view(y, shape)}, results);
    ASSERT_TRUE(status) << status.error().message;
    ASSERT_EQ(results.size(), 3u);
    EXPECT_EQ(results[0].shape, shape);
    for (int32_t i = 0; i < n; ++i) {
      EXPECT_EQ(static_cast<float *>(results[0].buffer->data)[i], 3 * x[i] + y[i]);
      EXPECT_EQ(static_cast<float *>(results[1].buffer->data)[i], y[i]);
    }
    EXPECT_EQ(static_cast<float *>(results[2].buffer->data)[1], -2);
  }
}

TEST(ProgramFile, AStaticProgramRunsFromItsFile) {
  const Bytes bytes = serialize(sample(5));
  auto program = loaded(bytes);
  ASSERT_TRUE(program) << program.error().message;
  EXPECT_EQ(program->target(), "cpu:x86-64");
  EXPECT_EQ(program->program().arenaBytes, 128);
  checkRun(*program, 5);
}

TEST(ProgramFile, SizesThatAreFreeStayFree) {
  const Bytes bytes = serialize(sample(SizeExpr::symbol(0)));
  auto program = loaded(bytes);
  ASSERT_TRUE(program) << program.error().message;
  for (int32_t n : {1, 5, 1000})
    checkRun(*program, n);
}

TEST(ProgramFile, EqualProgramsGiveEqualBytesAndEqualConstantsAreStoredOnce) {
  EXPECT_EQ(serialize(sample(5)), serialize(sample(5)));
  ProgramFile file = sample(5);
  const size_t before = serialize(file).size();
  const std::vector<float> values(100000, 3);
  for (ProgramVariant &variant : file.variants)
    variant.program.constants = {constantOf(values), constantOf(values)};
  const size_t after = serialize(file).size();
  EXPECT_GE(after, before + 400000);
  EXPECT_LT(after, before + 401000);
}

TEST(ProgramFile, ConstantsAreUsedWhereTheyLie) {
  ProgramFile file = sample(5);
  file.variants[0].program.constants = {constantOf<float>({1, 2, 3})};
  const Bytes serialized = serialize(file);
  // As a mapping would have it: at the start of a page.
  std::unique_ptr<std::byte, decltype(&std::free)> memory(static_cast<std::byte *>(std::aligned_alloc(4096, (serialized.size() + 4095) / 4096 * 4096)), std::free);
  std::memcpy(memory.get(), serialized.data(), serialized.size());
  auto program = loaded({memory.get(), serialized.size()});
  ASSERT_TRUE(program);
  auto *data = static_cast<const std::byte *>(program->program().constants[0].data->data);
  EXPECT_GE(data, memory.get());
  EXPECT_LT(data, memory.get() + serialized.size());
  EXPECT_EQ(reinterpret_cast<uintptr_t>(data) % 64, 0u);
}

// A program without steps returns its arguments and constants: what is between is the format alone.
TEST(ProgramFile, EveryDtypeGoesThroughStaticAndFree) {
  for (int d = 0; d < kNumDTypes; ++d)
    for (const SizeExpr &n : {SizeExpr(3), SizeExpr::symbol(0)}) {
      const auto dtype = static_cast<DType>(d);
      std::vector<uint8_t> raw(static_cast<size_t>(6 * sizeOf(dtype)));
      std::iota(raw.begin(), raw.end(), uint8_t(d));
      ProgramFile file;
      file.constants = {constantOf(raw)};
      CompiledProgram program;
      program.inputs = {{dtype, {2, n}}};
      program.isStatic = n.isConstant();
      program.numSymbols = !n.isConstant();
      file.signature = {"through", program.numSymbols, program.inputs, {{dtype, {2, n}, ResultSpec::Argument, 0}, {dtype, {3, 2}, ResultSpec::Constant, 0}}, {}, {}, {}, {}, {}};
      file.variants = {{"cpu:x86-64", {}, program}};
      const Bytes bytes = serialize(file);
      auto program2 = loaded(bytes);
      ASSERT_TRUE(program2) << nameOf(dtype) << ": " << program2.error().message;
      const std::vector<int32_t> shape{2, 3};
      std::vector<TensorValue> results;
      ASSERT_TRUE(program2->run(std::array{TensorView{raw.data(), dtype, shape}}, results));
      for (const TensorValue &result : results) {
        EXPECT_EQ(result.dtype, dtype);
        EXPECT_EQ(std::memcmp(result.buffer->data, raw.data(), raw.size()), 0);
      }
      EXPECT_EQ(results[0].shape, shape);
    }
}

TEST(ProgramFile, WrongCallsNameWhatIsWrong) {
  const Bytes fixed = serialize(sample(5)), free = serialize(sample(SizeExpr::symbol(0)));
  auto program = loaded(fixed), shapeless = loaded(free);
  ASSERT_TRUE(program && shapeless);
  const std::vector<float> x = iota(6, 0);
  std::vector<int32_t> five{5}, six{6}, square{5, 1};
  std::vector<TensorValue> results;
  const std::pair<std::vector<TensorView>, const char *> cases[] = {
      {{view(x, five)}, "[sums] takes 2 inputs, not 1; pass them in the order of the export"},
      {{view(x, five), view(x, six)}, "[sums] input 1 has shape (6,), not (5,); export a program for this shape, or a shapeless one"},
      {{view(x, square), view(x, five)}, "[sums] input 0 has shape (5, 1), not (5,); export a program for this shape, or a shapeless one"},
      {{view(x, five), {x.data(), DType::int32, five}}, "[sums] input 1 is int32, not float32; convert it before the call"},
      {{view(x, five), {nullptr, DType::float32, five}}, "[sums] input 1 has no data; point it at its elements"}};
  for (const auto &[arguments, message] : cases) {
    Status status = program->run(arguments, results);
    ASSERT_FALSE(status) << message;
    EXPECT_EQ(status.error().message, message);
    EXPECT_EQ(status.error().code, ErrorCode::invalidArgument);
  }
  Status status = shapeless->run(std::array{view(x, five), view(x, six)}, results);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().message, "[sums] input 1 'y' has shape (6,), not (s0,); sizes of one name are equal, others are part of the program: export one for this shape");
  std::vector<int32_t> one{1};
  ProgramFile file = sample(SizeExpr::symbol(0));
  file.signature.atLeast = {2};
  const Bytes bounded = serialize(file);
  status = loaded(bounded)->run(std::array{view(x, one), view(x, one)}, results);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().message, "[sums] the size s0 is 1, and the program holds from 2 on; export one for this shape");
}

TEST(ProgramFile, BoundsReasonsAndNamesGoThrough) {
  const ProgramFile file = sample(SizeExpr::symbol(0));
  const Bytes bytes = serialize(file);
  auto read = ProgramFileReader::open(bytes, nullptr);
  ASSERT_TRUE(read) << read.error().message;
  const Signature &signature = read->signature();
  EXPECT_EQ(signature.atLeast, file.signature.atLeast);
  ASSERT_EQ(signature.fixed.size(), 2u);
  EXPECT_EQ(signature.fixed[1].size, 2);
  EXPECT_EQ(signature.fixed[1].reason, "of two");
  EXPECT_EQ(signature.argumentNames, file.signature.argumentNames);
  EXPECT_EQ(signature.resultNames, file.signature.resultNames);
  for (auto spoil : std::initializer_list<void (*)(Signature &)>{[](Signature &s) { s.atLeast.push_back(1); }, [](Signature &s) { s.argumentNames.pop_back(); },
                                                                [](Signature &s) { s.resultNames.push_back("more"); }}) {
    ProgramFile spoilt = file;
    spoil(spoilt.signature);
    EXPECT_FALSE(ProgramFileReader::open(serialize(spoilt), nullptr));
  }
}

TEST(ProgramFile, SizesAreWrittenAsInDumps) {
  using Op = SizeExpr::Op;
  const SizeExpr n = SizeExpr::symbol(0), m = SizeExpr::symbol(1);
  EXPECT_EQ(shapeText(std::array{SizeExpr(3), n, SizeExpr::binary(Op::Mul, n, 6), SizeExpr::binary(Op::FloorDiv, SizeExpr::binary(Op::Add, m, n), 2),
                                 SizeExpr::binary(Op::Max, n, m)}),
            "(3, s0, (s0 * 6), ((s1 + s0) floordiv 2), max(s0, s1))");
  EXPECT_EQ(shapeText(std::array{SizeExpr::binary(Op::Sub, n, 1)}), "((s0 - 1),)");
}

TEST(ProgramFile, TargetsThatDoNotRunHereAreNamed) {
  ProgramFile file = sample(5);
  Bytes bytes = serialize(file);
  auto missing = loaded(bytes, {DeviceKind::cpu, "cpu:later"});
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().message, "no program of the file runs on this processor: it was made for cpu:x86-64, cpu:later; cpu:later: this processor lacks avx9000");
  EXPECT_EQ(missing.error().code, ErrorCode::device);
  auto unknown = loaded(bytes, {DeviceKind::cpu, "cpu:z80"});
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().message, "no program of the file runs on this processor: it was made for cpu:x86-64, cpu:later, not for cpu:z80");
  file.variants.erase(file.variants.begin());
  bytes = serialize(file);
  EXPECT_FALSE(loaded(bytes));
}

TEST(ProgramFile, OfTheVariantsThatRunTheOneWithMostFeaturesIsTaken) {
  ProgramFile file = sample(5);
  file.variants.push_back({"cpu:best", {cpuFeatures().begin(), cpuFeatures().end()}, file.variants[0].program});
  const Bytes bytes = serialize(file);
  EXPECT_EQ(loaded(bytes)->target(), cpuFeatures().empty() ? "cpu:x86-64" : "cpu:best");
  EXPECT_EQ(loaded(bytes, {DeviceKind::cpu, "cpu:x86-64"})->target(), "cpu:x86-64");
}

TEST(ProgramFile, EveryFlippedBitAndEveryCutIsFound) {
  const Bytes bytes = serialize(sample(5));
  for (size_t i = 0; i < bytes.size(); ++i) {
    Bytes damaged = bytes;
    damaged[i] ^= std::byte(1 << i % 8);
    auto file = ProgramFileReader::open(damaged, nullptr);
    ASSERT_FALSE(file) << "byte " << i;
    EXPECT_EQ(file.error().code, ErrorCode::file);
    ASSERT_FALSE(ProgramFileReader::open(std::span(bytes).first(i), nullptr)) << "cut at " << i;
  }
  Bytes longer = bytes;
  longer.push_back(std::byte{0});
  EXPECT_FALSE(ProgramFileReader::open(longer, nullptr));
}

TEST(ProgramFile, ANewerVersionIsRefusedInClearWords) {
  Bytes bytes = serialize(sample(5));
  bytes[8] = std::byte{3};
  auto file = ProgramFileReader::open(bytes, nullptr);
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().message, "has version 3 of the format; this mx reads versions up to 2: use the mx that wrote it, or a newer one");
}

// --- Mutants whose checksums hold ----------------------------------------------------------------------------------

constexpr size_t kHeaderBytes = 48, kRowBytes = 40, kChecksumAt = 32, kRowChecksumAt = 24;

/// Makes the checksums of damaged bytes right, as far as the table leads to bytes that are there.
void repair(Bytes &bytes) {
  auto number = [&](size_t at) {
    uint64_t n = 0;
    std::memcpy(&n, bytes.data() + at, 8);
    return n;
  };
  if (bytes.size() < kHeaderBytes)
    return;
  const uint64_t size = bytes.size();
  std::memcpy(bytes.data() + 16, &size, 8);
  const uint64_t rows = std::min<uint64_t>(number(8) >> 32, (size - kHeaderBytes) / kRowBytes);
  for (uint64_t r = 0; r < rows; ++r) {
    const size_t row = kHeaderBytes + r * kRowBytes;
    const uint64_t offset = number(row + 8), length = number(row + 16);
    if (offset > size || length > size - offset)
      continue;
    const Hash128 hash = hashBytes(bytes.data() + offset, length);
    std::memcpy(bytes.data() + row + kRowChecksumAt, &hash, 16);
  }
  std::memset(bytes.data() + kChecksumAt, 0, 16);
  const Hash128 hash = hashBytes(bytes.data(), kHeaderBytes + rows * kRowBytes);
  std::memcpy(bytes.data() + kChecksumAt, &hash, 16);
}

/// Changes one to four places: bits, bytes, numbers that sizes and counts have at their limits, pieces of the file itself.
Bytes mutated(Bytes bytes, std::mt19937 &random) {
  auto below = [&](size_t n) { return std::uniform_int_distribution<size_t>(0, n - 1)(random); };
  for (size_t changes = 1 + below(4); changes-- > 0;) {
    // Constants are only data: most changes go to what is read.
    const size_t at = below(below(8) ? std::min<size_t>(bytes.size(), 1600) : bytes.size());
    switch (below(6)) {
    case 0: bytes[at] ^= std::byte(1 << below(8)); break;
    case 1: bytes[at] = std::byte(below(256)); break;
    case 2: {
      const uint32_t numbers[] = {0, 1, 2, 0x7fffffff, 0x80000000, 0xffffffff, static_cast<uint32_t>(bytes.size()), 64};
      std::memcpy(bytes.data() + at, &numbers[below(std::size(numbers))], std::min<size_t>(4, bytes.size() - at));
      break;
    }
    case 3: {
      const int64_t numbers[] = {-1, INT64_MIN, INT64_MAX, int64_t(1) << 32, int64_t(1) << 62, 0};
      std::memcpy(bytes.data() + at, &numbers[below(std::size(numbers))], std::min<size_t>(8, bytes.size() - at));
      break;
    }
    case 4: {
      const size_t from = below(bytes.size()), length = std::min({1 + below(48), bytes.size() - from, bytes.size() - at});
      std::memmove(bytes.data() + at, bytes.data() + from, length);
      break;
    }
    default:
      if (below(8) == 0)
        bytes.resize(1 + below(bytes.size()));
    }
  }
  return bytes;
}

// The same ones in every run; others with --gtest_shuffle --gtest_repeat=N.
TEST(ProgramFile, TwentyThousandMutantsAreRefusedOrLoad) {
  std::mt19937 random(static_cast<unsigned>(testing::UnitTest::GetInstance()->random_seed()));
  const Bytes originals[] = {serialize(sample(5)), serialize(sample(SizeExpr::binary(SizeExpr::Op::Max, SizeExpr::symbol(0), SizeExpr::symbol(0))))};
  int refused = 0, read = 0;
  for (int i = 0; i < 20000; ++i) {
    Bytes mutant = mutated(originals[i % 2], random);
    repair(mutant);
    const std::clock_t start = std::clock();
    auto program = loaded(mutant);
    refused += !program;
    read += bool(program);
    if (!program)
      EXPECT_FALSE(program.error().message.empty());
    EXPECT_LT(std::clock() - start, CLOCKS_PER_SEC) << "mutant " << i;
  }
  // Both happen: mutants get past the checksums, and what they say is checked.
  EXPECT_GT(refused, 4000);
  EXPECT_GT(read, 1000);
}

} // namespace
} // namespace mx::rt
