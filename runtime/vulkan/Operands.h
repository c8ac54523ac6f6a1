// Where the operands of one call lie for the device: in place in an imported region, in a region's copy on the device,
// or in memory that was staged for the call. Each is looked up once.
#pragma once

#include "runtime/BoundCall.h"
#include "runtime/vulkan/VulkanDevice.h"

namespace mx::rt::vulkan {

class Operands {
public:
  Operands(const BoundCall &call, VulkanDevice &device, Gpu &gpu, Context &context);

  /// The operand, ready to be read and, if `write`, written.
  Result<Operand *> get(BufferRef ref, bool write);
  /// What was recorded is on its way: of what it writes, copies on the device are the valid ones.
  void submitted();
  /// True when finish has results to copy.
  bool hostFinishes() const;
  /// After what was recorded has run: what it wrote is the host's where nothing else keeps it. All operands are unknown
  /// again.
  void finish();
  /// From now on the contents of outputs and temporaries count: a step has run on the host.
  void hostHasWritten() { contentsCount = true; }

private:
  size_t number(BufferRef ref) const;
  Status find(BufferRef ref, Operand &operand);
  Status findElsewhere(Operand &operand);

  const BoundCall &call;
  VulkanDevice &device;
  Gpu &gpu;
  Context &context;
  std::vector<Operand> &operands;
  bool contentsCount = false;
};

} // namespace mx::rt::vulkan
