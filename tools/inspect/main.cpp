// mx-inspect: what became of a program: phases, fusion, memory, kernels, and a page that joins them. It reads dumps
// (MX_DUMP), or compiles a file of mx IR for one. Every failure is a message and a nonzero exit.
#include "tools/inspect/Html.h"
#include "tools/inspect/Reports.h"

#include "llvm/Support/CommandLine.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/ToolOutputFile.h"

using namespace mx;
using namespace mx::inspect;

namespace {

namespace cl = llvm::cl;
cl::OptionCategory category("mx-inspect options");
cl::opt<std::string> command(cl::Positional, cl::desc("<command>"), cl::Required, cl::cat(category));
cl::list<std::string> arguments(cl::Positional, cl::desc("<dump or .mlir file> ..."), cl::cat(category));
cl::opt<bool> asJson("json", cl::desc("Write JSON instead of tables"), cl::cat(category));
cl::opt<std::string> output("o", cl::desc("Output file, - for standard output"), cl::value_desc("file"), cl::init("-"), cl::cat(category));
cl::opt<std::string> target("target", cl::desc("What a .mlir file is compiled for, as in mxc"), cl::init("native"), cl::cat(category));
cl::list<int64_t> sizes("sizes", cl::desc("Values of s0, s1, ... in place of the measured call's"), cl::CommaSeparated, cl::cat(category));
cl::opt<std::string> only("program", cl::desc("Only the program of a dump whose folder starts so, such as 0002"), cl::cat(category));
cl::opt<std::string> sources("sources", cl::desc("Folder of the source files that a dump names without one"), cl::value_desc("folder"), cl::cat(category));
cl::opt<double> memoryRate("memory-rate", cl::desc("GB/s from memory, in place of a measurement"), cl::cat(category));
cl::opt<double> cacheRate("cache-rate", cl::desc("GB/s from caches, in place of a measurement"), cl::cat(category));
cl::opt<double> peakRate("peak-rate", cl::desc("Billions of operations a second, in place of a measurement"), cl::cat(category));

constexpr const char *kUsage = R"(looks inside programs compiled by mx

Commands:
  phases  DUMP       ops through the phases of compilation
  fusion  DUMP       kernels, and why values pass between them in memory
  memory  DUMP       the arena step by step, against the bytes that must be alive
  kernels DUMP       bytes, operations, floor, measured time, registers and spills of each kernel
  why     DUMP A B   why two ops are or are not one kernel; A and B: k3, #7, model.cpp:42 or exp
  diff    DUMP DUMP  what changed from one to the other
  html    DUMP       one page with all of it: -o report.html
  env                the environment variables that mx reads
  cache [clear]      what the cache on disk holds; `clear` deletes it

DUMP is a folder that MX_DUMP=folder filled, the folder of one program in it, or a file of mx IR.)";

int fail(const llvm::Twine &message) {
  llvm::errs() << "mx-inspect: error: " << message << "\n";
  return EXIT_FAILURE;
}

rt::Result<std::vector<ProgramDump>> load(const std::string &path) {
  LoadOptions options;
  options.sizes.assign(sizes.begin(), sizes.end());
  options.target = target;
  auto programs = loadPrograms(path, options);
  if (!programs || only.empty())
    return programs;
  std::erase_if(*programs, [](const ProgramDump &p) { return p.folder.rfind(only, 0) != 0; });
  if (programs->empty())
    return rt::Error{rt::ErrorCode::invalidArgument, path + " has no program whose folder starts with '" + only + "'"};
  return programs;
}

// Floors need the limits of the machine: as given, or of this one.
Machine machineFor(const std::string &path) {
  Machine machine;
  if (!memoryRate || !peakRate)
    machine = machineOf(path);
  if (memoryRate)
    machine.memoryGBs = machine.cacheGBs = memoryRate;
  if (cacheRate)
    machine.cacheGBs = cacheRate;
  if (peakRate)
    machine.peakGFlops = peakRate;
  machine.measured = !memoryRate || !peakRate;
  return machine;
}

struct Output {
  json report;
  void (*print)(const json &, llvm::raw_ostream &);
};

