// The harness compiles without the kernel cache where forms could share a kernel and compares every element.
#include "tests/codegen/DifferentialHarness.h"

#include "codegen/Compiler.h"
#include "codegen/cpu/CpuBackend.h"
#include "codegen/spirv/SpirvPipeline.h"
#include "ir/interp/Elements.h"
#include "runtime/Executor.h"

#include <gtest/gtest.h>

#include <cmath>

using namespace mlir;

namespace mx::codegen::test {

using rt::DType;
using namespace ir::interp;

const std::vector<DType> kFloatDtypes = {DType::float16, DType::bfloat16, DType::float32, DType::float64};
const std::vector<DType> kIntDtypes = {DType::uint8, DType::uint16, DType::uint32, DType::uint64,
                                       DType::int8,  DType::int16,  DType::int32,  DType::int64};
const std::vector<DType> kRealDtypes = [] {
  std::vector<DType> all = kIntDtypes;
  all.insert(all.end(), kFloatDtypes.begin(), kFloatDtypes.end());
  all.push_back(DType::bool_);
  return all;
}();

namespace {

MLIRContext &sharedContext() {
  static auto *context = [] {
    DialectRegistry registry;
    registerDialects(registry);
    registerSpirvDialects(registry);
    auto *c = new MLIRContext(registry, MLIRContext::Threading::DISABLED);
    c->loadAllAvailableDialects();
    return c;
  }();
  return *context;
}

double randomReal(std::mt19937_64 &random, double low, double high) {
  return std::uniform_real_distribution<double>(low, high)(random);
}

template <typename T> T randomElement(std::mt19937_64 &random, Fill fill) {
  using C = Compute<T>;
  if constexpr (std::is_same_v<T, Complex>) {
    return T(randomElement<float>(random, fill), randomElement<float>(random, fill));
  } else if constexpr (std::is_same_v<T, Bool>) {
    return T{uint8_t(random() & 1)};
  } else if constexpr (isReal<T>) {
    static constexpr double specials[] = {NAN, INFINITY, -INFINITY, 0.0, -0.0, 1e-40, -1e-40, 6e-8, 65504, 3.4e38, 1, -1, 0.5, 2.5, -1.5};
    if (fill == Fill::Special && random() % 3 == 0)
      return write<T>(specials[random() % std::size(specials)]);
    if (fill == Fill::Small)
      return write<T>(randomReal(random, -2, 2));
    return write<T>(std::ldexp(randomReal(random, -1, 1), int(random() % 16) - 6));
  } else {
    static constexpr C specials[] = {0, 1, C(-1), 2, std::numeric_limits<C>::min(), std::numeric_limits<C>::max(), C(sizeof(C) * 8)};
    if (fill == Fill::Special && random() % 3 == 0)
      return specials[random() % std::size(specials)];
    if (fill == Fill::Small)
      return std::is_unsigned_v<C> ? C(random() % 7) : C(int64_t(random() % 13) - 6);
    return C(random() >> (random() % 64));
  }
}

Tensor zeros(DType dtype, std::vector<int64_t> shape) {
  int64_t n = 1;
  for (int64_t d : shape)
    n *= d;
  return {dtype, std::move(shape), std::vector<std::byte>(n * rt::sizeOf(dtype))};
}

Tensor tensorOf(DType dtype, std::vector<int64_t> shape, const std::vector<double> &values) {
  Tensor t = zeros(dtype, std::move(shape));
  visit(dtype, [&]<typename T>(std::type_identity<T>) {
    size_t i = 0;
    for (T &e : elements<T>(t))
      e = convertElement<T>(values[values.size() == 1 ? 0 : i++]);
  });
  return t;
}

} // namespace

// --- Building ---------------------------------------------------------------------------------------------------

Build::Build(Sizes sizes, uint64_t seed) : sizes(sizes), random(seed), b(&sharedContext()) {
  owner = ModuleOp::create(b.getUnknownLoc());
  b.setInsertionPointToEnd(owner->getBody());
  func = b.create<func::FuncOp>(b.getUnknownLoc(), "main", b.getFunctionType({}, {}));
  b.setInsertionPointToEnd(func.addEntryBlock());
}

Dim Build::size(int64_t value) { return value < 2 ? Dim(value) : offset(value); }

Dim Build::offset(int64_t value) {
  if (sizes == Sizes::Static)
    return value;
  symbols.push_back(value);
  return Dim::symbol(symbols.size() - 1);
}

std::vector<int64_t> Build::concrete(const Dims &dims) const {
  std::vector<int64_t> result;
  for (Dim d : dims)
    result.push_back(d.evaluate(symbols.data()));
  return result;
}

Value Build::argument(Tensor tensor, const Dims &dims) {
  Type type = ir::toTensorType(b.getContext(), {tensor.dtype, dims});
  inputs.push_back(std::move(tensor));
  Value v = func.getBody().addArgument(type, b.getUnknownLoc());
  func.setFunctionType(b.getFunctionType(func.getBody().getArgumentTypes(), {}));
  return v;
}

Value Build::input(DType dtype, const Dims &dims, Fill fill) {
  Tensor t = zeros(dtype, concrete(dims));
  visit(dtype, [&]<typename T>(std::type_identity<T>) {
    for (T &e : elements<T>(t))
      e = randomElement<T>(random, fill);
  });
  return argument(std::move(t), dims);
}

Value Build::input(DType dtype, const Dims &dims, const std::vector<double> &values) {
  return argument(tensorOf(dtype, concrete(dims), values), dims);
}

Value Build::indices(DType dtype, const Dims &dims, int64_t low, int64_t high) {
  Tensor t = zeros(DType::int64, concrete(dims));
  for (int64_t &e : elements<int64_t>(t))
    e = low + int64_t(random() % uint64_t(high - low + 1));
  Tensor converted = zeros(dtype, t.shape);
  visit(dtype, [&]<typename T>(std::type_identity<T>) {
    for (auto [to, from] : llvm::zip_equal(elements<T>(converted), elements<int64_t>(t)))
      to = convertElement<T>(from);
  });
  return argument(std::move(converted), dims);
}

Value Build::constant(DType dtype, std::vector<int64_t> shape, const std::vector<double> &values) {
  auto type = ir::toTensorType(b.getContext(), {dtype, Dims(shape.begin(), shape.end())});
  if (rt::isBool(dtype)) {
    SmallVector<bool> bits;
    for (double v : values)
      bits.push_back(v != 0);
    return b.create<ir::ConstantOp>(b.getUnknownLoc(), type, DenseElementsAttr::get(type, ArrayRef<bool>(bits)));
  }
  if (values.size() == 1)
    shape.clear();
  Tensor t = tensorOf(dtype, values.size() == 1 ? std::vector<int64_t>{1} : shape, values);
  ArrayRef<char> raw(reinterpret_cast<const char *>(t.data.data()), t.data.size());
  return b.create<ir::ConstantOp>(b.getUnknownLoc(), type, DenseElementsAttr::getFromRawBuffer(type, raw));
}

Value Build::op(OpKind kind, ArrayRef<Value> operands, ir::Attrs attrs) {
  return ir::createOp(b, b.getUnknownLoc(), kind, operands, attrs);
}

void Build::results(ArrayRef<Value> values) {
  b.create<func::ReturnOp>(b.getUnknownLoc(), values);
  func.setFunctionType(b.getFunctionType(func.getBody().getArgumentTypes(), TypeRange(ValueRange(values))));
}

// --- Running and comparing --------------------------------------------------------------------------------------

rt::Result<std::vector<Tensor>> runCompiled(Build &build, const Backend &backend, rt::Device &device, const CompileOptions &options) {
  OwningOpRef<ModuleOp> module = build.module().clone();
  auto program = Compiler(backend, options).compile(*module, "main");
  if (!program)
    return program.error();
  std::vector<void *> pointers;
  for (Tensor &t : build.inputs)
    pointers.push_back(t.data.data());
  std::vector<rt::BufferPtr> outputs(program->outputs.size());
  if (rt::Status s = device.run(*program, {pointers, build.symbols, {}, outputs}); !s)
    return s.error();
  std::vector<Tensor> results;
  for (auto [spec, buffer] : llvm::zip_equal(program->outputs, outputs)) {
    std::vector<int64_t> shape;
    for (const rt::SizeExpr &d : spec.dims)
      shape.push_back(d.evaluate(build.symbols));
    Tensor t = zeros(spec.dtype, std::move(shape));
    if (!t.data.empty())
      std::memcpy(t.data.data(), buffer->data, t.data.size());
    results.push_back(std::move(t));
  }
  return results;
}

void expectSame(const std::string &what, const rt::Result<std::vector<Tensor>> &actual, const std::vector<Tensor> &expected,
                Tolerance tolerance, Build &build) {
  auto program = [&] {
    std::string text;
    llvm::raw_string_ostream(text) << build.module();
    return text;
  };
  if (!actual) {
    ADD_FAILURE() << what << ": " << actual.error().message << "\n" << program();
    return;
  }
  ASSERT_EQ(actual->size(), expected.size());
  for (size_t i = 0; i < expected.size(); ++i)
    if (std::string difference = firstDifference((*actual)[i], expected[i], tolerance); !difference.empty()) {
      ADD_FAILURE() << what << ", result " << i << ": " << difference << "\n" << program();
      return;
    }
}

// What the CPU makes of it.
static rt::Result<std::vector<Tensor>> runOnCpu(Build &build, const CompileOptions &options, const CpuTarget &target = hostTarget()) {
  return runCompiled(build, CpuBackend(target), *rt::findDevice(rt::DeviceKind::cpu), options);
}

void check(const std::string &name, const std::function<void(Build &)> &program, Tolerance tolerance) {
  const uint64_t seed = std::hash<std::string>()(name);
  Build concrete(Build::Sizes::Static, seed), symbolic(Build::Sizes::Symbolic, seed);
  program(concrete);
  program(symbolic);
  auto expected = ir::interp::run(concrete.module().lookupSymbol<func::FuncOp>("main"), concrete.inputs);
  ASSERT_TRUE(expected) << name << ": the interpreter: " << expected.error().message;
  CompileOptions fused, apart;
  apart.fuse = false;
  auto first = runOnCpu(concrete, fused);
  expectSame(name, first, *expected, tolerance, concrete);
  if (!first)
    return;
  for (auto [form, build, options] : {std::tuple("one op per kernel", &concrete, &apart), std::tuple("symbolic", &symbolic, &fused),
                                      std::tuple("symbolic, one op per kernel", &symbolic, &apart)}) {
    if (options == &fused && build->symbols.empty() && build == &symbolic)
      continue;
    auto other = runOnCpu(*build, *options);
    expectSame(name + ", " + form, other, *first, {}, *build);
  }
}

void checkOnTarget(StringRef cpu, const std::string &name, const std::function<void(Build &)> &program, Tolerance tolerance) {
  Build build(Build::Sizes::Static, std::hash<std::string>()(name));
  program(build);
  auto expected = ir::interp::run(build.module().lookupSymbol<func::FuncOp>("main"), build.inputs);
  ASSERT_TRUE(expected) << name << ": the interpreter: " << expected.error().message;
  auto actual = runOnCpu(build, {}, *cpuTarget(cpu));
  expectSame(name + " on " + cpu.str(), actual, *expected, tolerance, build);
}

} // namespace mx::codegen::test
