// What one would get wrong: a size of a dynamic program is known at the call only, so reading holds the parts of a program
// against each other (buffers against lists, slots against steps and arena), and the executor's own checks do the rest.
#include "runtime/ProgramBytes.h"

#include "runtime/KernelBytes.h"

#include <algorithm>

namespace mx::rt {
namespace {

constexpr size_t kCodeAlignment = 64;

Error damaged(std::string what) { return {ErrorCode::file, std::move(what)}; }

// The code of all steps as one image.
struct MergedCode {
  CodeImage image;
  std::vector<std::pair<const MachineCode *, uint32_t>> starts;

  void add(const MachineCode &code) {
    CodeImage own = code.image();
    const auto start = static_cast<uint32_t>((image.bytes.size() + kCodeAlignment - 1) / kCodeAlignment * kCodeAlignment);
    image.bytes.resize(start);
    image.bytes.insert(image.bytes.end(), own.bytes.begin(), own.bytes.end());
    for (CodeImport import : own.imports)
      image.imports.push_back({import.function, import.slot + start});
    starts.emplace_back(&code, start);
  }
  uint32_t offsetOf(mx_kernel entry) const {
    for (auto [code, start] : starts)
      if (auto offset = code->offsetOf(entry))
        return start + *offset;
    return UINT32_MAX;
  }
};

// The bytes of a tensor.
SizeExpr bytesOf(DType dtype, std::span<const SizeExpr> dims) {
  SizeExpr bytes = sizeOf(dtype);
  for (const SizeExpr &dim : dims)
    bytes = SizeExpr::binary(SizeExpr::Op::Mul, dim, bytes);
  return bytes;
}

class ProgramReader {
public:
  ProgramReader(ByteReader &in, CompiledProgram &program) : in(in), program(program) {}
  Status read();

private:
  Status readOutputs();
  Status readArena();
  Status readStep(Step &step);
  Result<BufferRef> readBuffer();
  SizeExpr readSize() { return readSizeExpr(in, program.numSymbols); }

