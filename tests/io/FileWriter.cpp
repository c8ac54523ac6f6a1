// Saving replaces a file whole or not at all.
#include "tests/io/Support.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>

namespace mx::test {
namespace {

// Until finish() the old file stays, and a writer that is dropped leaves nothing behind.
TEST(FileWriter, KeepsTheOldFileUntilFinished) {
  TempDir dir;
  writeAll(dir.file("a"), "old");
  {
    io::FileWriter writer(dir.file("a"));
    writer.write("new", 3);
    EXPECT_EQ(readAll(dir.file("a")), "old");
    EXPECT_EQ(dir.names().size(), 2u);
  }
  EXPECT_EQ(readAll(dir.file("a")), "old");
  EXPECT_EQ(dir.names(), std::vector<std::string>{"a"});
  {
    io::FileWriter writer(dir.file("a"));
    writer.write("new", 3);
    writer.finish();
  }
  EXPECT_EQ(readAll(dir.file("a")), "new");
  EXPECT_EQ(dir.names(), std::vector<std::string>{"a"});
}

// A replaced file keeps its permissions; a link stays a link.
TEST(FileWriter, KeepsPermissionsAndLinks) {
  TempDir dir;
  writeAll(dir.file("a"), "old");
  ::chmod(dir.file("a").c_str(), 0640);
  std::filesystem::create_symlink("a", dir.file("link"));
  io::FileWriter writer(dir.file("link"));
  writer.write("new", 3);
  writer.finish();
  EXPECT_TRUE(std::filesystem::is_symlink(dir.file("link")));
  EXPECT_EQ(readAll(dir.file("a")), "new");
  struct stat info;
  ASSERT_EQ(::stat(dir.file("a").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0640u);
}

// A device is written in place, not replaced.
TEST(FileWriter, WritesDevicesDirectly) {
  io::FileWriter writer("/dev/null");
  writer.write("new", 3);
  writer.finish();
  EXPECT_TRUE(std::filesystem::is_character_file("/dev/null"));
}

// Where no file can be made the error names the path and the reason.
TEST(FileWriter, NamesWhatCannotBeOpened) {
  TempDir dir;
  EXPECT_EQ(fileErrorOf([&] { save(dir.file("no/a.npy"), array(1)); }),
            "[save] file " + dir.file("no/a.npy") + " (No such file or directory): cannot be written");
  std::filesystem::create_directory(dir.file("d.npy"));
  EXPECT_EQ(fileErrorOf([&] { save(dir.file("d.npy"), array(1)); }),
            "[save] file " + dir.file("d.npy") + " (Is a directory): cannot be written");

  // Permissions do not bind root, so root becomes somebody else for a moment.
  std::filesystem::permissions(dir.root,
                               std::filesystem::perms::owner_read | std::filesystem::perms::owner_exec);
  const uid_t user = ::geteuid();
  if (user == 0) {
    ASSERT_EQ(::seteuid(65534), 0);
  }
  const std::string denied = fileErrorOf([&] {
    save_safetensors(dir.file("a.safetensors"), {{"a", array(1)}});
  });
  if (user == 0) {
    ASSERT_EQ(::seteuid(user), 0);
  }
  EXPECT_EQ(denied, "[save_safetensors] file " + dir.file("a.safetensors") +
                        " (Permission denied): cannot be written");
}

// When the disk refuses midway the error is typed, the old file whole and the temporary one gone.
TEST(FileWriter, AFailedWriteKeepsTheOldFile) {
  TempDir dir;
  save(dir.file("a.npy"), array({1, 2, 3}));
  const std::string old = readAll(dir.file("a.npy"));
  // A limit on file sizes stands in for a full disk.
  struct rlimit before;
  ::getrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, SIG_IGN);
  const struct rlimit small { 4096, before.rlim_max };
  ::setrlimit(RLIMIT_FSIZE, &small);
  const std::string error = fileErrorOf([&] { save(dir.file("a.npy"), sample(float32, {4096})); });
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, SIG_DFL);
  EXPECT_EQ(error, "[write] file " + dir.file("a.npy") + ": cannot write: File too large");
  EXPECT_EQ(readAll(dir.file("a.npy")), old);
  EXPECT_EQ(dir.names(), std::vector<std::string>{"a.npy"});
}

} // namespace
} // namespace mx::test
