// mx-run: runs a program file on npy files, on a machine without a compiler. Every failure is a message that names what is
// wrong, and a nonzero exit, whatever the input.
#include "runtime/LoadedProgram.h"
#include "runtime/io/NpyFile.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>

using namespace mx;

namespace {

constexpr const char *kUsage = R"(usage: mx-run PROGRAM.mxe [options]      an option's value follows it, or `=`
  --input [NAME=]FILE.npy
                      an input of the program, by its name or the first that has no file yet; once for each
  --output [NAME=]FILE.npy
                      where a result goes, by its name or the first that has no file yet; results without one are dropped
  --device cpu|gpu    where it runs (cpu)
  --target NAME       one of the file's targets, such as cpu:x86-64-v3, instead of the best that runs here
  --repeat N          runs N times and prints the times
  --profile           prints the time of each step, the best of the runs
  --info              prints inputs, results and targets, and runs nothing
)";

struct Options {
  std::string file;
  std::vector<std::string> inputs, outputs;
  rt::LoadOptions load;
  int repeat = 1;
  bool profile = false, info = false, help = false;
};

rt::Error wrong(std::string what) { return {rt::ErrorCode::invalidArgument, std::move(what)}; }

rt::Result<Options> parse(int argc, char **argv) {
  Options o;
  for (int i = 1; i < argc; ++i) {
    const char *equals = argv[i][0] == '-' ? std::strchr(argv[i], '=') : nullptr;
    const std::string_view arg = equals ? std::string_view(argv[i], size_t(equals - argv[i])) : std::string_view(argv[i]);
    const bool takesValue = arg == "--input" || arg == "--output" || arg == "--device" || arg == "--target" || arg == "--repeat";
    if (equals && !takesValue)
      return wrong("unknown option " + std::string(argv[i]) + "; mx-run --help lists them");
    const char *text = !takesValue ? nullptr : equals ? equals + 1 : i + 1 < argc ? argv[++i] : nullptr;
    if (takesValue && (!text || (equals && !*text)))
      return wrong(std::string(arg) + " needs a value; mx-run --help says which");
    if (arg == "--input") {
      o.inputs.push_back(text);
    } else if (arg == "--output") {
      o.outputs.push_back(text);
    } else if (arg == "--device") {
      if (std::strcmp(text, "cpu") && std::strcmp(text, "gpu"))
        return wrong("--device is cpu or gpu, not " + std::string(text) + "; mx-info lists the devices");
      o.load.device = text[0] == 'g' ? rt::DeviceKind::gpu : rt::DeviceKind::cpu;
    } else if (arg == "--target") {
      o.load.target = text;
    } else if (arg == "--repeat") {
      const char *end = text + std::strlen(text);
      if (auto [at, ec] = std::from_chars(text, end, o.repeat); ec != std::errc() || at != end || o.repeat < 1)
        return wrong("--repeat is a number of runs from 1 on, not " + std::string(text) + "; give a whole number");
    } else if (arg == "--profile") {
      o.profile = true;
    } else if (arg == "--info") {
      o.info = true;
    } else if (arg == "--help" || arg == "-h") {
      o.help = true;
    } else if (arg.starts_with("-")) {
      return wrong("unknown option " + std::string(arg) + "; mx-run --help lists them");
    } else if (!o.file.empty()) {
      return wrong("one program at a time: " + o.file + ", then " + std::string(arg) + "; an input is given as --input " + std::string(arg));
    } else {
      o.file = arg;
    }
  }
  if (o.file.empty() && !o.help)
    return wrong("no program file; mx-run --help says how it is called");
  return o;
}

std::string describe(rt::DType dtype, std::span<const rt::SizeExpr> dims, const std::vector<std::string> &names, size_t i) {
  return (names.empty() ? "" : names[i] + " ") + std::string(rt::nameOf(dtype)) + " " + rt::shapeText(dims);
}

