// The known targets, the parsing of their names, and the table of what features mean in SPIR-V.
#include "codegen/spirv/SpirvTarget.h"

#include "mlir/Dialect/SPIRV/IR/TargetAndABI.h"

using namespace mlir;
using mx::rt::GpuProperties;
using spirv::Capability;

namespace mx::codegen {
namespace {

// Features and the capabilities that modules may declare where a device has them.
struct Feature {
  Capability capability;
  bool GpuProperties::*has;
};
constexpr Feature kFeatures[] = {
    {Capability::Int8, &GpuProperties::int8},
    {Capability::Int16, &GpuProperties::int16},
    {Capability::Int64, &GpuProperties::int64},
    {Capability::Float16, &GpuProperties::float16},
    {Capability::Float64, &GpuProperties::float64},
    {Capability::StorageBuffer8BitAccess, &GpuProperties::storage8},
    {Capability::StorageBuffer16BitAccess, &GpuProperties::storage16},
    {Capability::GroupNonUniformArithmetic, &GpuProperties::subgroupArithmetic},
    {Capability::GroupNonUniformShuffle, &GpuProperties::subgroupShuffle},
    {Capability::SignedZeroInfNanPreserve, &GpuProperties::signedZeroInfNanPreserve},
    {Capability::PhysicalStorageBufferAddresses, &GpuProperties::bufferAddress},
};

GpuProperties namedDevice(bool lavapipe) {
  GpuProperties p;
  for (const Feature &f : kFeatures)
    p.*f.has = true;
  if (lavapipe) {
    p.type = GpuProperties::Type::cpu;
    p.workgroupInvocations = 1024;
    p.sharedMemoryBytes = 32 << 10;
    p.subgroupSize = 8;
    p.storageBuffers = 32;
    p.exactDivision = p.exactSqrt = p.exactHalf = p.subnormals = true;
  }
  return p;
}

} // namespace

spirv::TargetEnvAttr SpirvTarget::environment(MLIRContext *ctx, bool addresses) const {
  using spirv::Extension;
  const Extension extensions[] = {Extension::SPV_KHR_storage_buffer_storage_class, Extension::SPV_KHR_8bit_storage,
                                  Extension::SPV_KHR_16bit_storage, Extension::SPV_KHR_float_controls,
                                  Extension::SPV_KHR_physical_storage_buffer};
  SmallVector<Capability> allowed(capabilities);
  if (addresses)
    allowed.push_back(Capability::PhysicalStorageBufferAddresses);
  auto triple = spirv::VerCapExtAttr::get(spirv::Version::V_1_5, allowed, extensions, ctx);
  Builder b(ctx);
  auto size = static_cast<int32_t>(device.workgroupInvocations);
  auto resources = spirv::ResourceLimitsAttr::get(
      ctx, static_cast<int>(device.sharedMemoryBytes), size, b.getI32ArrayAttr({size, size, 64}), static_cast<int>(device.subgroupSize),
      std::nullopt, std::nullopt, ArrayAttr(), ArrayAttr());
  return spirv::TargetEnvAttr::get(triple, resources, spirv::ClientAPI::Vulkan, spirv::Vendor::Unknown, spirv::DeviceType::Unknown,
                                   spirv::TargetEnvAttr::kUnknownDeviceID);
}

std::string SpirvTarget::nearestName() const {
  const bool lavapipe = device.type == GpuProperties::Type::cpu;
  std::string text = lavapipe ? "lavapipe" : "vulkan1.2";
  const GpuProperties named = namedDevice(lavapipe);
  for (const Feature &f : kFeatures)
    if (device.*f.has != named.*f.has)
      text += (device.*f.has ? ",+" : ",-") + spirv::stringifyCapability(f.capability).str();
  return text + (math.exact ? ",exact" : "") + (checkIndices ? ",check-indices" : "") + (byAddress ? ",by-address" : "");
}

std::string SpirvTarget::key() const {
  std::string text = "spirv";
  auto add = [&](int64_t v) { text += ' ' + std::to_string(v); };
  for (int64_t v : {int64_t(device.type), device.workgroupInvocations, device.sharedMemoryBytes, device.workgroupCount, device.subgroupSize,
                    device.storageBufferRange, device.storageBuffers, device.pushConstantBytes, device.loopIterations})
    add(v);
  for (Capability c : capabilities)
    add(int64_t(c));
  for (bool b : {device.bufferAddress, math.fma, math.f16c, math.rounding, math.exact, checkIndices, byAddress})
    add(b);
  return text;
}

SpirvTarget spirvTargetOf(const GpuProperties &device) {
  SpirvTarget t;
  t.name = device.name;
  t.device = device;
  t.capabilities.push_back(Capability::Shader);
  if (device.subgroupArithmetic || device.subgroupShuffle)
    t.capabilities.push_back(Capability::GroupNonUniform);
  for (const Feature &f : kFeatures)
    if (device.*f.has && f.capability != Capability::PhysicalStorageBufferAddresses)
      t.capabilities.push_back(f.capability);
  t.math.fma = device.fusedFma;
  t.math.f16c = device.exactHalf && device.float16 && device.storage16;
  return t;
}

rt::Result<SpirvTarget> spirvTarget(StringRef name) {
  SmallVector<StringRef> parts;
  name.split(parts, ',');
  if (parts[0] != "vulkan1.2" && parts[0] != "lavapipe")
    return rt::Error{rt::ErrorCode::invalidArgument, "the SPIR-V target '" + parts[0].str() + "' is none of vulkan1.2, lavapipe"};
  GpuProperties device = namedDevice(parts[0] == "lavapipe");
  device.name = name.str();
  // What no field of the properties stands for, and the words.
  SmallVector<Capability> more, less;
  bool exact = false, checkIndices = false, byAddress = false;
  for (StringRef part : ArrayRef(parts).drop_front()) {
    if (bool *word = part == "exact" ? &exact : part == "check-indices" ? &checkIndices : part == "by-address" ? &byAddress : nullptr) {
      *word = true;
      continue;
    }
    auto capability = spirv::symbolizeCapability(part.drop_front(part.empty() ? 0 : 1));
    if (!capability || (part[0] != '+' && part[0] != '-'))
      return rt::Error{rt::ErrorCode::invalidArgument, "'" + part.str() + "' in the SPIR-V target '" + name.str() +
                                                           "' is not + or - and the name of a SPIR-V capability, nor exact, check-indices or by-address"};
    if (*capability == Capability::Shader || *capability == Capability::Kernel)
      return rt::Error{rt::ErrorCode::invalidArgument, "'" + part.str() + "' in the SPIR-V target '" + name.str() +
                                                           "': devices of Vulkan have Shader and never Kernel"};
    if (auto f = llvm::find_if(kFeatures, [&](const Feature &f) { return f.capability == *capability; }); f != std::end(kFeatures))
      device.*f->has = part[0] == '+';
    else
      (part[0] == '+' ? more : less).push_back(*capability);
  }
  SpirvTarget t = spirvTargetOf(device);
  t.math.exact = exact;
  t.checkIndices = checkIndices;
  t.byAddress = byAddress;
  llvm::erase_if(t.capabilities, [&](Capability c) { return llvm::is_contained(less, c); });
  t.capabilities.append(more);
  return t;
}

} // namespace mx::codegen
