// Dtypes: names, kinds, categories, and the half types' conversions.
#include "frontend/trace/Dtypes.h"

#include "ir/OpTable.h"
#include "runtime/base/Half.h"

namespace mx {
namespace {

#define MX_SAME(name) (static_cast<int>(Dtype::Val::name) == static_cast<int>(rt::DType::name))
static_assert(MX_SAME(bool_) && MX_SAME(uint8) && MX_SAME(uint16) && MX_SAME(uint32) && MX_SAME(uint64) && MX_SAME(int8) &&
              MX_SAME(int16) && MX_SAME(int32) && MX_SAME(int64) && MX_SAME(float16) && MX_SAME(float32) &&
              MX_SAME(float64) && MX_SAME(bfloat16) && MX_SAME(complex64));
#undef MX_SAME

/// The narrowest category of a dtype; bool has none but `generic`.
Dtype::Category categoryOf(Dtype t) {
  switch (kindof(t)) {
  case Dtype::Kind::u: return unsignedinteger;
  case Dtype::Kind::i: return signedinteger;
  case Dtype::Kind::f:
  case Dtype::Kind::V: return floating;
  case Dtype::Kind::c: return complexfloating;
  case Dtype::Kind::b: break;
  }
  return generic;
}

/// The next wider category; `generic` is its own.
Dtype::Category parentOf(Dtype::Category c) {
  switch (c) {
  case Dtype::Category::complexfloating:
  case Dtype::Category::floating: return inexact;
  case Dtype::Category::signedinteger:
  case Dtype::Category::unsignedinteger: return integer;
  case Dtype::Category::inexact:
  case Dtype::Category::integer: return number;
  case Dtype::Category::number:
  case Dtype::Category::generic: break;
  }
  return generic;
}

} // namespace

bool issubdtype(const Dtype &a, const Dtype &b) { return a.val() == b.val(); }
bool issubdtype(const Dtype::Category &, const Dtype &) { return false; }
bool issubdtype(const Dtype &a, const Dtype::Category &b) { return issubdtype(categoryOf(a), b); }
bool issubdtype(const Dtype::Category &a, const Dtype::Category &b) {
  for (Dtype::Category c = a;; c = parentOf(c)) {
    if (c == b)
      return true;
    if (c == generic)
      return false;
  }
}

Dtype promote_types(const Dtype &t1, const Dtype &t2) {
  return graph::fromRt(ir::promoteTypes(graph::toRt(t1), graph::toRt(t2)));
}

Dtype::Kind kindof(const Dtype &t) {
  const rt::DType r = graph::toRt(t);
  if (rt::isBool(r))
    return Dtype::Kind::b;
  if (rt::isUnsigned(r))
    return Dtype::Kind::u;
  if (rt::isSigned(r))
    return Dtype::Kind::i;
  if (rt::isComplex(r))
    return Dtype::Kind::c;
  return r == rt::DType::bfloat16 ? Dtype::Kind::V : Dtype::Kind::f;
}

std::string to_string(const Dtype &t) { return std::string(rt::nameOf(graph::toRt(t))); }

namespace detail {
uint16_t float16_bits(double value) noexcept { return rt::toFloat16(value); }
uint16_t bfloat16_bits(double value) noexcept { return rt::toBfloat16(value); }
float float16_value(uint16_t bits) noexcept { return rt::fromFloat16(bits); }
float bfloat16_value(uint16_t bits) noexcept { return rt::fromBfloat16(bits); }
} // namespace detail

} // namespace mx