/// The files of `--input` or `--output` in the order of the program's `count` values, empty where there is none.
rt::Result<std::vector<std::string>> inOrder(const char *what, const std::vector<std::string> &given, const std::vector<std::string> &names, size_t count,
                                             const std::string &program) {
  std::vector<std::string> files(count);
  auto place = [&](size_t i, std::string file) {
    if (file.empty() || !files[i].empty())
      return false;
    files[i] = std::move(file);
    return true;
  };
  std::vector<std::string> unnamed;
  for (const std::string &text : given) {
    const size_t end = text.find('=');
    // A '/' before the '=' is part of a path.
    if (names.empty() || end == std::string::npos || text.find('/') < end) {
      unnamed.push_back(text);
      continue;
    }
    const std::string name = text.substr(0, end);
    auto it = std::find(names.begin(), names.end(), name);
    if (it == names.end())
      return wrong(program + " has no " + what + " '" + name + "'; --info lists them");
    if (!place(size_t(it - names.begin()), text.substr(end + 1)))
      return wrong(std::string(what) + " '" + name + "' has two files, or none; give it one");
  }
  size_t next = 0;
  for (const std::string &file : unnamed) {
    while (next < count && !files[next].empty())
      ++next;
    if (next == count)
      return wrong(program + (what[0] == 'i' ? " takes " : " has ") + std::to_string(count) + " " + what + "s, not " + std::to_string(given.size()) +
                   "; give a file for each at most, in the order of mx-run --info");
    if (!place(next, file))
      return wrong(std::string(what) + " " + std::to_string(next) + " has an empty file name; give it one");
  }
  return files;
}

rt::Status printInfo(const std::string &path) {
  auto mapped = rt::mapFile(path);
  if (!mapped)
    return mapped.error();
  auto file = rt::ProgramFileReader::open(mapped->bytes, mapped->owner);
  if (!file)
    return rt::Error{file.error().code, "file " + path + ": " + file.error().message};
  const rt::Signature &signature = file->signature();
  std::printf("program %s\n", signature.name.c_str());
  for (size_t i = 0; i < signature.arguments.size(); ++i)
    std::printf("input %zu: %s\n", i, describe(signature.arguments[i].dtype, signature.arguments[i].dims, signature.argumentNames, i).c_str());
  for (size_t i = 0; i < signature.results.size(); ++i)
    std::printf("result %zu: %s\n", i, describe(signature.results[i].dtype, signature.results[i].dims, signature.resultNames, i).c_str());
  for (size_t symbol = 0; symbol < signature.atLeast.size(); ++symbol)
    std::printf("s%zu is at least %lld\n", symbol, static_cast<long long>(signature.atLeast[symbol]));
  for (size_t symbol = 0; symbol < signature.atMost.size(); ++symbol)
    if (signature.atMost[symbol] < INT32_MAX)
      std::printf("s%zu is at most %lld\n", symbol, static_cast<long long>(signature.atMost[symbol]));
  for (const rt::FixedSize &fixed : signature.fixed)
    std::printf("%lld does not vary: %s\n", static_cast<long long>(fixed.size), fixed.reason.c_str());
  for (const auto &variant : file->variants())
    std::printf("target %s: %zu bytes\n", variant.target.c_str(), variant.section.size());
  return {};
}

double milliseconds(std::chrono::steady_clock::duration d) { return std::chrono::duration<double, std::milli>(d).count(); }

/// The best time of each step in nanoseconds, those that take longest first.
void printSteps(const rt::CompiledProgram &program, std::span<const int64_t> best) {
  int64_t total = 0;
  std::vector<size_t> order(best.size());
  for (size_t i = 0; i < best.size(); ++i) {
    order[i] = i;
    total += best[i];
  }
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return best[a] != best[b] ? best[a] > best[b] : a < b; });
  std::printf("%6s  %12s  %6s  %s\n", "step", "ms", "share", "kernel");
  for (size_t i : order)
    std::printf("%6zu  %12.6f  %5.1f%%  %s\n", i, 1e-6 * double(best[i]), total > 0 ? 100 * double(best[i]) / double(total) : 0, program.steps[i].entry.name.c_str());
}

