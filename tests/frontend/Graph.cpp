// The lazy graph: lifetime of nodes, groups, aliases, and what an op node remembers.
#include "frontend/include/mx/ops.h"
#include "frontend/trace/Node.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>

using namespace mx;

namespace {

/// Counts how often a leaf's memory is given back.
array counted(std::atomic<int> &freed) {
  return array(new float(1), Shape{1}, float32, [&freed](void *p) {
    delete static_cast<float *>(p);
    ++freed;
  });
}

TEST(Graph, ReleasesAChainOfAMillionNodesWithoutRecursion) {
  std::atomic<int> freed{0};
  {
    array x = counted(freed);
    for (int i = 0; i < 1'000'000; ++i)
      x = negative(x);
    EXPECT_EQ(freed, 0);
  }
  EXPECT_EQ(freed, 1);
}

TEST(Graph, ReleasesAMillionNodesThatSharePredecessors) {
  std::atomic<int> freed{0};
  {
    array x = counted(freed), y = x;
    for (int i = 0; i < 500'000; ++i) {
      array next = add(x, y);
      y = x;
      x = next;
    }
  }
  EXPECT_EQ(freed, 1);
}

TEST(Graph, ReleasesGroupsThatHoldArraysInTheirRules) {
  std::atomic<int> freed{0};
  {
    array x = counted(freed);
    for (int i = 0; i < 100'000; ++i) {
      graph::GroupInfo info;
      info.vjp = [x](const std::vector<array> &, const std::vector<array> &, const std::vector<array> &) { return std::vector{x}; };
      x = graph::makeGroup(std::move(info), {}, {array(1.0f)})[0];
    }
  }
  EXPECT_EQ(freed, 1);
}

TEST(Graph, ReleasesOnAnotherThreadWhatThisOneMade) {
  std::atomic<int> freed{0};
  array x = counted(freed);
  for (int i = 0; i < 10'000; ++i)
    x = negative(x);
  std::thread([taken = std::move(x)] {}).join();
  EXPECT_EQ(freed, 1);
}

TEST(Graph, CountsUserHandlesApartFromEdges) {
  array x = zeros({2});
  graph::Node *node = graph::nodeOf(x);
  EXPECT_EQ(node->handles, 1u);
  const array y = exp(x), copy = x;
  EXPECT_EQ(node->handles, 2u);
  EXPECT_EQ(node->refs, 3u);
}

TEST(Graph, ImplicitBroadcastAndPromotionStayInOneNode) {
  const array a = zeros({4, 1}), b = zeros({8}, int32), c = add(a, b);
  const graph::Node *node = graph::nodeOf(c);
  EXPECT_EQ(node->op, ir::OpKind::Add);
  ASSERT_EQ(node->inputs.size(), 2u);
  EXPECT_EQ(node->inputs[0], graph::nodeOf(a));
  EXPECT_EQ(node->inputs[1], graph::nodeOf(b));
  EXPECT_EQ(c.shape(), (Shape{4, 8}));
  EXPECT_EQ(c.dtype(), float32);
}

TEST(Graph, ResultsOfAGroupResolveToItsOutputs) {
  const array x = zeros({2}), y = exp(x), z = negative(y);
  graph::GroupInfo info;
  info.name = "pair";
  const std::vector<array> results = graph::makeGroup(std::move(info), {x}, {y, z});
  ASSERT_EQ(results.size(), 2u);
  EXPECT_EQ(graph::resolve(graph::nodeOf(results[0])), graph::nodeOf(y));
  EXPECT_EQ(graph::resolve(graph::nodeOf(results[1])), graph::nodeOf(z));
  EXPECT_STREQ(results[1].primitive().name(), "pair");
  ASSERT_EQ(results[0].inputs().size(), 1u);
  EXPECT_EQ(results[0].inputs()[0].id(), x.id());
}

TEST(Graph, AnAliasOfDataHasNoHistoryAndOneOfATracerKeepsIt) {
  const array x({1.0f, 2.0f});
  const array plain = graph::makeAlias(x);
  EXPECT_NE(plain.id(), x.id());
  EXPECT_EQ(plain.data<float>(), x.data<float>());
  EXPECT_TRUE(plain.inputs().empty());

  array tracer = graph::makeAlias(x);
  tracer.set_tracer(true);
  const array inner = graph::makeAlias(tracer);
  EXPECT_TRUE(inner.is_tracer());
  EXPECT_EQ(graph::resolve(graph::nodeOf(inner)), graph::nodeOf(tracer));

  const array lazy = exp(x);
  EXPECT_EQ(graph::resolve(graph::nodeOf(graph::makeAlias(lazy))), graph::nodeOf(lazy));
}

TEST(Graph, TracersMakeTracers) {
  const array x = graph::makePlaceholder({3}, rt::DType::float32, 0);
  EXPECT_TRUE(exp(x).is_tracer());
  EXPECT_TRUE(add(zeros({3}), x).is_tracer());
  EXPECT_FALSE(exp(zeros({3})).is_tracer());
}

__attribute__((noinline)) array userCode(const array &x, void *&returnsTo) {
  array result = softmax(x);
  returnsTo = __builtin_return_address(0);
  return result;
}

TEST(Graph, NodesRememberTheOutermostCall) {
  void *unused = nullptr;
  const array y = userCode(zeros({4}), unused);
  const graph::Node *inner = graph::resolve(graph::nodeOf(y));
  ASSERT_NE(inner->source, nullptr);
  // All nodes of one public call share its address, which lies in the function that made it.
  EXPECT_EQ(inner->source, graph::nodeOf(y)->source);
  EXPECT_EQ(inner->inputs[0]->source, inner->source);
  const auto begin = reinterpret_cast<uintptr_t>(&userCode), at = reinterpret_cast<uintptr_t>(inner->source);
  EXPECT_GT(at, begin);
  EXPECT_LT(at, begin + 4096);
}

TEST(Graph, AFailedOpLeavesNothingBehind) {
  std::atomic<int> freed{0};
  {
    const array x = counted(freed);
    EXPECT_THROW(add(broadcast_to(x, {3}), zeros({4})), std::invalid_argument);
    EXPECT_EQ(graph::nodeOf(x)->refs, 1u);
  }
  EXPECT_EQ(freed, 1);
}

TEST(Graph, LayoutsTellTheTruthAboutViewsOfData) {
  const array x({1.f, 2.f, 3.f, 4.f, 5.f, 6.f}, {2, 3});
  EXPECT_EQ(x.strides(), (Strides{3, 1}));
  EXPECT_TRUE(x.flags().row_contiguous);
  EXPECT_FALSE(x.flags().col_contiguous);
  const array t = graph::makeView(x, {3, 2}, {Strides{1, 3}, 0, 6, true, false, true});
  EXPECT_EQ(t.strides(), (Strides{1, 3}));
  EXPECT_FALSE(t.flags().row_contiguous);
  EXPECT_EQ(t.data<float>(), x.data<float>());
  const array tail = graph::makeView(x, {3}, {Strides{1}, 3, 3, true, true, true});
  EXPECT_EQ(tail.data<float>()[0], 4.f);
  EXPECT_EQ(tail.offset(), 12);
}

} // namespace
