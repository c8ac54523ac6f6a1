// What is around the numbers. Everything that is written goes to a temporary folder; the cache on disk is exercised by runs of
// this program with a cache of their own, for a process finds what it compiled itself in memory.
#include "tools/info/Check.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <future>
#include <iterator>
#include <thread>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace mx::info {
namespace {

namespace fs = std::filesystem;

/// A folder that goes with it.
class TemporaryFolder {
public:
  TemporaryFolder() {
    std::string pattern = (fs::temp_directory_path() / "mx-info-XXXXXX").string();
    if (!::mkdtemp(pattern.data()))
      throw Wrong("cannot create " + pattern + "; TMPDIR names another folder");
    path = pattern;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }
  std::string file(const char *name) const { return (path / name).string(); }

  fs::path path;
};

std::string read(const fs::path &file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// Changes one byte in the middle.
void damage(const fs::path &file) {
  std::string bytes = read(file);
  bytes[bytes.size() / 2] = char(bytes[bytes.size() / 2] ^ 1);
  std::ofstream(file, std::ios::binary) << bytes;
}

void files(Findings &found, Effort) {
  const TemporaryFolder folder;
  for (Dtype dtype : {bool_, uint8, int16, int32, int64, float16, bfloat16, float32, float64}) {
    const std::string name = to_string(dtype);
    const array a = astype(reshape(arange(0, 60, 1, int32), {3, 4, 5}), dtype);
    if (dtype != bfloat16) { // npy has no name for it
      save(folder.file("a.npy"), a);
      const array back = load(folder.file("a.npy"));
      found.that(back.dtype() == dtype && back.shape() == a.shape(), "npy: " + name + " comes back as " + to_string(back.dtype()));
      found.sameBits("npy of " + name, back, a);
    }
    save_safetensors(folder.file("a.safetensors"), {{"x", a}});
    found.sameBits("safetensors of " + name, load_safetensors(folder.file("a.safetensors")).first.at("x"), a);
  }
  std::ofstream(folder.path / "cut.npy", std::ios::binary) << read(folder.path / "a.npy").substr(0, 100);
  found.refused("an npy file that is cut", ErrorCode::file, [&] { load(folder.file("cut.npy")); });
}

void programFiles(Findings &found, Effort) {
  const TemporaryFolder folder;
  const array x = random::normal({12, 40}, random::key(16)), w = random::normal({40, 33}, random::key(17));
  const auto function = [](const std::vector<array> &in) -> std::vector<array> { return {mixture(in[0], in[1])}; };
  std::vector<std::string> targets{"cpu:native"};
  if (is_available(Device::gpu))
    targets.push_back("spirv:vulkan1.2");
  export_kernels(folder.path.string(), function, {x, w}, {.name = "mixture", .targets = targets});
  found.sameBits("a program of a file", import_kernels(folder.file("mixture.mxe"))({x, w})[0], mixture(x, w));
  damage(folder.path / "mixture.mxe");
  found.refused("a damaged program file", ErrorCode::file, [&] { import_kernels(folder.file("mixture.mxe")); });
}

/// Runs the check `compiled` of this program with its cache in `folder`; false when it fails.
bool runWithCache(const fs::path &folder) {
  std::vector<std::string> variables{"MX_CACHE_DIR=" + folder.string()};
  for (char **variable = environ; *variable; ++variable)
    if (!std::string_view(*variable).starts_with("MX_CACHE_DIR="))
      variables.emplace_back(*variable);
  std::vector<char *> environment;
  for (std::string &variable : variables)
    environment.push_back(variable.data());
  environment.push_back(nullptr);
  std::string program = "/proc/self/exe", selftest = "--selftest=quick", only = "--only=compiled";
  char *arguments[] = {program.data(), selftest.data(), only.data(), nullptr};
  posix_spawn_file_actions_t silent;
  posix_spawn_file_actions_init(&silent);
  posix_spawn_file_actions_addopen(&silent, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addopen(&silent, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  pid_t child = 0;
  const int error = ::posix_spawn(&child, program.c_str(), &silent, nullptr, arguments, environment.data());
  posix_spawn_file_actions_destroy(&silent);
  int status = 0;
  return error == 0 && ::waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

std::vector<fs::path> entriesOf(const fs::path &folder) {
  std::vector<fs::path> entries;
  for (const auto &entry : fs::directory_iterator(folder))
    if (entry.path().extension() == ".kernel")
      entries.push_back(entry.path());
  std::sort(entries.begin(), entries.end());
  return entries;
}

void cache(Findings &found, Effort) {
  const TemporaryFolder folder;
  found.that(runWithCache(folder.path), "a process with an empty cache does not compute what one without does");
  const std::vector<fs::path> entries = entriesOf(folder.path);
  found.that(!entries.empty(), "nothing was kept in " + folder.path.string() + "; mx-info says of the cache why it is off");
  std::vector<std::string> before;
  for (const fs::path &entry : entries) {
    before.push_back(read(entry));
    damage(entry);
  }
  found.that(runWithCache(folder.path), "a damaged cache changes what is computed; delete the folder that mx-info names");
  for (size_t i = 0; i < entries.size(); ++i)
    found.that(read(entries[i]) == before[i], "the damaged " + entries[i].filename().string() + " is not built anew");
  found.that(runWithCache(folder.path), "a process does not compute the same from the cache");
}

void threads(Findings &found, Effort effort) {
  constexpr int kThreads = 16;
  const int calls = effort == Effort::Quick ? 10 : 100;
  auto shared = compile([](array x, array w) { return mixture(x, w); });
  const array x = random::normal({30, 40}, random::key(18)), w = random::normal({40, 33}, random::key(19));
  const array wanted = mixture(x, w);
  eval(x, w, wanted);
  const Device device = default_device();
  std::vector<std::future<Findings>> workers;
  for (int t = 0; t < kThreads; ++t)
    workers.push_back(std::async(std::launch::async, [&, t] {
      Findings own;
      const StreamContext scope(device); // defaults are a thread's own
      for (int i = 0; i < calls; ++i)
        own.sameBits("thread " + std::to_string(t) + ", call " + std::to_string(i), shared(x, w), wanted);
      return own;
    }));
  for (std::future<Findings> &worker : workers)
    found.compared += worker.get().compared;
}

/// The least time of several runs, in seconds.
double best(Effort effort, const std::function<void()> &run) {
  using Clock = std::chrono::steady_clock;
  double least = HUGE_VAL;
  for (int i = 0; i < (effort == Effort::Quick ? 3 : 10); ++i) {
    const auto start = Clock::now();
    run();
    least = std::min(least, std::chrono::duration<double>(Clock::now() - start).count());
  }
  return least;
}

std::string rate(double perSecond, const std::string &unit) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f ", perSecond / 1e9);
  return text + unit;
}

void memory(Findings &found, Effort effort) {
  const int size = effort == Effort::Quick ? 1 << 22 : 1 << 24;
  auto add = compile([](array x) { return x + 1.0f; });
  const array x = zeros({size});
  const array y = add(x);
  found.same("a large array", y, [](size_t) { return 1.0; });
  const double seconds = best(effort, [&] { add(x); });
  found.note = rate(2.0 * sizeof(float) * size / seconds, "GB/s of " + std::to_string(4 * size >> 20) + " MiB arrays");
}

void arithmetic(Findings &found, Effort effort) {
  const int n = effort == Effort::Quick ? 256 : 1024;
  auto product = compile([](array a, array b) { return matmul(a, b); });
  const array a = ones({n, n}), b = ones({n, n});
  found.same("a large product", product(a, b), [&](size_t) { return double(n); });
  const double seconds = best(effort, [&] { product(a, b); });
  found.note = rate(2.0 * n * n * n / seconds, "GF/s of float32 matmul");
}

constexpr Check kMachine[] = {{"files", files}, {"program-files", programFiles}, {"cache", cache}};
constexpr Check kDevice[] = {{"threads", threads}, {"memory", memory}, {"arithmetic", arithmetic}};

} // namespace

std::span<const Check> machineChecks() { return kMachine; }
std::span<const Check> loadChecks() { return kDevice; }

} // namespace mx::info
