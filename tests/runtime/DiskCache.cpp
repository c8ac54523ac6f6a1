// The cache on disk: what comes out is what went in, or nothing. Damage, planted files, full disks, kill -9.
#include "runtime/DiskCache.h"
#include "runtime/base/Log.h"

#include <algorithm>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <random>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace mx::rt {
namespace {

namespace fs = std::filesystem;
using Bytes = std::vector<std::byte>;

constexpr int64_t kPlenty = int64_t(1) << 30;
constexpr uid_t kSomeoneElse = 65534;

CacheKey keyOf(uint32_t number) {
  CacheKey key{};
  std::memcpy(key.data(), &number, sizeof number);
  return key;
}

/// Content that its number determines.
Bytes contentOf(uint32_t number) {
  std::mt19937 random(number);
  Bytes bytes(random() % 3000);
  for (std::byte &b : bytes)
    b = std::byte(random());
  return bytes;
}

class DiskCacheTest : public ::testing::Test {
protected:
  void SetUp() override {
    // In memory where possible: file systems wait for the disk whenever a file is replaced, which happens 20,000 times here.
    const fs::path parent = ::access("/dev/shm", W_OK) == 0 ? fs::path("/dev/shm") : fs::temp_directory_path();
    std::string pattern = (parent / "mx-cache-XXXXXX").string();
    root = ::mkdtemp(pattern.data());
    folder = (root / "cache").string();
    setLogLevel(LogLevel::warning);
    setLogSink([this](LogLevel, std::string_view text) { warnings.emplace_back(text); });
  }
  void TearDown() override {
    setLogSink({});
    fs::remove_all(root);
  }
  std::vector<std::string> names() const {
    std::vector<std::string> result;
    for (const auto &entry : fs::directory_iterator(folder))
      result.push_back(entry.path().filename().string());
    std::sort(result.begin(), result.end());
    return result;
  }
  /// The only file there is.
  fs::path onlyFile() const {
    EXPECT_EQ(names().size(), 1u);
    return fs::path(folder) / names().at(0);
  }
  /// A cache that keeps nothing, and says why.
  void expectRefused(const std::string &path, const std::string &why) {
    warnings.clear();
    DiskCache cache(path, kPlenty);
    cache.store(CacheKind::Kernel, keyOf(1), contentOf(1));
    EXPECT_FALSE(cache.load(CacheKind::Kernel, keyOf(1)));
    EXPECT_FALSE(cache.enabled());
    ASSERT_EQ(warnings.size(), 1u) << "once, not at each use";
    EXPECT_NE(warnings[0].find(why), std::string::npos) << warnings[0];
    auto entries = cache.entries();
    ASSERT_FALSE(entries);
    EXPECT_NE(entries.error().message.find(why), std::string::npos) << entries.error().message;
    EXPECT_FALSE(cache.clear());
  }