rt::Status execute(const Options &o, const rt::LoadedProgram &program, const std::vector<std::string> &files, std::vector<rt::TensorValue> &results) {
  std::vector<rt::io::NpyTensor> inputs;
  std::vector<rt::TensorView> arguments;
  for (const std::string &path : files) {
    auto input = rt::io::readNpy(path);
    if (!input)
      return input.error();
    inputs.push_back(std::move(*input));
  }
  for (const rt::io::NpyTensor &input : inputs)
    arguments.push_back({input.buffer->data, input.dtype, input.shape});
  std::vector<double> times;
  std::vector<int64_t> best, stepNs;
  for (int i = 0; i < o.repeat; ++i) {
    const auto start = std::chrono::steady_clock::now();
    if (rt::Status s = program.run(arguments, results, o.profile ? &stepNs : nullptr); !s)
      return s;
    times.push_back(milliseconds(std::chrono::steady_clock::now() - start));
    best.resize(stepNs.size(), INT64_MAX);
    for (size_t step = 0; step < stepNs.size(); ++step)
      best[step] = std::min(best[step], std::max<int64_t>(stepNs[step], 0));
  }
  if (o.repeat > 1 || o.profile) {
    const double first = times[0];
    std::sort(times.begin(), times.end());
    std::printf("%s: %d runs, best %.6f ms, median %.6f ms, first %.6f ms\n", program.target().c_str(), o.repeat, times[0], times[times.size() / 2], first);
  }
  if (o.profile)
    printSteps(program.program(), best);
  return {};
}

rt::Status run(const Options &o) {
  if (o.info)
    return printInfo(o.file);
  auto program = rt::LoadedProgram::load(o.file, o.load);
  if (!program)
    return program.error();
  const rt::Signature &signature = program->signature();
  auto inputs = inOrder("input", o.inputs, signature.argumentNames, signature.arguments.size(), o.file);
  auto outputs = inOrder("result", o.outputs, signature.resultNames, signature.results.size(), o.file);
  if (!inputs || !outputs)
    return inputs ? outputs.error() : inputs.error();
  if (auto missing = std::find(inputs->begin(), inputs->end(), ""); missing != inputs->end()) {
    const size_t i = size_t(missing - inputs->begin());
    return wrong(o.file + " takes " + std::to_string(inputs->size()) + " inputs, not " + std::to_string(o.inputs.size()) + ": input " + std::to_string(i) + ", " +
                 describe(signature.arguments[i].dtype, signature.arguments[i].dims, signature.argumentNames, i) + ", is missing; give an --input for each");
  }
  std::vector<rt::TensorValue> results;
  if (rt::Status s = execute(o, *program, *inputs, results); !s)
    return s;
  for (size_t i = 0; i < outputs->size(); ++i) {
    if (!(*outputs)[i].empty()) {
      if (rt::Status s = rt::io::writeNpy((*outputs)[i], results[i].dtype, results[i].shape, results[i].buffer->data); !s)
        return s;
    } else if (o.repeat == 1 && !o.profile) {
      // Whoever only wants to see that it runs sees what it makes.
      const std::vector<rt::SizeExpr> sizes(results[i].shape.begin(), results[i].shape.end());
      std::printf("result %zu: %s, dropped; --output keeps it\n", i, describe(results[i].dtype, sizes, signature.resultNames, i).c_str());
    }
  }
  return {};
}

} // namespace

int main(int argc, char **argv) {
  auto options = parse(argc, argv);
  if (options && options->help)
    return std::fputs(kUsage, stdout) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
  rt::Status status = options ? run(*options) : rt::Status(options.error());
  // A full disk shows when standard output is written out.
  if (status && std::fflush(stdout) != 0)
    status = rt::Error{rt::ErrorCode::file, "cannot write to standard output; look for a full disk or a closed pipe"};
  if (status)
    return EXIT_SUCCESS;
  std::fprintf(stderr, "mx-run: error: %s\n", status.error().message.c_str());
  return EXIT_FAILURE;
}
