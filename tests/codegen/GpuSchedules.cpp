// Schedules of GPU kernels: whatever a kernel is told to do, and for whichever device it is made, the results are the same
// bits. All run on the one device there is, also those that are made for others.
#include "codegen/spirv/SpirvBackend.h"
#include "tests/codegen/DifferentialHarness.h"

#include <gtest/gtest.h>

namespace mx::codegen::test {
namespace {

using enum rt::DType;

/// How a kernel is compiled: for the device with changes, and with entries of its config pinned.
struct Variant {
  std::string name;
  std::function<void(SpirvTarget &)> change = {};
  std::vector<std::pair<std::string, int64_t>> pins = {};
};

/// Pins entries of every kernel's config.
class PinningBackend : public Backend {
public:
  PinningBackend(SpirvTarget target, const Variant &variant) : inner(std::move(target), /*validate=*/true), variant(variant) {}
  std::string key() const override { return inner.key() + variant.name; }
  std::string passes() const override { return inner.passes(); }
  rt::Result<rt::CompiledKernel> compile(ir::program::KernelOp kernel, KernelListing *listing, double &externalMs) const override {
    mlir::Builder b(kernel.getContext());
    llvm::SmallVector<mlir::NamedAttribute> entries;
    for (const auto &[entry, value] : variant.pins)
      entries.push_back(b.getNamedAttr(entry, b.getI64IntegerAttr(value)));
    kernel.setConfigAttr(b.getDictionaryAttr(entries));
    return inner.compile(kernel, listing, externalMs);
  }

private:
  SpirvBackend inner;
  const Variant &variant;
};

void withoutShuffles(SpirvTarget &t) { llvm::erase(t.capabilities, mlir::spirv::Capability::GroupNonUniformShuffle); }
/// The features of a target, by their names in SPIR-V.
auto without(std::vector<mlir::spirv::Capability> missing) {
  return [=](SpirvTarget &t) {
    llvm::erase_if(t.capabilities, [&](auto c) { return llvm::is_contained(missing, c); });
    t.math.f16c &= t.has(mlir::spirv::Capability::StorageBuffer16BitAccess);
  };
}
void discrete(SpirvTarget &t) { t.device.type = rt::GpuProperties::Type::discrete; }

/// Compiles the program in all variants, with constant sizes and with symbols. The first one is compared with the interpreter.
void checkVariants(const std::string &name, const std::vector<Variant> &variants, const std::function<void(Build &)> &program, Tolerance tolerance) {
  rt::Device *device = rt::findDevice(rt::DeviceKind::gpu);
  if (!device)
    GTEST_SKIP() << "no Vulkan device";
  const uint64_t seed = std::hash<std::string>()(name);
  Build concrete(Build::Sizes::Static, seed), symbolic(Build::Sizes::Symbolic, seed);
  program(concrete);
  program(symbolic);
  auto interpreted = ir::interp::run(concrete.module().lookupSymbol<mlir::func::FuncOp>("main"), concrete.inputs);
  ASSERT_TRUE(interpreted) << name << ": the interpreter: " << interpreted.error().message;
  std::optional<std::vector<Tensor>> first;
  for (const Variant &variant : variants)
    for (Build *build : {&concrete, &symbolic}) {
      SpirvTarget target = spirvTargetOf(*device->gpu());
      if (variant.change)
        variant.change(target);
      auto actual = runCompiled(*build, PinningBackend(std::move(target), variant), *device);
      const std::string what = name + ", " + variant.name + (build == &symbolic ? ", symbolic" : "");
      expectSame(what, actual, first ? *first : *interpreted, first ? Tolerance{} : tolerance, *build);
      if (!actual)
        return;
      if (!first)
        first = std::move(*actual);
    }
}

TEST(GpuSchedules, TeamsOfRows) {
  const std::vector<Variant> variants{{"as chosen"}, {"a team of 4", {}, {{"team", 4}}}, {"a workgroup", {}, {{"team", 64}}},
                                      {"no shuffles", withoutShuffles}, {"no pairs", {}, {{"pairs", 0}}}, {"split", {}, {{"split", 1}}}};
  for (auto [rows, columns] : {std::pair(5, 64), {3, 1000}, {9, 37}, {1, 5}, {2, 20000}, {130, 72}})
    checkVariants("softmax of " + std::to_string(rows) + "x" + std::to_string(columns), variants, [&](Build &b) {
      Dims d{b.size(rows), b.size(columns)};
      Value x = b.input(float32, d);
      Value e = b.exp(b.sub(x, b.reduce(OpKind::Max, x, {1}, true)));
      b.results({b.div(e, b.reduce(OpKind::Sum, e, {1}, true))});
    }, {64, true});
  for (rt::DType dtype : {int32, int8, int64, float16, float64, bool_})
    checkVariants("reductions of " + std::string(rt::nameOf(dtype)), variants, [&](Build &b) {
      Value x = b.input(dtype, {b.size(7), b.size(3), b.size(200)});
      b.results({b.reduce(OpKind::Max, x, {2}), b.reduce(OpKind::Sum, x, {2}), b.reduce(OpKind::Any, x, {2})});
    }, {64, true});
}

TEST(GpuSchedules, Columns) {
  const std::vector<Variant> variants{{"as chosen"}, {"one by one", {}, {{"columns", 1}}}, {"many", {}, {{"columns", 16}}},
                                      {"many, no pairs", {}, {{"columns", 16}, {"pairs", 0}}}, {"discrete", discrete}, {"split", {}, {{"split", 1}}}};
  for (auto [rows, columns] : {std::pair(300, 64), {1000, 12}, {7, 37}, {1, 8}})
    for (rt::DType dtype : {float32, float16, int64, bool_})
      checkVariants("columns of " + std::to_string(rows) + "x" + std::to_string(columns) + " " + std::string(rt::nameOf(dtype)), variants, [&](Build &b) {
        Value x = b.input(dtype, {b.size(2), b.size(rows), b.size(columns)});
        b.results({b.reduce(OpKind::Sum, x, {1}), b.reduce(OpKind::Max, x, {1}), b.reduce(OpKind::All, x, {1})});
      }, {64, true});
  checkVariants("softmax of columns", variants, [&](Build &b) {
    Value x = b.input(float32, {b.size(40), b.size(16)});
    Value e = b.exp(b.sub(x, b.reduce(OpKind::Max, x, {0}, true)));
    b.results({b.div(e, b.reduce(OpKind::Sum, e, {0}, true))});
  }, {64, true});
}

// Runs that are not whole, blocks that are cut and that follow each other, columns as lanes.
TEST(GpuSchedules, Scans) {
  const std::vector<Variant> variants{{"as chosen"}, {"alone", {}, {{"team", 1}}}, {"a team of 4", {}, {{"team", 4}}}, {"discrete", discrete},
                                      {"no shuffles", withoutShuffles}};
  for (auto [rows, columns] : {std::pair(5, 64), {3, 1003}, {9, 3}, {1, 20001}, {1030, 4100}, {9000, 4}})
    for (bool reverse : {false, true})
      checkVariants("scans of " + std::to_string(rows) + "x" + std::to_string(columns) + (reverse ? " reversed" : ""), variants, [&](Build &b) {
        Value x = b.input(float32, {b.size(rows), b.size(columns)});
        b.results({b.op(OpKind::Cumsum, {x}, {1, reverse, 1}), b.op(OpKind::Cumsum, {b.mul(x, x)}, {0, reverse, 0})});
      }, {256, true});
  for (rt::DType dtype : {int8, int64, float16, float64, bool_})
    checkVariants("scans of " + std::string(rt::nameOf(dtype)), variants, [&](Build &b) {
      Value x = b.input(dtype, {b.size(3), b.size(4099)});
      b.results({b.op(OpKind::Cumsum, {x}, {1, 0, 0}), b.op(OpKind::Cummax, {x}, {1, 1, 1})});
    }, {64, true});
}

// Equal indices, windows that overlap, indices out of range.
TEST(GpuSchedules, Scatters) {
  const std::vector<Variant> variants{{"as chosen"}, {"three parts", {}, {{"parts", 3}}}, {"discrete", discrete}};
  for (auto [rows, updates, window, columns] : {std::tuple(40, 300, 1, 1), {7, 1000, 1, 3}, {50, 90, 9, 2}, {5, 64, 5, 70}})
    for (const char *mode : {"set", "add", "max"})
      checkVariants(std::string(mode) + " of " + std::to_string(updates) + " windows of " + std::to_string(window) + " to " + std::to_string(rows), variants,
                    [&](Build &b) {
                      Dim n = b.size(updates), width = b.size(columns);
                      Value x = b.input(float32, {b.size(rows), width}), u = b.input(float32, {n, b.size(window), width});
                      b.results({b.op(OpKind::Scatter, {x, u, b.indices(int32, {n}, -rows, rows)}, {std::vector<int64_t>{0}, std::string(mode)})});
                    }, {64, true});
}

TEST(GpuSchedules, Products) {
  const std::vector<Variant> variants{{"as chosen"}, {"discrete", discrete}, {"no shuffles", withoutShuffles}, {"no pairs", {}, {{"pairs", 0}}},
                                      {"small tiles", {}, {{"shared", 0}, {"rows", 4}, {"cols", 4}}},
                                      {"tall tiles", {}, {{"shared", 0}, {"rows", 12}, {"cols", 8}}}};
  for (auto [m, k, n] : {std::tuple(64, 32, 128), {33, 18, 72}, {5, 7, 9}, {17, 40, 70}, {1, 100, 24}, {40, 3, 1}})
    for (bool transposed : {false, true})
      checkVariants("product of " + std::to_string(m) + "x" + std::to_string(k) + "x" + std::to_string(n) + (transposed ? " transposed" : ""), variants, [&](Build &b) {
        Dim rows = b.size(m), depth = b.size(k), columns = b.size(n);
        Value x = b.input(float32, transposed ? Dims{depth, rows} : Dims{rows, depth});
        Value y = b.input(float32, transposed ? Dims{columns, depth} : Dims{depth, columns});
        if (transposed)
          x = b.transpose(x, {1, 0}), y = b.transpose(y, {1, 0});
        b.results({b.add(b.op(OpKind::Matmul, {x, y}), b.input(float32, {columns}))});
      }, {64, true});
}

// Elements of 8 and 16 bits where a device has no access to them, and where it has no such types at all.
TEST(GpuSchedules, Words) {
  using enum mlir::spirv::Capability;
  const std::vector<Variant> by{{"as chosen"}, {"no storage", without({StorageBuffer8BitAccess, StorageBuffer16BitAccess})}};
  std::vector<Variant> moved(by);
  moved.push_back({"no types", without({StorageBuffer8BitAccess, StorageBuffer16BitAccess, Int8, Int16, Float16})});
  for (int64_t n : {1, 3, 4, 63, 1000, 1022, 70000}) {
    checkVariants("bools and halves of " + std::to_string(n), moved, [&](Build &b) {
      Dim size = b.size(n);
      Value x = b.input(float32, {size}), y = b.input(float32, {size}), flags = b.input(bool_, {size}), half = b.input(bfloat16, {size});
      b.results({b.op(OpKind::Less, {x, y}), b.op(OpKind::LogicalNot, {flags}), b.op(OpKind::Where, {flags, x, y}), b.mul(half, half),
                 b.slice(flags, {0}, {ceilDiv(size, 2)}, {2}), b.mul(b.input(float16, {size}), b.input(float16, {size}))});
    }, {4, true});
    checkVariants("bytes of " + std::to_string(n), by, [&](Build &b) {
      Dim size = b.size(n);
      Value x = b.input(int8, {size}), y = b.input(uint16, {size});
      b.results({b.mul(x, x), b.mul(y, y), b.reduce(OpKind::Max, x, {0}), b.op(OpKind::Cumsum, {y}, {0, 0, 1})});
    }, {});
  }
  checkVariants("reductions of bools", moved, [&](Build &b) {
    Value x = b.input(bool_, {b.size(7), b.size(130), b.size(5)});
    b.results({b.reduce(OpKind::Any, x, {1}), b.reduce(OpKind::All, x, {2}), b.reduce(OpKind::Sum, x, {0}), b.transpose(x, {2, 0, 1})});
  }, {});
}

TEST(GpuSchedules, Runs) {
  const std::vector<Variant> variants{{"as chosen"}, {"one run", {}, {{"elements", 4}}}, {"five runs", {}, {{"elements", 20}, {"workgroup", 32}}}};
  for (int64_t n : {1, 3, 4, 63, 1000, 1022, 70000})
    checkVariants("map of " + std::to_string(n), variants, [&](Build &b) {
      Dim size = b.size(n);
      Value x = b.input(float32, {size}), half = b.input(float16, {size}), flags = b.input(bool_, {size}), wide = b.input(int64, {size});
      b.results({b.add(b.exp(x), x), b.exp(half), b.op(OpKind::LogicalNot, {flags}), b.mul(wide, wide)});
    }, {64, true});
}

} // namespace
} // namespace mx::codegen::test
