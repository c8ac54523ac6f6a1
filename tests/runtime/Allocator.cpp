// Tests of buffers and the caching host allocator.
#include "runtime/Allocator.h"

#include "runtime/Regions.h"
#include "runtime/SizeClass.h"
#include "runtime/Slabs.h"

#include <cstring>
#include <gtest/gtest.h>
#include <random>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace mx::rt {
namespace {

BufferPtr allocate(size_t bytes) {
  auto b = hostAllocator().allocate(bytes);
  EXPECT_TRUE(b) << b.error().message;
  return b ? *b : BufferPtr();
}

uintptr_t address(const BufferPtr &b) { return reinterpret_cast<uintptr_t>(b->data); }

TEST(SizeClass, WasteIsAtMostAnEighthAndClassesAreMonotonic) {
  using namespace sizeclass;
  for (uint32_t i = 0; i < kNumClasses; ++i) {
    size_t bytes = bytesOf(i), former = i ? bytesOf(i - 1) : 0;
    ASSERT_GT(bytes, former);
    ASSERT_EQ(bytes % kQuantum, 0u);
    // The smallest and the largest request of the class.
    ASSERT_EQ(indexOf(bytes), i);
    ASSERT_EQ(indexOf(former + 1), i);
    size_t wasted = bytes - (former + 1);
    ASSERT_LE(wasted * 8, std::max<size_t>(bytes, 8 * (kQuantum - 1))) << "class of " << bytes;
  }
  EXPECT_EQ(bytesOf(indexOf(kMaxBytes)), kMaxBytes);
  EXPECT_EQ(indexOf(0), 0u);
}

TEST(Allocator, BlocksAreAlignedWritableAndDistinct) {
  std::vector<BufferPtr> held;
  for (size_t bytes : {size_t(0), size_t(1), size_t(64), size_t(65), size_t(4097), size_t(1) << 20, (size_t(5) << 20) + 3}) {
    held.push_back(allocate(bytes));
    const BufferPtr &b = held.back();
    EXPECT_GE(b->bytes, bytes);
    EXPECT_EQ(address(b) % (bytes >= (1 << 20) ? 4096 : 64), 0u) << bytes;
    std::memset(b->data, static_cast<int>(held.size()), b->bytes);
  }
  for (size_t i = 0; i < held.size(); ++i)
    EXPECT_EQ(*static_cast<unsigned char *>(held[i]->data), i + 1) << "overwritten by a neighbour";
}

TEST(Allocator, AFreedBlockIsHandedOutAgainWithoutTheSystem) {
  for (size_t bytes : {size_t(100), size_t(3) << 20}) {
    void *first = allocate(bytes)->data;
    uint64_t before = hostAllocator().systemAllocations();
    BufferPtr again = allocate(bytes);
    EXPECT_EQ(again->data, first);
    EXPECT_EQ(hostAllocator().systemAllocations(), before);
  }
}

TEST(Allocator, CountsActivePeakAndCache) {
  Allocator &a = hostAllocator();
  a.clearCache();
  size_t before = a.activeBytes();
  EXPECT_EQ(a.cacheBytes(), 0u);
  a.resetPeak();
  size_t held = 0;
  {
    BufferPtr x = allocate(10000), y = allocate(2 << 20);
    held = x->bytes + y->bytes;
    EXPECT_EQ(a.activeBytes(), before + held);
    BufferPtr alias = x;
    EXPECT_EQ(a.activeBytes(), before + held) << "a second owner is no second buffer";
  }
  EXPECT_EQ(a.activeBytes(), before);
  EXPECT_EQ(a.peakBytes(), before + held);
  EXPECT_EQ(a.cacheBytes(), held);
  a.resetPeak();
  EXPECT_EQ(a.peakBytes(), before);
  a.clearCache();
  EXPECT_EQ(a.cacheBytes(), 0u);
}

TEST(Allocator, TheMemoryLimitIsAnErrorThatNamesTheFigures) {
  Allocator &a = hostAllocator();
  a.clearCache();
  size_t limit = a.activeBytes() + (4 << 20);
  size_t former = a.setMemoryLimit(limit);
  EXPECT_EQ(a.memoryLimit(), limit);
  BufferPtr some = allocate(3 << 20);
  auto refused = a.allocate(2 << 20);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::outOfMemory);
  EXPECT_NE(refused.error().message.find("cannot allocate 2097152 bytes"), std::string::npos) << refused.error().message;
  EXPECT_NE(refused.error().message.find("limit is " + std::to_string(limit)), std::string::npos);
  some.reset();
  EXPECT_TRUE(a.allocate(2 << 20)) << "what was released may be used again";
  EXPECT_EQ(a.setMemoryLimit(former), limit);
}