// The report of each program; one alone is not a list.
rt::Result<Output> onEach(void (*print)(const json &, llvm::raw_ostream &), const std::function<rt::Result<json>(const ProgramDump &)> &report) {
  auto programs = load(arguments[0]);
  if (!programs)
    return programs.error();
  json all = json::array();
  for (const ProgramDump &program : *programs) {
    auto one = report(program);
    if (!one)
      return one.error();
    all.push_back(std::move(*one));
  }
  return Output{all.size() == 1 ? json(all[0]) : all, print};
}

rt::Result<Output> makeReport() {
  struct Command {
    llvm::StringRef name;
    size_t operands;
  };
  static constexpr Command commands[] = {{"phases", 1}, {"fusion", 1}, {"memory", 1}, {"kernels", 1}, {"why", 3}, {"diff", 2}, {"env", 0}};
  if (command == "cache") {
    if (arguments.size() > 1 || (arguments.size() == 1 && arguments[0] != "clear"))
      return rt::Error{rt::ErrorCode::invalidArgument, "cache takes no operand but clear"};
    auto report = cacheReport(/*clear=*/!arguments.empty());
    if (!report)
      return report.error();
    return Output{*report, printCache};
  }
  const auto known = llvm::find_if(commands, [](const Command &c) { return c.name == command; });
  if (known == std::end(commands))
    return rt::Error{rt::ErrorCode::invalidArgument, "there is no command '" + command + "': it is phases, fusion, memory, kernels, why, diff, html, env or cache"};
  if (arguments.size() != known->operands)
    return rt::Error{rt::ErrorCode::invalidArgument, command + " takes " + std::to_string(known->operands) + " operands, not " + std::to_string(arguments.size())};
  if (command == "env")
    return Output{envReport(), printEnv};
  if (command == "diff") {
    auto before = load(arguments[0]), after = load(arguments[1]);
    if (!before || !after)
      return (before ? after : before).error();
    return Output{diffReport(*before, *after), printDiff};
  }
  if (command == "phases")
    return onEach(printPhases, phasesReport);
  if (command == "fusion")
    return onEach(printFusion, [](const ProgramDump &p) { return rt::Result<json>(fusionReport(p)); });
  if (command == "memory")
    return onEach(printMemory, [](const ProgramDump &p) { return rt::Result<json>(memoryReport(p)); });
  if (command == "kernels")
    return onEach(printKernels, [machine = machineFor(arguments[0])](const ProgramDump &p) { return rt::Result<json>(kernelsReport(p, machine)); });
  return onEach(printWhy, [](const ProgramDump &p) { return whyReport(p, arguments[1], arguments[2]); });
}

rt::Result<std::string> makePage() {
  if (arguments.size() != 1)
    return rt::Error{rt::ErrorCode::invalidArgument, "html takes 1 operand, not " + std::to_string(arguments.size())};
  auto programs = load(arguments[0]);
  if (!programs)
    return programs.error();
  return htmlReport(*programs, machineFor(arguments[0]), sources);
}

rt::Result<std::string> makeText() {
  if (command == "html")
    return makePage();
  auto made = makeReport();
  if (!made)
    return made.error();
  std::string text;
  llvm::raw_string_ostream os(text);
  if (asJson) {
    os << made->report.dump(2) << "\n";
  } else if (made->report.is_array() && command != "diff" && command != "env") {
    for (size_t i = 0; i < made->report.size(); ++i) {
      os << (i ? "\n" : "");
      made->print(made->report[i], os);
    }
  } else {
    made->print(made->report, os);
  }
  return text;
}

} // namespace

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  cl::HideUnrelatedOptions(category);
  cl::ParseCommandLineOptions(argc, argv, kUsage);
  try {
    auto text = makeText();
    if (!text)
      return fail(text.error().message);
    std::error_code ec;
    llvm::ToolOutputFile out(output, ec, llvm::sys::fs::OF_None);
    if (ec)
      return fail("cannot write " + output + ": " + ec.message());
    out.os() << *text;
    out.os().flush();
    if (out.os().has_error()) {
      ec = out.os().error();
      out.os().clear_error();
      return fail("cannot write " + output + ": " + ec.message());
    }
    out.keep();
  } catch (const std::exception &e) {
    return fail(e.what());
  }
  return EXIT_SUCCESS;
}
