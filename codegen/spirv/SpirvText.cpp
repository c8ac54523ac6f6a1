// Contexts are made anew for each call: they are cheap, and not for two threads at a time.
#include "codegen/spirv/SpirvText.h"

#include <memory>
#include <spirv-tools/libspirv.h>

namespace mx::codegen {
namespace {

struct Tools {
  std::unique_ptr<spv_context_t, void (*)(spv_context)> context{spvContextCreate(SPV_ENV_VULKAN_1_2), spvContextDestroy};
  spv_diagnostic diagnostic = nullptr;
  ~Tools() { spvDiagnosticDestroy(diagnostic); }
  rt::Error error(const char *what) const {
    return {rt::ErrorCode::internal, std::string(what) + (diagnostic ? std::string(": ") + diagnostic->error : std::string())};
  }
};

} // namespace

rt::Status validateSpirv(std::span<const uint32_t> words) {
  Tools tools;
  spv_const_binary_t binary{words.data(), words.size()};
  if (spvValidate(tools.context.get(), &binary, &tools.diagnostic) != SPV_SUCCESS)
    return tools.error("the SPIR-V module is invalid");
  return {};
}

rt::Result<std::string> disassembleSpirv(std::span<const uint32_t> words) {
  Tools tools;
  spv_text text = nullptr;
  const uint32_t options = SPV_BINARY_TO_TEXT_OPTION_NO_HEADER | SPV_BINARY_TO_TEXT_OPTION_INDENT | SPV_BINARY_TO_TEXT_OPTION_FRIENDLY_NAMES;
  if (spvBinaryToText(tools.context.get(), words.data(), words.size(), options, &text, &tools.diagnostic) != SPV_SUCCESS)
    return tools.error("the SPIR-V module cannot be read");
  std::string result(text->str, text->length);
  spvTextDestroy(text);
  return result;
}

} // namespace mx::codegen
