// Events under the name that programs for MLX include.
#pragma once

#include "mlx/core.h"
#include "mx/event.h"
