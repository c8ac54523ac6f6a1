// Why tests of the GPU are skipped.
#pragma once

#include "mx/device.h"

#include <gtest/gtest.h>
#include <string>

namespace mx::test {

/// The reason why there is no GPU. One that the validation layers refuse is a fault of mx, which fails the test.
inline std::string whyNoGpu() {
  std::string reason = std::get<std::string>(device_info(Device::gpu).at("reason"));
  EXPECT_EQ(reason.find("validation layers complain"), std::string::npos) << reason;
  return reason;
}

} // namespace mx::test
