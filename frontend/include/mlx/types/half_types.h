// float16 and bfloat16 values under the name that programs for MLX include.
#pragma once

#include "mlx/core.h"
#include "mx/half_types.h"
