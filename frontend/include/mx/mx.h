// All of mx.
#pragma once

#if defined(__cplusplus) && __cplusplus < 202002L
#error "mx needs C++20: compile with -std=c++20; with CMake, target_link_libraries(... mx::mx) does that"
#endif

#include "mx/allocator.h"
#include "mx/array.h"
#include "mx/compile.h"
#include "mx/config.h"
#include "mx/debug.h"
#include "mx/device.h"
#include "mx/dtype.h"
#include "mx/error.h"
#include "mx/event.h"
#include "mx/export.h"
#include "mx/fast.h"
#include "mx/graph_utils.h"
#include "mx/half_types.h"
#include "mx/io.h"
#include "mx/memory.h"
#include "mx/nn.h"
#include "mx/ops.h"
#include "mx/random.h"
#include "mx/small_vector.h"
#include "mx/stream.h"
#include "mx/transforms.h"
#include "mx/utils.h"
