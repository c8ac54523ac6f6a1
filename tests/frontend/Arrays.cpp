// Construction of arrays, what they tell about themselves, and the value types of elements.
#include "frontend/include/mx/mx.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <list>
#include <sstream>
#include <thread>

using namespace mx;

namespace {

template <typename T> std::vector<T> values(const array &a) { return std::vector<T>(a.data<T>(), a.data<T>() + a.size()); }

TEST(Arrays, ScalarsTakeTheirTypesDtypeAndDoubleBecomesFloat32) {
  EXPECT_EQ(array(true).dtype(), bool_);
  EXPECT_EQ(array(1).dtype(), int32);
  EXPECT_EQ(array(int64_t{1}).dtype(), int64);
  EXPECT_EQ(array(uint8_t{1}).dtype(), uint8);
  EXPECT_EQ(array(1.0f).dtype(), float32);
  EXPECT_EQ(array(1.0).dtype(), float32);
  EXPECT_EQ(array(float16_t(1)).dtype(), float16);
  EXPECT_EQ(array(bfloat16_t(1)).dtype(), bfloat16);
  EXPECT_EQ(array(std::complex<float>(1, 2)).dtype(), complex64);
  EXPECT_EQ(array(1.5, float64).item<double>(), 1.5);
  EXPECT_EQ(array(3, float16).dtype(), float16);
  EXPECT_TRUE(array(1.0).shape().empty());
}

TEST(Arrays, InitializerListsAndShapes) {
  const array a({1, 2, 3});
  EXPECT_EQ(a.shape(), (Shape{3}));
  EXPECT_EQ(a.dtype(), int32);
  EXPECT_EQ(values<int>(a), (std::vector{1, 2, 3}));
  EXPECT_EQ(array({}).dtype(), float32);
  EXPECT_EQ(array({}).size(), 0u);
  EXPECT_EQ(array({}, int8).dtype(), int8);
  EXPECT_EQ(array({1.0, 2.0}).dtype(), float32);
  const array m({1.f, 2.f, 3.f, 4.f}, {2, 2});
  EXPECT_EQ(m.shape(), (Shape{2, 2}));
  EXPECT_EQ(m.strides(), (Strides{2, 1}));
  EXPECT_EQ(m.nbytes(), 16u);
  EXPECT_EQ(values<bool>(array({true, false})), (std::vector{true, false}));
}

TEST(Arrays, IteratorsOfAnyKind) {
  const std::vector<double> doubles{1.5, 2.5};
  EXPECT_EQ(array(doubles.begin(), {2}).dtype(), float32);
  EXPECT_EQ(values<double>(array(doubles.begin(), {2}, float64)), doubles);
  const std::list<int> numbers{1, 2, 3, 4};
  EXPECT_EQ(values<int>(array(numbers.begin(), {2, 2})), (std::vector{1, 2, 3, 4}));
  const std::vector<bool> bits{true, false, true};
  EXPECT_EQ(values<bool>(array(bits.begin(), {3})), bits);
}

TEST(Arrays, ForeignMemoryIsSharedAndGivenBack) {
  int freed = 0;
  alignas(64) static float data[] = {1, 2, 3};
  {
    const array a(data, Shape{3}, float32, [&](void *p) { freed += p == data; });
    EXPECT_EQ(a.data<float>(), data);
    const array b = a;
  }
  EXPECT_EQ(freed, 1);
  alignas(8) char odd[9] = {};
  const float one = 1;
  std::copy_n(reinterpret_cast<const char *>(&one), 4, odd + 1);
  const array c(odd + 1, Shape{1}, float32, [](void *) {});
  EXPECT_NE(static_cast<const void *>(c.data<float>()), odd + 1);
  EXPECT_EQ(c.item<float>(), 1);
}

TEST(Arrays, BuffersCanBeHandedOver) {
  allocator::Buffer buffer = allocator::malloc(8);
  static_cast<float *>(buffer.raw_ptr())[0] = 7;
  const array a(buffer, Shape{2}, float32);
  EXPECT_EQ(a.data<float>()[0], 7);
  EXPECT_EQ(static_cast<const void *>(a.data<float>()), buffer.raw_ptr());
  EXPECT_THROW(array(allocator::Buffer(nullptr), Shape{2}, float32), std::invalid_argument);
}

TEST(Arrays, AxesCountFromTheBackAndOutsideIsAnError) {
  const array a = zeros({2, 3});
  EXPECT_EQ(a.shape(-1), 3);
  EXPECT_EQ(a.shape(0), 2);
  EXPECT_EQ(array({1, 2}, {1, 2}).strides(-2), 2);
  EXPECT_THROW(a.shape(2), std::out_of_range);
  EXPECT_THROW(a.shape(-3), std::out_of_range);
  EXPECT_THROW(a.strides(5), std::out_of_range);
}

TEST(Arrays, ItemConverts) {
  EXPECT_EQ(array(7, uint8).item<int>(), 7);
  EXPECT_EQ(array(2.75).item<double>(), 2.75);
  EXPECT_EQ(array(1e10).item<int>(), std::numeric_limits<int>::max());
  EXPECT_EQ(array(std::nan("")).item<int>(), 0);
  EXPECT_EQ(array({5}).item<int64_t>(), 5);
  EXPECT_FLOAT_EQ(static_cast<float>(array(0.5).item<float16_t>()), 0.5f);
  array two({1, 2});
  try {
    two.item<int>();
    FAIL();
  } catch (const InvalidArgument &e) {
    EXPECT_STREQ(e.what(), "[item] needs an array of size 1, got shape (2); reduce it, or read data()");
    EXPECT_EQ(e.op(), "item");
    EXPECT_EQ(e.code(), ErrorCode::invalid_argument);
    ASSERT_EQ(e.shapes().size(), 1u);
    EXPECT_EQ(e.shapes()[0], (Shape{2}));
  }
}

TEST(Arrays, LazyArraysHaveNoData) {
  const array lazy = exp(array({1.f}));
  EXPECT_EQ(lazy.data<float>(), nullptr);
  EXPECT_FALSE(lazy.is_available());
  EXPECT_EQ(lazy.status(), array::unscheduled);
  EXPECT_TRUE(lazy.has_primitive());
  EXPECT_STREQ(lazy.primitive().name(), "exp");
  EXPECT_EQ(lazy.inputs().size(), 1u);
  EXPECT_THROW(std::as_const(lazy).item<float>(), std::invalid_argument);
  array copy = lazy;
  EXPECT_THROW(copy.detach(), std::invalid_argument);
  EXPECT_FALSE(array({1.f}).has_primitive());
}

TEST(Arrays, IterationGoesAlongTheFirstAxis) {
  const array a({1, 2, 3, 4, 5, 6}, {3, 2});
  int count = 0;
  for (const array &row : a) {
    EXPECT_EQ(row.shape(), (Shape{2}));
    ++count;
  }
  EXPECT_EQ(count, 3);
  EXPECT_THROW(array(1).begin(), std::invalid_argument);
}

TEST(Arrays, BadShapesAreErrors) {
  auto message = [](auto make) {
    try {
      make();
    } catch (const Error &e) {
      return std::string(e.what());
    }
    return std::string();
  };
  EXPECT_EQ(message([] { array({1, 2, 3}, {2, 2}); }), "[array] 3 elements do not fill shape (2, 2); it holds the product of its sizes");
  EXPECT_EQ(message([] { array({1}, {-1}); }), "[array] negative size in shape (-1); sizes are 0 or more");
  EXPECT_EQ(message([] { array({1}, {2147483647, 2147483647, 2147483647}); }),
            "[array] shape (2147483647, 2147483647, 2147483647) has too many elements; split the work into smaller arrays");
  EXPECT_THROW(array({1}, {2147483647, 2147483647, 2147483647}), std::overflow_error);
}

TEST(Arrays, MovesLeaveTheSourceAssignable) {
  array a({1, 2}), b = std::move(a);
  a = b;
  EXPECT_EQ(a.id(), b.id());
  a = array(1);
  EXPECT_NE(a.id(), b.id());
}

TEST(Arrays, ExpertsMayExchangeTheData) {
  array a = exp(zeros({2}));
  allocator::Buffer buffer = allocator::malloc(8);
  static_cast<float *>(buffer.raw_ptr())[1] = 5;
  a.set_data(buffer);
  EXPECT_TRUE(a.is_available());
  EXPECT_EQ(a.data<float>()[1], 5);
  EXPECT_TRUE(a.inputs().empty());
  array t = zeros({2});
  t.copy_shared_buffer(a, Strides{0}, {false, false, false}, 1, 1);
  EXPECT_EQ(t.data<float>()[0], 5);
  EXPECT_EQ(t.strides(), (Strides{0}));
  EXPECT_EQ(t.offset(), 4);
  EXPECT_EQ(*static_cast<const float *>(a.data_shared_ptr()->raw_ptr()), *a.data<float>());
}

// --- Dtypes -------------------------------------------------------------------------------------------------------

TEST(Dtypes, HaveSizesKindsAndNames) {
  EXPECT_EQ(size_of(bfloat16), 2);
  EXPECT_EQ(complex64.size(), 8);
  EXPECT_EQ(kindof(bool_), Dtype::Kind::b);
  EXPECT_EQ(kindof(uint16), Dtype::Kind::u);
  EXPECT_EQ(kindof(bfloat16), Dtype::Kind::V);
  EXPECT_EQ(to_string(bool_), "bool");
  std::ostringstream os;
  os << float16 << ' ' << kindof(int8) << ' ' << Shape{1, 2} << ' ' << Device(Device::cpu);
  EXPECT_EQ(os.str(), "float16 i (1,2) Device(cpu, 0)");
}

TEST(Dtypes, CategoriesFormATree) {
  EXPECT_TRUE(issubdtype(float16, floating));
  EXPECT_TRUE(issubdtype(complex64, inexact));
  EXPECT_FALSE(issubdtype(complex64, floating));
  EXPECT_TRUE(issubdtype(uint8, integer));
  EXPECT_FALSE(issubdtype(uint8, signedinteger));
  EXPECT_TRUE(issubdtype(bool_, generic));
  EXPECT_FALSE(issubdtype(bool_, number));
  EXPECT_TRUE(issubdtype(integer, number));
  EXPECT_FALSE(issubdtype(number, integer));
  EXPECT_TRUE(issubdtype(int32, int32));
  EXPECT_FALSE(issubdtype(int32, int64));
}

TEST(Dtypes, PromoteAsInNumpyWithBfloat16) {
  EXPECT_EQ(promote_types(int32, float16), float16);
  EXPECT_EQ(promote_types(float16, bfloat16), float32);
  EXPECT_EQ(promote_types(uint8, int8), int16);
  EXPECT_EQ(promote_types(bool_, uint8), uint8);
  EXPECT_EQ(result_type({array(1), array(1.0f), array(true)}), float32);
}

TEST(Dtypes, LimitsOfEachNumber) {
  EXPECT_EQ(finfo(float16).max, 65504);
  EXPECT_EQ(finfo(float32).eps, std::numeric_limits<float>::epsilon());
  EXPECT_EQ(iinfo(int8).min, -128);
  EXPECT_EQ(iinfo(uint64).max, std::numeric_limits<uint64_t>::max());
  EXPECT_EQ(iinfo(int64).min, std::numeric_limits<int64_t>::min());
  EXPECT_THROW(finfo{int32}, std::invalid_argument);
  EXPECT_THROW(iinfo{bool_}, std::invalid_argument);
}

TEST(HalfTypes, RoundToNearestEvenAndKeepSpecialValues) {
  EXPECT_EQ(float(float16_t(65504.f)), 65504.f);
  EXPECT_TRUE(std::isinf(float(float16_t(65520.f))));
  EXPECT_EQ(float(float16_t(1 + 0x1p-11f)), 1.f);
  EXPECT_EQ(float(float16_t(0x1p-24f)), 0x1p-24f);
  EXPECT_TRUE(std::isnan(float(float16_t(NAN))));
  EXPECT_EQ(float(bfloat16_t(1 + 0x1p-8f)), 1.f);
  EXPECT_EQ(float(bfloat16_t(3 * 0x1p-8f + 1)), 1 + 0x1p-6f);
  EXPECT_TRUE(std::isnan(float(bfloat16_t(NAN))));
  for (int bits = 0; bits < 65536; ++bits) {
    float16_t h;
    h.bits_ = static_cast<uint16_t>(bits);
    if (!std::isnan(float(h)))
      ASSERT_EQ(float16_t(float(h)).bits_, bits);
  }
}

// --- Printing of data that is there -------------------------------------------------------------------------------

std::string text(const array &a) {
  std::ostringstream os;
  os << a;
  return os.str();
}

TEST(Printing, BracketsLinesAndDtype) {
  EXPECT_EQ(text(array({1, 2, 3, 4}, {2, 2})), "array([[1, 2],\n       [3, 4]], dtype=int32)");
  EXPECT_EQ(text(array({1, 2, 3, 4}, {2, 1, 2})), "array([[[1, 2]],\n       [[3, 4]]], dtype=int32)");
  EXPECT_EQ(text(array(1.5f)), "array(1.5, dtype=float32)");
  EXPECT_EQ(text(array({true, false})), "array([true, false], dtype=bool)");
  EXPECT_EQ(text(array({})), "array([], dtype=float32)");
  EXPECT_EQ(text(array({int8_t{-1}, int8_t{65}})), "array([-1, 65], dtype=int8)");
  EXPECT_EQ(text(array(std::complex<float>(1, -2))), "array(1-2j, dtype=complex64)");
  EXPECT_EQ(text(array({-std::nanf(""), -INFINITY})), "array([nan, -inf], dtype=float32)");
  EXPECT_EQ(text(array({0.1f}, bfloat16)), "array([0.100098], dtype=bfloat16)");
}

TEST(Printing, LongAxesAreSummarised) {
  std::vector<int> numbers(100);
  for (int i = 0; i < 100; ++i)
    numbers[i] = i;
  EXPECT_EQ(text(array(numbers.begin(), {100})), "array([0, 1, 2, ..., 97, 98, 99], dtype=int32)");
  EXPECT_EQ(text(array(numbers.begin(), {50, 2})),
            "array([[0, 1],\n       [2, 3],\n       [4, 5],\n       ...,\n       [94, 95],\n       [96, 97],\n       [98, 99]], dtype=int32)");
}

TEST(Printing, OptionsChangeWhatIsPrinted) {
  set_printoptions({.precision = 2});
  EXPECT_EQ(text(array({1.f / 3, 2.f})), "array([0.33, 2.00], dtype=float32)");
  set_printoptions({});
  get_global_formatter().capitalize_bool = true;
  EXPECT_EQ(text(array(true)), "array(True, dtype=bool)");
  get_global_formatter().capitalize_bool = false;
}

// --- Devices and streams ------------------------------------------------------------------------------------------

TEST(Devices, TheGpuIsAbsentAndSaysSo) {
  EXPECT_TRUE(is_available(Device::cpu));
  if (is_available(Device::gpu))
    GTEST_SKIP();
  EXPECT_EQ(device_count(Device::gpu), 0);
  const std::string reason = std::get<std::string>(device_info(Device::gpu).at("reason"));
  EXPECT_FALSE(reason.empty());
  try {
    add(array(1), array(2), Device::gpu);
    FAIL();
  } catch (const DeviceError &e) {
    EXPECT_EQ(std::string(e.what()), "[default_stream] device gpu is not available: " + reason + "; mx-info says what each device can do; Device::cpu is always there");
  }
  EXPECT_THROW(set_default_device(Device::gpu), std::runtime_error);
  EXPECT_EQ(default_device(), Device::cpu);
}

TEST(Streams, BelongToTheirThreads) {
  const Stream mine = new_stream(Device::cpu);
  EXPECT_NE(mine, default_stream(Device::cpu));
  EXPECT_EQ(to_stream(mine), mine);
  const Stream shared = new_thread_unsafe_stream(Device::cpu);
  const ThreadLocalStream local = new_thread_local_stream(Device::cpu);
  const Stream here = stream_from_thread_local_stream(local);
  EXPECT_EQ(to_stream(local), here);
  std::thread([&] {
    EXPECT_THROW(to_stream(mine), std::invalid_argument);
    EXPECT_EQ(to_stream(shared), shared);
    EXPECT_NE(to_stream(local), here);
    clear_streams();
  }).join();
  {
    StreamContext scope(mine);
    EXPECT_EQ(default_stream(Device::cpu), mine);
  }
  EXPECT_EQ(default_stream(Device::cpu).index, 0);
  synchronize(mine);
  clear_streams();
  EXPECT_THROW(to_stream(mine), std::invalid_argument);
}

TEST(Memory, StatisticsFollowArrays) {
  const size_t before = get_active_memory();
  {
    const std::vector<float> data(1 << 20);
    const array a(data.begin(), {1 << 20});
    EXPECT_GE(get_active_memory(), before + (4u << 20));
    EXPECT_GE(get_peak_memory(), before + (4u << 20));
  }
  EXPECT_EQ(get_active_memory(), before);
  clear_cache();
  EXPECT_EQ(get_cache_memory(), 0u);
  const size_t limit = set_memory_limit(1);
  EXPECT_THROW(array({1, 2, 3}), DeviceError);
  EXPECT_EQ(set_memory_limit(limit), 1u);
  EXPECT_EQ(array({1, 2, 3}).size(), 3u);
}

// --- Pictures -----------------------------------------------------------------------------------------------------

TEST(GraphText, PrintsOpsInOrder) {
  const array x({1.f, 2.f}), y = exp(x) + x;
  std::ostringstream os;
  print_graph(os, y);
  EXPECT_EQ(os.str(), "exp [A : (2), float32] -> B : (2), float32\n"
                      "add [B : (2), float32; A : (2), float32] -> C : (2), float32\n");
  NodeNamer namer;
  namer.set_name(x, "x");
  std::ostringstream dot;
  export_to_dot(dot, namer, y);
  EXPECT_NE(dot.str().find("\"x\" -> \"op "), std::string::npos);
}

} // namespace