TEST(Allocator, TheCacheMakesRoomBeforeTheLimitRefuses) {
  Allocator &a = hostAllocator();
  a.clearCache();
  size_t former = a.setMemoryLimit(a.activeBytes() + (8 << 20));
  allocate(6 << 20).reset();
  EXPECT_EQ(a.cacheBytes(), size_t(6) << 20);
  BufferPtr other = allocate(5 << 20);
  ASSERT_TRUE(other);
  EXPECT_EQ(a.cacheBytes(), 0u);
  a.setMemoryLimit(former);
}

TEST(Allocator, HopelessRequestsFailAndHarmNothing) {
  Allocator &a = hostAllocator();
  size_t active = a.activeBytes(), former = a.setMemoryLimit(SIZE_MAX);
  for (size_t bytes : {SIZE_MAX, SIZE_MAX - 63, size_t(1) << 63, size_t(1) << 47, size_t(1) << 46}) {
    auto r = a.allocate(bytes);
    ASSERT_FALSE(r) << bytes;
    EXPECT_EQ(r.error().code, ErrorCode::outOfMemory);
  }
  EXPECT_EQ(a.activeBytes(), active);
  EXPECT_TRUE(allocate(100));
  a.setMemoryLimit(former);
}

TEST(Allocator, TheCacheLimitEvictsWhatIsLongestOutOfUse) {
  Allocator &a = hostAllocator();
  a.clearCache();
  size_t former = a.setCacheLimit(8 << 20);
  void *old = allocate(4 << 20)->data;
  void *recent = allocate(3 << 20)->data;
  // Over the limit: the 4 MiB block is the oldest.
  BufferPtr third = allocate(2 << 20);
  third.reset();
  EXPECT_LE(a.cacheBytes(), size_t(8) << 20);
  uint64_t before = a.systemAllocations();
  EXPECT_EQ(allocate(3 << 20)->data, recent);
  EXPECT_EQ(a.systemAllocations(), before);
  allocate(4 << 20);
  EXPECT_EQ(a.systemAllocations(), before + 1) << "block " << old << " should have gone";
  a.setCacheLimit(former);
}

TEST(Allocator, AnArmedFailureHitsExactlyTheNthAllocation) {
  Allocator &a = hostAllocator();
  a.failAllocation(3);
  EXPECT_TRUE(a.allocate(64));
  EXPECT_TRUE(a.allocate(64));
  EXPECT_FALSE(a.allocate(64));
  EXPECT_TRUE(a.allocate(64));
  a.failAllocation(1);
  a.failAllocation(0);
  EXPECT_TRUE(a.allocate(64));
}

TEST(Allocator, ThreadsShareItAndTheBooksBalance) {
  Allocator &a = hostAllocator();
  size_t before = a.activeBytes();
  std::vector<std::thread> threads;
  std::atomic<int> damaged{0};
  for (unsigned t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      std::mt19937 random(t);
      std::vector<BufferPtr> held(16);
      for (int i = 0; i < 20000; ++i) {
        BufferPtr &slot = held[random() % held.size()];
        if (slot && *static_cast<uint32_t *>(slot->data) != (t << 16 | static_cast<uint32_t>(&slot - held.data())))
          ++damaged;
        slot = allocate(4 + random() % 5000);
        *static_cast<uint32_t *>(slot->data) = t << 16 | static_cast<uint32_t>(&slot - held.data());
        if (i % 5000 == 0)
          a.clearCache();
      }
    });
  for (std::thread &t : threads)
    t.join();
  EXPECT_EQ(damaged, 0);
  EXPECT_EQ(a.activeBytes(), before);
}

TEST(Allocator, AForkedChildAllocates) {
  std::atomic<bool> stop{false};
  std::thread busy([&] {
    while (!stop)
      allocate(100);
  });
  for (int i = 0; i < 20; ++i) {
    pid_t child = fork();
    if (child == 0)
      _exit(hostAllocator().allocate(100) ? 0 : 1);
    int status = 0;
    waitpid(child, &status, 0);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  }
  stop = true;
  busy.join();
}

