// The known targets and the parsing of their names.
#include "codegen/spirv/SpirvTarget.h"

#include "mlir/Dialect/SPIRV/IR/TargetAndABI.h"

using namespace mlir;
using spirv::Capability;

namespace mx::codegen {

spirv::TargetEnvAttr SpirvTarget::environment(MLIRContext *ctx) const {
  using spirv::Extension;
  const Extension extensions[] = {Extension::SPV_KHR_storage_buffer_storage_class, Extension::SPV_KHR_8bit_storage,
                                  Extension::SPV_KHR_16bit_storage, Extension::SPV_KHR_float_controls};
  auto triple = spirv::VerCapExtAttr::get(spirv::Version::V_1_5, capabilities, extensions, ctx);
  Builder b(ctx);
  auto size = static_cast<int32_t>(limits.workgroupInvocations);
  auto resources = spirv::ResourceLimitsAttr::get(
      ctx, static_cast<int>(limits.sharedMemoryBytes), size, b.getI32ArrayAttr({size, size, 64}), static_cast<int>(limits.subgroupSize),
      std::nullopt, std::nullopt, ArrayAttr(), ArrayAttr());
  return spirv::TargetEnvAttr::get(triple, resources, spirv::ClientAPI::Vulkan, spirv::Vendor::Unknown, spirv::DeviceType::Unknown,
                                   spirv::TargetEnvAttr::kUnknownDeviceID);
}

rt::Result<SpirvTarget> spirvTarget(StringRef name) {
  SpirvTarget t;
  t.name = name.str();
  t.capabilities = {Capability::Shader, Capability::Int8, Capability::Int16, Capability::Int64, Capability::Float16,
                    Capability::Float64, Capability::StorageBuffer8BitAccess, Capability::StorageBuffer16BitAccess,
                    Capability::GroupNonUniform, Capability::GroupNonUniformArithmetic, Capability::GroupNonUniformShuffle,
                    Capability::SignedZeroInfNanPreserve};
  t.math.fma = t.math.f16c = false;

  SmallVector<StringRef> parts;
  name.split(parts, ',');
  if (parts[0] == "lavapipe") {
    t.limits = {1024, 32 << 10, 65535, 8, 65535};
    t.math.f16c = true;
  } else if (parts[0] != "vulkan1.2") {
    return rt::Error{rt::ErrorCode::invalidArgument, "the SPIR-V target '" + parts[0].str() + "' is none of vulkan1.2, lavapipe"};
  }
  for (StringRef feature : ArrayRef(parts).drop_front()) {
    auto capability = spirv::symbolizeCapability(feature.drop_front(feature.empty() ? 0 : 1));
    if (!capability || (feature[0] != '+' && feature[0] != '-'))
      return rt::Error{rt::ErrorCode::invalidArgument, "'" + feature.str() + "' in the SPIR-V target '" + name.str() +
                                                           "' is not + or - and the name of a SPIR-V capability"};
    if (*capability == Capability::Shader || *capability == Capability::Kernel)
      return rt::Error{rt::ErrorCode::invalidArgument, "'" + feature.str() + "' in the SPIR-V target '" + name.str() +
                                                           "': devices of Vulkan have Shader and never Kernel"};
    llvm::erase(t.capabilities, *capability);
    if (feature[0] == '+')
      t.capabilities.push_back(*capability);
  }
  return t;
}

} // namespace mx::codegen
