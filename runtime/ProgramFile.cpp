// Writing is plain; reading goes from the outside in: header and table, checksums, signature, and a program when it is
// wanted. Nothing is allocated on the word of a byte that has not been held against the size of the file.
#include "runtime/ProgramFile.h"

#include "runtime/Allocator.h"
#include "runtime/ProgramBytes.h"
#include "runtime/base/CheckedSize.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace mx::rt {
namespace {

constexpr std::array<unsigned char, 8> kMagic{0x89, 'M', 'X', 'E', '\r', '\n', 0x1a, '\n'};
/// What is written; every older version is read.
constexpr uint32_t kVersion = 2;
constexpr size_t kPage = 4096, kConstantAlignment = 64, kSectionAlignment = 16;

enum class SectionKind : uint32_t { Signature, Program, Constants };
constexpr const char *kSectionNames[] = {"signature", "program", "constants"};

struct Header {
  std::array<unsigned char, 8> magic = kMagic;
  uint32_t version = kVersion;
  uint32_t numSections = 0;
  uint64_t fileBytes = 0;
  uint64_t reserved = 0;
  /// Of the header, with zeros here, and the table.
  Hash128 checksum;
};
static_assert(sizeof(Header) == 48);

struct SectionRow {
  SectionKind kind;
  uint32_t reserved = 0;
  uint64_t offset = 0, bytes = 0;
  Hash128 checksum;
};
static_assert(sizeof(SectionRow) == 40);

size_t alignmentOf(SectionKind kind) { return kind == SectionKind::Constants ? kPage : kSectionAlignment; }
uint64_t alignUp(uint64_t n, uint64_t alignment) { return (n + alignment - 1) / alignment * alignment; }

Error damaged(std::string what) { return {ErrorCode::file, std::move(what)}; }

Hash128 tableChecksum(Header header, std::span<const SectionRow> rows) {
  header.checksum = {};
  Hasher hash;
  hash.addBytes(&header, sizeof header);
  hash.addBytes(rows.data(), rows.size_bytes());
  return hash.finish();
}

bool allZero(std::span<const std::byte> bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](std::byte b) { return b == std::byte{0}; });
}

std::vector<std::byte> constantsSection(std::span<const ConstantSpec> constants) {
  ByteWriter out;
  for (const ConstantSpec &constant : constants) {
    out.alignTo(kConstantAlignment);
    out.addBytes({static_cast<const std::byte *>(constant.data->data), static_cast<size_t>(constant.bytes)});
  }
  return std::move(out.bytes);
}

struct Sections {
  uint32_t version;
  std::vector<std::pair<SectionKind, std::span<const std::byte>>> byKind;
};

/// Checks header and table and returns the sections in their order.
Result<Sections> readTable(std::span<const std::byte> bytes) {
  Header header;
  if (bytes.size() < sizeof header)
    return damaged("not a program file: it has " + std::to_string(bytes.size()) + " bytes");
  std::memcpy(&header, bytes.data(), sizeof header);
  if (header.magic != kMagic)
    return damaged("not a program file: it does not begin with \\x89MXE");
  if (header.version == 0 || header.version > kVersion)
    return damaged("has version " + std::to_string(header.version) + " of the format; this mx reads versions up to " + std::to_string(kVersion) +
                   ": use the mx that wrote it, or a newer one");
  if (header.fileBytes != bytes.size())
    return damaged("has " + std::to_string(bytes.size()) + " bytes where its header says " + std::to_string(header.fileBytes));
  if (header.numSections == 0)
    return damaged("the table of sections is empty");
  if (header.numSections > (bytes.size() - sizeof header) / sizeof(SectionRow))
    return damaged("the table of sections is longer than the file");
  std::vector<SectionRow> rows(header.numSections);
  std::memcpy(rows.data(), bytes.data() + sizeof header, rows.size() * sizeof(SectionRow));
  if (tableChecksum(header, rows) != header.checksum)
    return damaged("the header is damaged: its checksum differs");
  Sections sections{header.version, {}};
  uint64_t end = sizeof header + rows.size() * sizeof(SectionRow);
  for (const SectionRow &row : rows) {
    if (row.kind > SectionKind::Constants)
      return damaged("a section is of unknown kind " + std::to_string(static_cast<uint32_t>(row.kind)));
    const std::string name = kSectionNames[static_cast<uint32_t>(row.kind)];
    if (row.offset != alignUp(end, alignmentOf(row.kind)) || row.offset > bytes.size() || row.bytes > bytes.size() - row.offset)
      return damaged("section " + name + " lies at " + std::to_string(row.offset) + " with " + std::to_string(row.bytes) + " bytes, where it has no place");
    auto section = bytes.subspan(row.offset, row.bytes);
    if (!allZero(bytes.subspan(end, row.offset - end)))
      return damaged("bytes before section " + name + " are damaged");
    if (hashBytes(section.data(), section.size()) != row.checksum)
      return damaged("section " + name + " is damaged: its checksum differs");
    sections.byKind.emplace_back(row.kind, section);
    end = row.offset + row.bytes;
  }
  if (end != bytes.size())
    return damaged("has bytes behind its last section");
  return sections;
}

} // namespace

