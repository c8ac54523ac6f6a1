// Tests of injected failures.
#include "tests/vulkan/Fixture.h"
