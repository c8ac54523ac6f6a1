// Data and texts of the page. Texts are deflated: a page shows few of them, and inflates those it shows. An op is joined to
// its line by a number for each line of a phase's text; locations themselves are left out of the texts.
#include "tools/inspect/Html.h"

#include "codegen/ProgramListing.h"
#include "tools/inspect/PhaseFile.h"
#include "tools/inspect/ReportPage.inc"
#include "tools/inspect/Table.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Base64.h"
#include "llvm/Support/Compression.h"
#include "llvm/Support/Path.h"

#include <algorithm>

namespace mx::inspect {
namespace {

class Page {
public:
  Page(const Machine &machine, std::string sourceFolder) : machine(machine), sourceFolder(std::move(sourceFolder)) {}
  rt::Status add(const ProgramDump &program);
  std::string finish();

private:
  size_t addText(llvm::StringRef text);
  json textOf(const std::string &path);
  json kernels(const ProgramDump &program);
  json dispatches(const ProgramDump &program) const;
  rt::Result<json> phases(const ProgramDump &program, json &lines);
  void addSource(const std::string &line);

  const Machine &machine;
  const std::string sourceFolder;
  json programs = json::array(), texts = json::array(), sources = json::object();
  std::map<std::string, bool> tried;
};

size_t Page::addText(llvm::StringRef text) {
  llvm::SmallVector<uint8_t, 0> small;
  llvm::compression::zlib::compress(llvm::arrayRefFromStringRef(text), small, llvm::compression::zlib::BestSpeedCompression);
  texts.push_back(llvm::encodeBase64(small));
  return texts.size() - 1;
}

json Page::textOf(const std::string &path) {
  auto text = readFile(path);
  return text ? json(addText(*text)) : json();
}

// The modules of single kernels in a phase's file, in the order of the kernels' numbers. Each ends in a brace of its own.
std::vector<llvm::StringRef> kernelModules(llvm::StringRef text) {
  std::vector<llvm::StringRef> modules;
  while (!text.empty()) {
    size_t end = text.find("\n}\n");
    end = end == llvm::StringRef::npos ? text.size() : end + 3;
    modules.push_back(text.take_front(end));
    text = text.drop_front(end).ltrim('\n');
  }
  return modules;
}

// k2 before k10.
std::vector<std::string> kernelOrder(const ProgramDump &program) {
  std::vector<std::string> names;
  for (const auto &[name, kernel] : program.kernels)
    names.push_back(name);
  std::sort(names.begin(), names.end(), [](const std::string &a, const std::string &b) { return std::pair(a.size(), a) < std::pair(b.size(), b); });
  return names;
}

json Page::kernels(const ProgramDump &program) {
  const std::vector<std::string> names = kernelOrder(program);
  // Programs without kernels have neither file.
  const auto tiled = readFile(program.path + "/04-tiled.mlir"), target = readFile(program.path + "/05-target.mlir");
  const std::vector<llvm::StringRef> tiledModules = kernelModules(tiled ? llvm::StringRef(*tiled) : ""), targetModules = kernelModules(target ? llvm::StringRef(*target) : "");
  json list = json::array();
  for (size_t i = 0; i < names.size(); ++i) {
    const Kernel &kernel = program.kernels.at(names[i]);
    json code = json::object();
    for (const char *extension : {"s", "spvasm", "ll", "h"})
      if (json text = textOf(program.path + "/kernels/" + names[i] + "." + extension); !text.is_null())
        code[extension] = text;
    // Entries that need a module of their own have one.
    for (int n = 1;; ++n) {
      const std::string extension = std::to_string(n) + ".spvasm";
      json text = textOf(program.path + "/kernels/" + names[i] + "." + extension);
      if (text.is_null())
        break;
      code[extension] = text;
    }
    if (tiledModules.size() == names.size())
      code["tiled"] = addText(tiledModules[i]);
    if (targetModules.size() == names.size())
      code["target"] = addText(targetModules[i]);
    json entries = json::array();
    for (const auto &[name, counts] : kernel.entries) {
      json entry = counts;
      entry["name"] = name;
      entries.push_back(entry);
    }
    int64_t numOps = 0;
    for (const auto &[name, count] : kernel.ops)
      numOps += count;
    list.push_back({{"name", names[i]}, {"kind", kernel.kind}, {"ops", kernel.opsText()}, {"num_ops", numOps}, {"entries", entries}, {"texts", code}});
  }
  return list;
}

json Page::dispatches(const ProgramDump &program) const {
  json list = json::array();
  for (const Dispatch &d : program.dispatches) {
    json edges = json::array();
    for (const Edge &edge : d.edges)
      edges.push_back({{"producer", edge.producer}, {"bytes", orNull(edge.bytes)}, {"reason", edge.reason}});
    const bool known = d.bytes() && d.flops;
    list.push_back({{"kernel", d.kernel}, {"first_step", d.firstStep}, {"steps", d.numSteps}, {"bytes_read", orNull(d.bytesRead)},
                    {"bytes_written", orNull(d.bytesWritten)}, {"flops", orNull(d.flops)}, {"floor_ns", known ? json(floorNs(machine, *d.bytes(), *d.flops)) : json()},
                    {"best_ns", orNull(d.bestNs)}, {"mean_ns", orNull(d.meanNs)}, {"lines", d.lines}, {"edges", edges}});
  }
  return list;
}

// A line of IR without its location.
std::string withoutLocations(llvm::StringRef line) {
  std::string text;
  while (!line.empty()) {
    const size_t at = line.find(" loc(");
    text += line.take_front(at).str();
    if (at == llvm::StringRef::npos)
      break;
    const size_t end = line.find(')', at);
    line = end == llvm::StringRef::npos ? "" : line.drop_front(end + 1);
  }
  return text;
}

rt::Result<json> Page::phases(const ProgramDump &program, json &lines) {
  json list = json::array();
  std::map<std::string, size_t> numbers;
  auto context = makeContext();
  for (const char *name : kPhases) {
    auto phase = readPhase(program.path, name, context);
    if (!phase)
      return phase.error();
    std::map<unsigned, size_t> lineOf;
    for (const PhaseFile::Op &op : phase->ops)
      if (std::vector<std::string> source = codegen::linesOf(op.op->getLoc()); !source.empty() && op.op->getNumRegions() == 0) {
        auto [it, isNew] = numbers.try_emplace(source[0], lines.size());
        if (isNew)
          lines.push_back(source[0]);
        lineOf.try_emplace(op.line, it->second);
      }
    std::string text;
    json loc = json::array();
    unsigned number = 0;
    for (llvm::StringRef rest = phase->text; !rest.empty();) {
      auto [line, after] = rest.split('\n');
      rest = after;
      ++number;
      if (line.starts_with("#loc"))
        continue;
      text += withoutLocations(line) + "\n";
      auto it = lineOf.find(number);
      loc.push_back(it == lineOf.end() ? json(-1) : json(it->second));
    }
    list.push_back({{"name", std::string(name).substr(3)}, {"text", addText(text)}, {"loc", loc}});
  }
  return list;
}

// The file that a line is of, where it is here.
void Page::addSource(const std::string &line) {
  const size_t colon = line.rfind(':');
  if (colon == std::string::npos || colon + 1 == line.size() || line.find_first_not_of("0123456789", colon + 1) != std::string::npos)
    return;
  const std::string file = line.substr(0, colon);
  if (!tried.try_emplace(file, true).second)
    return;
  const bool isRelative = !llvm::sys::path::is_absolute(file) && !sourceFolder.empty();
  if (json text = textOf(isRelative ? sourceFolder + "/" + file : file); !text.is_null())
    sources[file] = text;
}

rt::Status Page::add(const ProgramDump &program) {
  json lines = json::array();
  auto phaseList = phases(program, lines);
  if (!phaseList)
    return phaseList.error();
  json steps = json::array(), slots = json::array();
  for (const Step &step : program.steps)
    steps.push_back(step.entry);
  for (const Slot &slot : program.slots)
    slots.push_back({{"offset", orNull(slot.offset)}, {"bytes", orNull(slot.bytes)}, {"first_step", slot.firstStep}, {"last_step", slot.lastStep},
                     {"scratch", program.isStatic && slot.offset.value_or(0) >= program.arenaBytes}});
  // A dispatch may know lines whose ops are gone from every phase.
  for (const Dispatch &d : program.dispatches)
    for (const std::string &line : d.lines)
      if (std::find(lines.begin(), lines.end(), json(line)) == lines.end())
        lines.push_back(line);
  for (const json &line : lines)
    addSource(line);
  programs.push_back({{"folder", program.folder}, {"target", program.target}, {"static", program.isStatic}, {"sizes", program.sizes}, {"calls", program.calls},
                      {"kernels", kernels(program)}, {"dispatches", dispatches(program)}, {"steps", steps}, {"slots", slots},
                      {"arena", {{"bytes", program.arenaBytes}, {"max_live", program.arenaMaxLive}}}, {"phases", *phaseList}, {"lines", lines}});
  return {};
}

// Nothing in a JSON text may end the element it stands in.
std::string inScript(const json &value) {
  std::string text = value.dump(-1, ' ', false, json::error_handler_t::replace), safe;
  safe.reserve(text.size());
  for (char c : text)
    c == '<' ? safe.append("\\u003c") : safe.append(1, c);
  return safe;
}

std::string Page::finish() {
  // The page opens with the program that has most to show.
  size_t start = 0;
  for (size_t i = 0; i < programs.size(); ++i)
    if (programs[i]["dispatches"].size() > programs[start]["dispatches"].size())
      start = i;
  const json data = {{"machine", toJson(machine)}, {"programs", programs}, {"sources", sources}, {"start", start}};
  std::string page;
  llvm::StringRef rest(kReportPage);
  for (const auto &[mark, content] : {std::pair<llvm::StringRef, std::string>{"@STYLE@", kReportStyle}, {"@DATA@", inScript(data)}, {"@TEXTS@", inScript(texts)}, {"@SCRIPT@", kReportScript}}) {
    auto [before, after] = rest.split(mark);
    page += before.str() + content;
    rest = after;
  }
  return page + rest.str();
}

} // namespace

rt::Result<std::string> htmlReport(const std::vector<ProgramDump> &programs, const Machine &machine, const std::string &sourceFolder) {
  if (!llvm::compression::zlib::isAvailable())
    return rt::Error{rt::ErrorCode::internal, "this LLVM has no zlib"};
  Page page(machine, sourceFolder);
  for (const ProgramDump &program : programs)
    if (rt::Status s = page.add(program); !s)
      return s.error();
  return page.finish();
}

} // namespace mx::inspect
