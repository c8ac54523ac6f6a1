// Printing of graphs under the name that programs for MLX include.
#pragma once

#include "mlx/core.h"
#include "mx/graph_utils.h"
