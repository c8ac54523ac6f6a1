// A device that accepts every program and runs none of it: outputs are zeros of the right size.
#pragma once

#include "runtime/Device.h"

namespace mx::rt {

class NullDevice final : public Device {
public:
  DeviceKind kind() const override { return DeviceKind::null; }
  std::string name() const override { return "null"; }
  std::vector<std::pair<std::string, std::string>> info() const override { return {{"device_name", name()}}; }
  Allocator &allocator() override { return hostAllocator(); }
  Status run(const CompiledProgram &program, const RunArgs &args) override;
  Status synchronize() override { return {}; }
};

} // namespace mx::rt
