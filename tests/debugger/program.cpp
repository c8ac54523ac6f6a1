// Arrays of every dtype and status, for a debugger to look at in `look`.
#include <mx/mx.h>

#include <vector>

namespace {

[[gnu::noinline]] void look(const mx::array &first) { asm volatile("" : : "r"(&first) : "memory"); }

} // namespace

int main() {
  const mx::array source({1.5f, -2.0f, 3.0f, 4.0f, 5.0f, 6.0f}, {2, 3});
  mx::array lazy = mx::exp(source) + 1.0f;
  mx::array sum = mx::sum(source);
  mx::array turned = mx::transpose(source);
  mx::array part = mx::slice(source, {0, 1}, {2, 3});
  mx::array spread = mx::broadcast_to(mx::array({7, 8}, mx::int32), {3, 2});
  mx::array longer = mx::arange(0, 100, 1, mx::int32);
  mx::array empty = mx::zeros({0, 4});
  mx::array scalar(2.5f);
  mx::array deep = mx::zeros({1, 1, 1, 1, 1, 1, 1, 2});
  mx::array given({1.0f, 2.0f});
  mx::array moved = std::move(given);
  std::vector<mx::array> typed;
  for (mx::Dtype dtype : {mx::bool_, mx::uint8, mx::uint16, mx::uint32, mx::uint64, mx::int8, mx::int16, mx::int32, mx::int64, mx::float16,
                          mx::float32, mx::float64, mx::bfloat16, mx::complex64})
    typed.push_back(mx::array({0, 1}, dtype));
  mx::eval(sum, turned, part, spread, longer, empty, deep);
  mx::eval(typed);
  alignas(mx::array) char storage[sizeof(mx::array)] = {1, 2, 3, 4, 5, 6, 7, 8};
  mx::array &garbage = *reinterpret_cast<mx::array *>(storage);
  mx::compile([&](mx::array x) {
    look(x);
    return x + 1.0f;
  })(source);
  look(garbage);
  return lazy.has_primitive() ? 0 : 1;
}