TEST(Regions, SmallBlocksShareOneAndLargeOnesAreOne) {
  hostAllocator().clearCache();
  std::vector<BufferPtr> held;
  for (int i = 0; i < 100; ++i)
    held.push_back(allocate(400));
  Region *region = findRegion(held[0]->data);
  ASSERT_TRUE(region);
  EXPECT_FALSE(region->oneBlock);
  EXPECT_EQ(findRegion(held[99]->data), region);
  int local = 0;
  EXPECT_EQ(findRegion(&local), nullptr);
  BufferPtr large = allocate(1200000);
  Region *own = findRegion(static_cast<std::byte *>(large->data) + 1000);
  ASSERT_TRUE(own);
  EXPECT_TRUE(own->oneBlock);
  EXPECT_EQ(own->data, large->data);
  EXPECT_EQ(own->bytes, large->bytes);
  EXPECT_NE(findRegion(own->data + own->bytes), own);
  void *gone = large->data;
  large.reset();
  hostAllocator().clearCache();
  EXPECT_EQ(findRegion(gone), nullptr);
}

TEST(Regions, ViewsGoBeforeTheMemory) {
  static int gone = 0;
  struct View final : RegionView {
    using RegionView::RegionView;
    ~View() override { ++gone; }
    Status fetch() override { return {}; }
    void invalidate() override {}
  };
  int device = 0, other = 0;
  Region *region = mapRegion(1 << 20, /*oneBlock=*/true);
  ASSERT_TRUE(region);
  region->attach(new View(&device));
  region->attach(new View(&other));
  EXPECT_TRUE(region->view(&device));
  detachFromRegions(&device);
  EXPECT_EQ(gone, 1);
  EXPECT_FALSE(region->view(&device));
  EXPECT_TRUE(region->view(&other));
  unmapRegion(region);
  EXPECT_EQ(gone, 2);
}

TEST(Slabs, RangesAreDistinctReusedAndGoBackToTheSystem) {
  Slabs slabs;
  std::mt19937 random(1);
  struct Range {
    unsigned char *data;
    size_t bytes;
    unsigned char value;
  };
  std::vector<Range> held;
  std::vector<void *> seen;
  for (int i = 0; i < 4000; ++i) {
    if (!held.empty() && random() % 3 == 0) {
      std::swap(held[random() % held.size()], held.back());
      Range r = held.back();
      held.pop_back();
      for (size_t at = 0; at < r.bytes; at += 64)
        ASSERT_EQ(r.data[at], r.value) << "overwritten by a neighbour";
      slabs.release(r.data, r.bytes);
      continue;
    }
    size_t bytes = 64 * (1 + random() % (random() % 50 ? 20 : 16000));
    Range r{static_cast<unsigned char *>(slabs.allocate(bytes)), bytes, static_cast<unsigned char>(i)};
    ASSERT_TRUE(r.data);
    ASSERT_EQ(reinterpret_cast<uintptr_t>(r.data) % 64, 0u);
    std::memset(r.data, r.value, bytes);
    held.push_back(r);
    seen.push_back(r.data);
  }
  for (const Range &r : held)
    slabs.release(r.data, r.bytes);
  for (void *data : seen)
    ASSERT_EQ(findRegion(data), nullptr) << "an empty slab goes";
}

TEST(Slabs, AHoleIsFilledBeforeASlabGrows) {
  Slabs slabs;
  void *first = slabs.allocate(6400), *second = slabs.allocate(6400);
  slabs.release(first, 6400);
  EXPECT_EQ(slabs.allocate(6400), first);
  slabs.release(first, 6400);
  slabs.release(second, 6400);
}

TEST(Buffer, ForeignMemoryIsDeletedByTheLastOwner) {
  int value = 5, deleted = 0;
  BufferPtr a = wrapForeign(&value, sizeof value, [&](void *p) { deleted += p == &value; });
  BufferPtr b = a;
  EXPECT_FALSE(a.unique());
  a.reset();
  EXPECT_EQ(deleted, 0);
  EXPECT_TRUE(b.unique());
  b = BufferPtr();
  EXPECT_EQ(deleted, 1);
  wrapForeign(&value, sizeof value, {}).reset();
}

} // namespace
} // namespace mx::rt
