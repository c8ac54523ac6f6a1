// Tests of memory.
#include "tests/vulkan/Fixture.h"
