// Random calls of every op of the table, most of them wrong: shape rules never crash, what they accept the interpreter
// evaluates to the promised type, and naming sizes by symbols changes nothing.
#include "ir/interp/Evaluate.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace mx::ir::interp {
namespace {

/// A call with concrete sizes.
struct Call {
  const OpRow *row;
  std::vector<TensorType> inputs;
  Attrs attrs;
};

class RandomCalls {
public:
  explicit RandomCalls(unsigned seed) : random(seed) {}

  int64_t between(int64_t low, int64_t high) { return low + static_cast<int64_t>(random() % (high - low + 1)); }

  Call next() {
    const OpRow &row = rowOf(static_cast<OpKind>(between(0, kNumOps - 1)));
    Call call{&row, {}, {}};
    // Mostly equal dtypes and shapes: most ops want that.
    TensorType common = type();
    for (int64_t n = row.numInputs + (row.variadic ? between(0, 2) : 0); n > 0; --n) {
      TensorType in = between(0, 2) ? common : type();
      if (between(0, 3) == 0)
        in.dtype = dtype();
      call.inputs.push_back(in);
    }
    for (const AttrSpec &spec : row.attrs)
      call.attrs.push_back(attribute(spec.kind, common.dims.size()));
    return call;
  }

  /// The call with some sizes above 1 replaced by symbols: s<n> is n.
  Call withSymbols(Call call) {
    auto name = [&](Dims &dims) {
      for (Dim &d : dims)
        if (d.value() > 1 && between(0, 1))
          d = Dim::symbol(d.value());
    };
    for (TensorType &in : call.inputs)
      name(in.dims);
    for (AttrValue &attr : call.attrs)
      if (auto *dims = std::get_if<Dims>(&attr))
        name(*dims);
    return call;
  }

private:
  rt::DType dtype() { return static_cast<rt::DType>(between(0, rt::kNumDTypes - 1)); }
  Dims dims(int64_t rank, int64_t low) {
    Dims result;
    for (; rank > 0; --rank)
      result.push_back(between(low, 4));
    return result;
  }
  TensorType type() { return {dtype(), dims(between(0, 3), between(0, 9) == 0 ? 0 : 1)}; }

  AttrValue attribute(AttrKind kind, int64_t rank) {
    static const char *const modes[] = {"set", "add", "prod", "max", "min", "other"};
    rank = between(0, 5) ? rank : between(0, 3);
    switch (kind) {
    case AttrKind::Int: return between(-1, 4);
    case AttrKind::Flag: return between(0, 1);
    case AttrKind::Dtype: return between(-1, rt::kNumDTypes);
    case AttrKind::Text: return std::string(modes[between(0, 5)]);
    case AttrKind::Shape: return dims(rank, between(0, 4) ? 0 : -2);
    case AttrKind::Offsets: return dims(rank, between(0, 4) ? 0 : -2);
    case AttrKind::Ints: break;
    }
    std::vector<int64_t> list;
    for (; rank > 0; --rank)
      list.push_back(between(-2, 3));
    return list;
  }

  std::mt19937_64 random;
};

std::string describe(const Call &call) {
  std::string text(call.row->mnemonic);
  for (const TensorType &in : call.inputs)
    text += " " + std::string(rt::nameOf(in.dtype)) + str(in.dims);
  return text;
}

TEST(RandomCalls, AcceptedCallsEvaluateAndSymbolsChangeNothing) {
  RandomCalls calls(20240607);
  std::map<std::string_view, int> accepted;
  int64_t symbols[16];
  for (int i = 0; i < 16; ++i)
    symbols[i] = i;
  for (int round = 0; round < 500000; ++round) {
    Call call = calls.next();
    auto type = inferType(call.row->kind, call.inputs, call.attrs);
    if (!type) {
      ASSERT_TRUE(type.error().message.starts_with("[" + std::string(call.row->api) + "] ")) << type.error().message;
      continue;
    }
    ++accepted[call.row->mnemonic];

    std::vector<Tensor> tensors;
    for (const TensorType &in : call.inputs) {
      Shape shape;
      for (Dim d : in.dims)
        shape.push_back(d.value());
      tensors.push_back(zeros(in.dtype, shape));
      for (std::byte &b : tensors.back().data)
        b = std::byte(calls.between(0, 255));
    }
    OpCall op{*call.row, {}, call.inputs, call.attrs, type->dtype, {}};
    for (const Tensor &t : tensors)
      op.inputs.push_back(&t);
    for (Dim d : type->dims)
      op.shape.push_back(d.value());
    auto result = evaluate(op);
    ASSERT_TRUE(result) << result.error().message << ": " << describe(call);
    ASSERT_EQ(result->dtype, type->dtype) << describe(call);
    ASSERT_EQ(result->shape, op.shape) << describe(call);
    ASSERT_EQ(result->data.size(), static_cast<size_t>(countOf(op.shape) * sizeOf(type->dtype))) << describe(call);

    Call named = calls.withSymbols(call);
    auto symbolic = inferType(named.row->kind, named.inputs, named.attrs);
    ASSERT_TRUE(symbolic) << symbolic.error().message << ": " << describe(named);
    ASSERT_EQ(symbolic->dims.size(), op.shape.size());
    for (size_t i = 0; i < op.shape.size(); ++i)
      ASSERT_EQ(symbolic->dims[i].evaluate(symbols), op.shape[i]) << describe(named) << " -> " << str(symbolic->dims);
  }
  for (int i = 0; i < kNumOps; ++i)
    EXPECT_GT(accepted[rowOf(static_cast<OpKind>(i)).mnemonic], 5) << rowOf(static_cast<OpKind>(i)).mnemonic;
}

} // namespace
} // namespace mx::ir::interp