  ByteReader &in;
  CompiledProgram &program;
  std::shared_ptr<const MachineCode> code;
  ShaderModules modules;
};

Status ProgramReader::read() {
  program.isStatic = in.readFlag();
  program.arenaBytes = in.read<int64_t>();
  program.arenaStats = {in.read<int64_t>(), in.read<int64_t>(), in.read<int64_t>()};
  if (in.readFlag()) {
    CodeImage image = readCodeImage(in);
    auto loaded = in.ok() ? MachineCode::load(image.bytes, image.imports) : damaged("the machine code ends too early");
    if (!loaded)
      return loaded.error();
    code = std::move(*loaded);
    program.code.push_back(code);
  }
  modules.read(in);
  std::vector<ConstantSpec> pool = std::move(program.constants);
  program.constants.resize(in.readCount(sizeof(uint32_t)));
  for (ConstantSpec &constant : program.constants) {
    const uint32_t number = in.read<uint32_t>();
    if (number >= pool.size())
      return damaged("constant " + std::to_string(number) + " of " + std::to_string(pool.size()));
    constant = pool[number];
  }
  if (Status s = readOutputs(); !s)
    return s;
  const size_t numSlots = in.readCount(1), numSteps = in.readCount(1);
  program.arena.resize(numSlots);
  program.steps.resize(numSteps);
  if (Status s = readArena(); !s)
    return s;
  for (Step &step : program.steps)
    if (Status s = readStep(step); !s)
      return s;
  return in.ok() && in.atEnd() ? Status() : damaged("it ends too early or too late");
}

Status ProgramReader::readOutputs() {
  program.outputs.resize(in.readCount(1));
  for (OutputSpec &output : program.outputs) {
    output.dtype = in.read(DType::complex64);
    output.dims = readSizeExprs(in, program.numSymbols);
    output.bytes = bytesOf(output.dtype, output.dims);
    output.donor = in.read<int32_t>();
    if (output.donor < -1 || output.donor >= int64_t(program.inputs.size()))
      return damaged("an output takes over input " + std::to_string(output.donor));
  }
  return {};
}

Status ProgramReader::readArena() {
  if (program.arenaBytes < 0 || program.arenaBytes >= SizeExpr::kOverflow / 2)
    return damaged("an arena of " + std::to_string(program.arenaBytes) + " bytes");
  for (ArenaSlot &slot : program.arena) {
    slot.bytes = readSize();
    slot.firstStep = in.read<uint32_t>();
    slot.lastStep = in.read<uint32_t>();
    slot.offset = in.read<int64_t>();
    const bool lives = slot.firstStep <= slot.lastStep && slot.lastStep < program.steps.size();
    const bool fits = program.isStatic ? slot.bytes.isConstant() && slot.bytes.value() >= 0 && slot.offset >= 0 &&
                                             slot.bytes.value() <= program.arenaBytes && slot.offset <= program.arenaBytes - slot.bytes.value()
                                       : slot.offset == -1;
    if (!lives || !fits)
      return damaged("a temporary does not fit the arena or the steps");
  }
  return {};
}

Result<BufferRef> ProgramReader::readBuffer() {
  const auto kind = in.read(BufferRef::Constant);
  const uint32_t index = in.read<uint32_t>();
  const size_t counts[] = {program.inputs.size(), program.outputs.size(), program.arena.size(), program.constants.size()};
  if (index >= counts[kind])
    return damaged("an operand is number " + std::to_string(index) + " of " + std::to_string(counts[kind]));
  return BufferRef{kind, index};
}

Status ProgramReader::readStep(Step &step) {
  step.entry.name = in.readText();
  step.entry.scratchBytes = in.read<int64_t>();
  if (step.entry.scratchBytes < 0 || step.entry.scratchBytes >= SizeExpr::kOverflow / 2)
    return damaged("a kernel's scratch is negative or too large");
  if (in.readFlag())
    step.entry.shader = readShader(in, modules);
  else if (step.entry.fn = code ? code->at(in.read<uint32_t>()) : nullptr; !step.entry.fn)
    return damaged("kernel " + step.entry.name + " lies outside the machine code");
  step.buffers.resize(in.readCount(sizeof(uint32_t)));
  for (BufferRef &ref : step.buffers) {
    auto read = readBuffer();
    if (!read)
      return read.error();
    ref = *read;
  }
  step.scalars = readSizeExprs(in, program.numSymbols);
  for (SizeExpr *size : {&step.units, &step.unitCost, &step.passes, &step.loopIterations})
    *size = readSize();
  if (const Shader *shader = step.entry.shader.get()) {
    // The record of faults is an operand more than the step's.
    const size_t operands = step.buffers.size() + (shader->faultBinding >= 0);
    if ((!shader->bindings.empty() && shader->bindings.back() >= operands) || shader->faultBinding >= int64_t(operands))
      return damaged("shader " + step.entry.name + " binds more operands than there are");
  }
  return {};
}

} // namespace

uint32_t ConstantPool::add(const ConstantSpec &constant) {
  const auto bytes = static_cast<size_t>(constant.bytes);
  auto [it, fresh] = numbers.try_emplace({hashBytes(constant.data->data, bytes), constant.bytes}, static_cast<uint32_t>(constants.size()));
  if (fresh)
    constants.push_back(constant);
  return it->second;
}

void write(ByteWriter &out, std::span<const SizeExpr> dims) {
  out.addCount(dims.size());
  for (const SizeExpr &dim : dims)
    write(out, dim);
}

std::vector<SizeExpr> readSizeExprs(ByteReader &in, uint32_t numSymbols) {
  std::vector<SizeExpr> dims(in.readCount(sizeof(uint32_t)));
  for (SizeExpr &dim : dims)
    dim = readSizeExpr(in, numSymbols);
  return dims;
}

void write(ByteWriter &out, const CompiledProgram &program, ConstantPool &constants) {
  MergedCode code;
  for (const auto &own : program.code)
    if (std::none_of(code.starts.begin(), code.starts.end(), [&](auto &known) { return known.first == own.get(); }))
      code.add(*own);
  out.add(program.isStatic);
  out.add(program.arenaBytes);
  for (int64_t n : {program.arenaStats.planned, program.arenaStats.withoutReuse, program.arenaStats.maxLive})
    out.add(n);
  out.add(!code.starts.empty());
  if (!code.starts.empty())
    write(out, code.image);

  ByteWriter rest;
  ShaderModules modules;
  rest.addCount(program.constants.size());
  for (const ConstantSpec &constant : program.constants)
    rest.add(constants.add(constant));
  rest.addCount(program.outputs.size());
  for (const OutputSpec &output : program.outputs) {
    rest.add(output.dtype);
    write(rest, output.dims);
    rest.add(output.donor);
  }
  rest.addCount(program.arena.size());
  rest.addCount(program.steps.size());
  for (const ArenaSlot &slot : program.arena) {
    write(rest, slot.bytes);
    rest.add(slot.firstStep);
    rest.add(slot.lastStep);
    rest.add(slot.offset);
  }
  for (const Step &step : program.steps) {
    rest.add(step.entry.name);
    rest.add(step.entry.scratchBytes);
    rest.add(bool(step.entry.shader));
    if (step.entry.shader)
      write(rest, *step.entry.shader, modules);
    else
      rest.add(code.offsetOf(step.entry.fn));
    rest.addCount(step.buffers.size());
    for (BufferRef ref : step.buffers) {
      rest.add(ref.kind);
      rest.add(ref.index);
    }
    write(rest, step.scalars);
    for (const SizeExpr *size : {&step.units, &step.unitCost, &step.passes, &step.loopIterations})
      write(rest, *size);
  }
  modules.write(out);
  out.addBytes(rest.bytes);
}

Result<CompiledProgram> readProgram(ByteReader &in, std::string name, uint32_t numSymbols, std::vector<InputSpec> inputs,
                                    std::vector<ConstantSpec> constants) {
  CompiledProgram program;
  program.name = std::move(name);
  program.numSymbols = numSymbols;
  program.inputs = std::move(inputs);
  program.constants = std::move(constants);
  if (Status s = ProgramReader(in, program).read(); !s)
    return s.error();
  return program;
}

} // namespace mx::rt
