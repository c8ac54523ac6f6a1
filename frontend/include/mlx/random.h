// Random numbers under the name that programs for MLX include.
#pragma once

#include "mlx/core.h"
#include "mx/random.h"