  fs::path root;
  std::string folder;
  std::vector<std::string> warnings;
};

void overwrite(const fs::path &file, const std::string &bytes) {
  std::ofstream(file, std::ios::binary | std::ios::trunc) << bytes;
}

std::string contentsOf(const fs::path &file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST_F(DiskCacheTest, GivesBackWhatWasStoredToLaterProcesses) {
  {
    DiskCache cache(folder, kPlenty);
    EXPECT_FALSE(cache.load(CacheKind::Kernel, keyOf(1)));
    cache.store(CacheKind::Kernel, keyOf(1), contentOf(1));
    cache.store(CacheKind::Program, keyOf(1), contentOf(2));
    cache.store(CacheKind::Pipeline, keyOf(3), {});
  }
  DiskCache cache(folder, kPlenty);
  EXPECT_EQ(cache.load(CacheKind::Kernel, keyOf(1)), contentOf(1));
  EXPECT_EQ(cache.load(CacheKind::Program, keyOf(1)), contentOf(2)) << "kinds have keys of their own";
  EXPECT_EQ(cache.load(CacheKind::Pipeline, keyOf(3)), Bytes());
  EXPECT_FALSE(cache.load(CacheKind::Kernel, keyOf(3)));
  cache.store(CacheKind::Kernel, keyOf(1), contentOf(4));
  EXPECT_EQ(cache.load(CacheKind::Kernel, keyOf(1)), contentOf(4));
  const CacheStats stats = cache.stats();
  EXPECT_EQ(stats.hits, 4u);
  EXPECT_EQ(stats.misses, 1u);
  EXPECT_EQ(stats.damaged, 0u);
  EXPECT_EQ(stats.stored, 1u);
  struct stat info;
  ASSERT_EQ(::stat(folder.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0700u);
}

TEST_F(DiskCacheTest, WithoutAFolderKeepsNothing) {
  DiskCache cache("", kPlenty);
  cache.store(CacheKind::Kernel, keyOf(1), contentOf(1));
  EXPECT_FALSE(cache.enabled());
  EXPECT_FALSE(cache.load(CacheKind::Kernel, keyOf(1)));
  EXPECT_TRUE(cache.entries()->empty());
  EXPECT_EQ(*cache.clear(), 0);
  EXPECT_TRUE(warnings.empty());
}

TEST_F(DiskCacheTest, DetectsEveryDamage) {
  DiskCache cache(folder, kPlenty);
  std::mt19937 random(8);
  constexpr int kDamages = 10'000;
  for (int i = 0; i < kDamages; ++i) {
    const Bytes content = contentOf(i);
    cache.store(CacheKind::Kernel, keyOf(7), content);
    const fs::path file = onlyFile();
    const std::string good = contentsOf(file);
    std::string bad = good;
    switch (random() % 6) {
    case 0: bad[random() % bad.size()] ^= 1 << random() % 8; break;
    case 1: bad.resize(random() % bad.size()); break;
    case 2: bad.append(1 + random() % 100, char(random())); break;
    case 3: {
      const size_t from = random() % bad.size();
      bad.replace(from, bad.size() - from, bad.size() - from, '\0'); // a hole, as a loss of power leaves it
      break;
    }
    case 4: bad.erase(random() % bad.size(), 1); break;
    case 5: std::swap(bad[random() % bad.size()], bad[random() % bad.size()]); break;
    }
    if (bad == good)
      bad[i % bad.size()] ^= 1;
    overwrite(file, bad);
    ASSERT_FALSE(cache.load(CacheKind::Kernel, keyOf(7))) << "damage " << i;
    ASSERT_TRUE(names().empty()) << "what is damaged goes";
    cache.store(CacheKind::Kernel, keyOf(7), content);
    ASSERT_EQ(cache.load(CacheKind::Kernel, keyOf(7)), content);
  }
  EXPECT_EQ(cache.stats().damaged, uint64_t(kDamages));
  EXPECT_EQ(cache.stats().hits, uint64_t(kDamages));
}

TEST_F(DiskCacheTest, AnEntryUnderAnotherNameIsDamaged) {
  DiskCache cache(folder, kPlenty);
  cache.store(CacheKind::Kernel, keyOf(1), contentOf(1));
  const std::string bytes = contentsOf(onlyFile());
  cache.store(CacheKind::Kernel, keyOf(2), contentOf(2));
  cache.store(CacheKind::Program, keyOf(1), contentOf(3));
  for (const std::string &name : names())
    overwrite(fs::path(folder) / name, bytes);
  EXPECT_FALSE(cache.load(CacheKind::Kernel, keyOf(2)));
  EXPECT_FALSE(cache.load(CacheKind::Program, keyOf(1)));
  EXPECT_EQ(cache.load(CacheKind::Kernel, keyOf(1)), contentOf(1));
}

TEST_F(DiskCacheTest, RefusesAFolderThatOthersControl) {
  fs::create_directory(folder);
  fs::create_directory_symlink(folder, root / "link");
  expectRefused(root / "link", "is a symbolic link; name the folder itself");
  expectRefused((root / "link").string() + "/", "is a symbolic link");
  for (mode_t mode : {0777, 0707, 0770, 01777}) {
    ASSERT_EQ(::chmod(folder.c_str(), mode), 0);
    expectRefused(folder, "can be written by others; chmod go-w it");
  }
  EXPECT_TRUE(names().empty()) << "nothing was written to it";
  overwrite(root / "file", "");
  expectRefused(root / "file", "cannot be opened");
}

TEST_F(DiskCacheTest, RefusesAFolderOfSomeoneElse) {
  if (::geteuid() != 0)
    GTEST_SKIP() << "only root can give files away";
  fs::create_directory(folder);
  ASSERT_EQ(::chown(folder.c_str(), kSomeoneElse, kSomeoneElse), 0);
  expectRefused(folder, "belongs to user 65534, not to user 0 who runs this program");
}

TEST_F(DiskCacheTest, RefusesPlantedFiles) {
  DiskCache cache(folder, kPlenty);
  cache.store(CacheKind::Kernel, keyOf(1), contentOf(1));
  const fs::path file = onlyFile(), elsewhere = root / "elsewhere";
  auto expectIgnored = [&](const char *what) {
    EXPECT_FALSE(cache.load(CacheKind::Kernel, keyOf(1))) << what;
    cache.store(CacheKind::Kernel, keyOf(1), contentOf(1));
    EXPECT_EQ(cache.load(CacheKind::Kernel, keyOf(1)), contentOf(1)) << what << ": replaced";
  };
  fs::rename(file, elsewhere);
  fs::create_symlink(elsewhere, file);
  expectIgnored("a link to a valid entry");
  EXPECT_TRUE(fs::is_regular_file(fs::symlink_status(file)));
  ASSERT_EQ(::chmod(file.c_str(), 0666), 0);
  expectIgnored("a file that all may write");
  fs::remove(file);
  ASSERT_EQ(::mkfifo(file.c_str(), 0600), 0);
  expectIgnored("a pipe, which must not be waited for");
  if (::geteuid() == 0) {
    ASSERT_EQ(::chown(file.c_str(), kSomeoneElse, kSomeoneElse), 0);
    expectIgnored("someone else's file");
  }
}

TEST_F(DiskCacheTest, ForgetsWhatWasNotUsedForLongest) {
  const Bytes content(10'000);
  constexpr int64_t kLimit = 20 * 12'288;
  {
    DiskCache cache(folder, kPlenty);
    for (uint32_t i = 0; i < 20; ++i)
      cache.store(CacheKind::Kernel, keyOf(i), content);
  }
  // Two hours old, but entry 3, which is then used.
  for (const std::string &name : names()) {
    timespec times[2] = {{::time(nullptr) - 7200, 0}, {::time(nullptr) - 7200, 0}};
    ASSERT_EQ(::utimensat(AT_FDCWD, (fs::path(folder) / name).c_str(), times, 0), 0);
  }
  DiskCache cache(folder, kLimit);
  EXPECT_TRUE(cache.load(CacheKind::Kernel, keyOf(3)));
  for (uint32_t i = 100; i < 200; ++i) {
    cache.store(CacheKind::Kernel, keyOf(i), content);
    int64_t bytes = 0;
    const auto entries = cache.entries();
    for (const CacheEntry &entry : *entries)
      bytes += entry.bytes;
    ASSERT_LE(bytes, kLimit) << i;
    ASSERT_TRUE(cache.load(CacheKind::Kernel, keyOf(i))) << "the newest stays";
    if (i == 101)
      EXPECT_TRUE(cache.load(CacheKind::Kernel, keyOf(3))) << "used a moment ago";
  }
  EXPECT_FALSE(cache.load(CacheKind::Kernel, keyOf(4)));
  cache.store(CacheKind::Kernel, keyOf(900), Bytes(kLimit));
  EXPECT_FALSE(cache.load(CacheKind::Kernel, keyOf(900))) << "larger than the cache";
}

TEST_F(DiskCacheTest, ListsAndClearsItsOwnFilesOnly) {
  DiskCache cache(folder, kPlenty);
  EXPECT_TRUE(cache.entries()->empty());
  EXPECT_FALSE(fs::exists(folder)) << "looking makes no folder";
  cache.store(CacheKind::Kernel, keyOf(1), contentOf(1));
  cache.store(CacheKind::Pipeline, keyOf(2), contentOf(2));
  overwrite(fs::path(folder) / "notes.txt", "the user's");
  overwrite(fs::path(folder) / ".unfinished-1-2-3", "left by a process that died");
  auto entries = *cache.entries();
  ASSERT_EQ(entries.size(), 2u);
  for (const CacheEntry &entry : entries) {
    EXPECT_EQ(entry.key, (entry.kind == CacheKind::Kernel ? "01" : "02") + std::string(62, '0'));
    EXPECT_GT(entry.bytes, 0);
    EXPECT_NEAR(double(entry.used) * 1e-9, double(::time(nullptr)), 100);
  }
  EXPECT_EQ(*cache.clear(), 2);
  EXPECT_EQ(names(), std::vector<std::string>{"notes.txt"});
}

TEST_F(DiskCacheTest, SurvivesTheLossOfItsFolder) {
  DiskCache cache(folder, kPlenty);
  cache.store(CacheKind::Kernel, keyOf(1), contentOf(1));
  fs::remove_all(folder);
  EXPECT_FALSE(cache.load(CacheKind::Kernel, keyOf(1)));
  cache.store(CacheKind::Kernel, keyOf(1), contentOf(1));
  EXPECT_EQ(cache.load(CacheKind::Kernel, keyOf(1)), contentOf(1));
}

/// The exit status of a child that runs `work`; -1 for a signal.
int statusOf(void (*work)(const std::string &), const std::string &folder) {
  const pid_t child = ::fork();
  if (child == 0) {
    work(folder);
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST_F(DiskCacheTest, AFullDiskLeavesNothingBehind) {
  EXPECT_EQ(statusOf([](const std::string &path) {
    std::signal(SIGXFSZ, SIG_IGN);
    rlimit limit{100, 100};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    DiskCache cache(path, kPlenty);
    cache.store(CacheKind::Kernel, keyOf(1), Bytes(5000));
    ::_exit(cache.load(CacheKind::Kernel, keyOf(1)) ? 1 : cache.stats().stored ? 2 : 0);
  }, folder), 0);
  EXPECT_TRUE(names().empty());
}

TEST_F(DiskCacheTest, KillingAProcessAtAnyMomentHarmsNobody) {
  std::mt19937 random(10);
  constexpr int kKills = 300;
  for (int i = 0; i < kKills; ++i) {
    const pid_t child = ::fork();
    if (child == 0) {
      DiskCache cache(folder, 200'000); // small: it trims too
      for (uint32_t n = 0;; n = (n + 1) % 100) {
        cache.store(CacheKind::Kernel, keyOf(n), contentOf(n));
        if (auto content = cache.load(CacheKind::Kernel, keyOf(n * 7 % 100)); content && *content != contentOf(n * 7 % 100))
          ::_exit(1);
      }
    }
    ::usleep(random() % 5000);
    ::kill(child, SIGKILL);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << "read what nobody had stored";
    DiskCache cache(folder, 200'000);
    for (uint32_t n = 0; n < 100; ++n)
      if (auto content = cache.load(CacheKind::Kernel, keyOf(n)))
        ASSERT_EQ(*content, contentOf(n));
    ASSERT_EQ(cache.stats().damaged, 0u) << "an entry is there whole or not at all";
  }
  // What the dead left unfinished goes once it is old.
  for (const std::string &name : names())
    if (name.starts_with(PrivateFolder::kUnfinished)) {
      timespec times[2] = {{::time(nullptr) - 7200, 0}, {::time(nullptr) - 7200, 0}};
      ASSERT_EQ(::utimensat(AT_FDCWD, (fs::path(folder) / name).c_str(), times, 0), 0);
    }
  overwrite(fs::path(folder) / ".unfinished-1-2-3", "being written right now");
  DiskCache(folder, kPlenty).store(CacheKind::Kernel, keyOf(1), contentOf(1));
  std::vector<std::string> unfinished = names();
  std::erase_if(unfinished, [](const std::string &name) { return !name.starts_with(PrivateFolder::kUnfinished); });
  EXPECT_EQ(unfinished, std::vector<std::string>{".unfinished-1-2-3"});
}

} // namespace
} // namespace mx::rt
