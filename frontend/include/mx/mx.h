// All of mx.
#pragma once

#include "mx/allocator.h"
#include "mx/array.h"
#include "mx/config.h"
#include "mx/device.h"
#include "mx/dtype.h"
#include "mx/error.h"
#include "mx/memory.h"
#include "mx/ops.h"
#include "mx/stream.h"
#include "mx/transforms.h"
#include "mx/utils.h"