std::vector<std::byte> serialize(const ProgramFile &file) {
  ConstantPool pool;
  std::vector<uint32_t> own;
  for (const ConstantSpec &constant : file.constants)
    own.push_back(pool.add(constant));
  std::vector<std::pair<SectionKind, std::vector<std::byte>>> sections(1);
  for (const ProgramVariant &variant : file.variants) {
    ByteWriter program;
    write(program, variant.program, pool);
    sections.emplace_back(SectionKind::Program, std::move(program.bytes));
  }
  ByteWriter signature;
  signature.add(file.signature.name);
  signature.add(file.signature.numSymbols);
  signature.addCount(file.signature.arguments.size());
  for (const InputSpec &argument : file.signature.arguments) {
    signature.add(argument.dtype);
    write(signature, argument.dims);
  }
  signature.addCount(pool.all().size());
  for (const ConstantSpec &constant : pool.all())
    signature.add(constant.bytes);
  signature.addCount(file.signature.results.size());
  for (const ResultSpec &result : file.signature.results) {
    signature.add(result.dtype);
    write(signature, result.dims);
    signature.add(result.source);
    signature.add(result.source == ResultSpec::Constant ? own[result.index] : result.index);
  }
  signature.addCount(file.variants.size());
  for (const ProgramVariant &variant : file.variants) {
    signature.add(variant.target);
    signature.addCount(variant.features.size());
    for (const std::string &feature : variant.features)
      signature.add(feature);
  }
  for (const auto *bounds : {&file.signature.atLeast, &file.signature.atMost}) {
    signature.addCount(bounds->size());
    for (int64_t n : *bounds)
      signature.add(n);
  }
  signature.addCount(file.signature.fixed.size());
  for (const FixedSize &fixed : file.signature.fixed) {
    signature.add(fixed.size);
    signature.add(fixed.reason);
  }
  for (const auto *names : {&file.signature.argumentNames, &file.signature.resultNames}) {
    signature.addCount(names->size());
    for (const std::string &name : *names)
      signature.add(name);
  }
  sections[0] = {SectionKind::Signature, std::move(signature.bytes)};
  sections.emplace_back(SectionKind::Constants, constantsSection(pool.all()));

  Header header;
  header.numSections = static_cast<uint32_t>(sections.size());
  std::vector<SectionRow> rows;
  uint64_t end = sizeof header + sections.size() * sizeof(SectionRow);
  for (const auto &[kind, bytes] : sections) {
    rows.push_back({kind, 0, alignUp(end, alignmentOf(kind)), bytes.size(), hashBytes(bytes.data(), bytes.size())});
    end = rows.back().offset + bytes.size();
  }
  header.fileBytes = end;
  header.checksum = tableChecksum(header, rows);
  ByteWriter out;
  out.bytes.reserve(end);
  out.addBytes(std::as_bytes(std::span(&header, 1)));
  out.addBytes(std::as_bytes(std::span(rows)));
  for (const auto &[kind, bytes] : sections) {
    out.alignTo(alignmentOf(kind));
    out.addBytes(bytes);
  }
  return std::move(out.bytes);
}

Result<ProgramFileReader> ProgramFileReader::open(std::span<const std::byte> bytes, std::shared_ptr<const void> owner) {
  auto table = readTable(bytes);
  if (!table)
    return table.error();
  const auto &sections = table->byKind;
  if (sections.size() < 2 || sections.front().first != SectionKind::Signature || sections.back().first != SectionKind::Constants)
    return damaged("does not begin with a signature and end in constants");
  ProgramFileReader reader;
  for (size_t i = 1; i + 1 < sections.size(); ++i) {
    if (sections[i].first != SectionKind::Program)
      return damaged("has a section " + std::string(kSectionNames[static_cast<uint32_t>(sections[i].first)]) + " among its programs");
    reader.targets.push_back({{}, {}, sections[i].second});
  }
  if (Status s = reader.readSignature(table->version, sections.front().second, sections.back().second, std::move(owner)); !s)
    return s.error();
  if (Status s = reader.checkResults(); !s)
    return s.error();
  return reader;
}

