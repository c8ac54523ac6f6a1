// Samples of ops that make values. Their dtype is an attribute or fixed, so the dtype asked for is ignored.
#include "frontend/trace/Node.h"
#include "tests/ops/Samples.h"

namespace mx::test {

void addCreationSamples(std::vector<Sample> &out) {
  using ir::OpKind;
  for (Dtype dtype : {uint8, uint16, uint32, uint64, int8, int16, int32, int64, float16, float32, float64, bfloat16})
    out.push_back({OpKind::Iota, "iota/" + to_string(dtype), kFloat, [](Values &) { return std::vector<array>{}; },
                   [dtype](const std::vector<array> &) {
                     return graph::make(OpKind::Iota, {}, {ir::Dims{67}, static_cast<int64_t>(dtype.val())});
                   }});
  for (Dtype dtype : {uint8, uint16, uint32, uint64, int8, int16, int32, int64, float16, float32, float64, bfloat16})
    out.push_back({OpKind::Size, "size/" + to_string(dtype), kFloat, [](Values &) { return std::vector<array>{}; },
                   [dtype](const std::vector<array> &) {
                     return graph::make(OpKind::Size, {}, {ir::Dims{7, 13}, static_cast<int64_t>(dtype.val())});
                   }});
  for (int64_t width : {1, 2, 4}) {
    auto bits = [width](const std::vector<array> &in) {
      return graph::make(OpKind::RandomBits, {in[0]}, {ir::Dims{5, 3}, width});
    };
    const std::string name = "random_bits/" + std::to_string(width);
    out.push_back({OpKind::RandomBits, name, kFloat,
                   [](Values &v) { return std::vector{v.integers({2}, 0, 1 << 30, uint32)}; }, bits});
    out.push_back({OpKind::RandomBits, name + " keys", kFloat,
                   [](Values &v) { return std::vector{v.integers({4, 2}, 0, 1 << 30, uint32)}; }, bits});
  }
}

} // namespace mx::test
