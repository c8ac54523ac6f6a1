// The processor that the host runs on.
#pragma once

#include "runtime/Device.h"

namespace mx::rt {

class CpuDevice final : public Device {
public:
  DeviceKind kind() const override { return DeviceKind::cpu; }
  std::string name() const override { return "cpu"; }
  std::vector<std::pair<std::string, std::string>> info() const override;
  Allocator &allocator() override { return hostAllocator(); }
  Status run(const CompiledProgram &program, const RunArgs &args) override { return rt::run(program, args); }
  /// Nothing to wait for: run returns when the work is done.
  Status synchronize() override { return {}; }
};

} // namespace mx::rt