Status ProgramFileReader::readSignature(uint32_t version, std::span<const std::byte> section, std::span<const std::byte> data, std::shared_ptr<const void> owner) {
  ByteReader in(section);
  described.name = in.readText();
  described.numSymbols = in.read<uint32_t>();
  // Each symbol is a size of some argument, so there are fewer of them than bytes.
  if (described.numSymbols > section.size())
    return damaged("the signature has more sizes than bytes");
  described.arguments.resize(in.readCount(sizeof(DType)));
  std::vector<bool> given;
  for (InputSpec &argument : described.arguments) {
    argument.dtype = in.read(DType::complex64);
    argument.dims = readSizeExprs(in, described.numSymbols);
    for (const SizeExpr &dim : argument.dims)
      if (auto code = dim.instructions(); code.size() == 1) {
        given.resize(std::max<size_t>(given.size(), static_cast<size_t>(code[0].arg) + 1));
        given[static_cast<size_t>(code[0].arg)] = true;
      }
  }
  if (given.size() != described.numSymbols || std::find(given.begin(), given.end(), false) != given.end())
    return damaged("a size in the signature follows from no argument");
  const size_t numConstants = in.readCount(sizeof(int64_t));
  CheckedSize end = 0;
  for (size_t i = 0; i < numConstants; ++i) {
    const int64_t bytes = in.read<int64_t>(), start = end.alignedTo(kConstantAlignment).valueOr(-1);
    end = CheckedSize(start) + CheckedSize(bytes);
    if (!end.valid() || end.valueOr(0) > int64_t(data.size()))
      return damaged("constant " + std::to_string(i) + " ends behind its section");
    // The program only reads; the pointer loses its const for the sake of Buffer.
    auto *first = const_cast<std::byte *>(data.data() + start);
    pool.push_back({wrapForeign(first, static_cast<size_t>(bytes), [owner](void *) {}), bytes});
  }
  if (end.valueOr(-1) != int64_t(data.size()))
    return damaged("the constants are longer than the signature says");
  described.results.resize(in.readCount(sizeof(DType)));
  for (ResultSpec &result : described.results) {
    result.dtype = in.read(DType::complex64);
    result.dims = readSizeExprs(in, described.numSymbols);
    result.source = in.read(ResultSpec::Constant);
    result.index = in.read<uint32_t>();
  }
  if (in.readCount(1) != targets.size())
    return damaged("the signature names another number of targets than there are programs");
  for (Variant &variant : targets) {
    variant.target = in.readText();
    variant.features.resize(in.readCount(sizeof(uint32_t)));
    for (std::string &feature : variant.features)
      feature = in.readText();
  }
  if (version >= 2)
    readExtras(in);
  for (const auto *bounds : {&described.atLeast, &described.atMost})
    if (!bounds->empty() && bounds->size() != described.numSymbols)
      return damaged("the signature bounds another number of sizes than there are");
  for (auto [names, count] : {std::pair(&described.argumentNames, described.arguments.size()), std::pair(&described.resultNames, described.results.size())})
    if (!names->empty() && names->size() != count)
      return damaged("the signature has another number of names than of values");
  return in.ok() && in.atEnd() ? Status() : damaged("the signature ends too early or too late");
}

void ProgramFileReader::readExtras(ByteReader &in) {
  for (auto *bounds : {&described.atLeast, &described.atMost}) {
    bounds->resize(in.readCount(sizeof(int64_t)));
    for (int64_t &n : *bounds)
      n = in.read<int64_t>();
  }
  described.fixed.resize(in.readCount(sizeof(int64_t)));
  for (FixedSize &fixed : described.fixed) {
    fixed.size = in.read<int64_t>();
    fixed.reason = in.readText();
  }
  for (auto *names : {&described.argumentNames, &described.resultNames}) {
    names->resize(in.readCount(sizeof(uint32_t)));
    for (std::string &name : *names)
      name = in.readText();
  }
}

Status ProgramFileReader::checkResults() const {
  for (const ResultSpec &result : described.results) {
    bool right = true;
    if (result.source == ResultSpec::Argument) {
      right = result.index < described.arguments.size() && described.arguments[result.index].dtype == result.dtype &&
              described.arguments[result.index].dims == result.dims;
    } else if (result.source == ResultSpec::Constant) {
      CheckedSize bytes = sizeOf(result.dtype);
      for (const SizeExpr &dim : result.dims)
        bytes *= dim.isConstant() ? dim.value() : -1;
      right = result.index < pool.size() && bytes.get() == pool[result.index].bytes;
    }
    if (!right)
      return damaged("a result is not what it is said to come from");
  }
  return {};
}

Result<CompiledProgram> ProgramFileReader::program(const Variant &variant, bool copyConstants) const {
  std::vector<ConstantSpec> constants = pool;
  if (copyConstants)
    for (ConstantSpec &constant : constants) {
      auto copy = hostAllocator().allocate(static_cast<size_t>(constant.bytes));
      if (!copy)
        return copy.error();
      if (constant.bytes)
        std::memcpy((*copy)->data, constant.data->data, static_cast<size_t>(constant.bytes));
      constant.data = std::move(*copy);
    }
  ByteReader in(variant.section);
  auto program = readProgram(in, described.name, described.numSymbols, described.arguments, std::move(constants));
  if (!program)
    return Error{program.error().code, "the program for " + variant.target + " is damaged: " + program.error().message};
  for (const ResultSpec &result : described.results)
    if (result.source == ResultSpec::Output &&
        (result.index >= program->outputs.size() || program->outputs[result.index].dtype != result.dtype || program->outputs[result.index].dims != result.dims))
      return damaged("the program for " + variant.target + " has other results than the signature says");
  return program;
}

} // namespace mx::rt
