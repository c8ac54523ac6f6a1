// MLX's name for this library: mlx::core is mx. An alias cannot be reopened, so a program may not declare anything
// inside mlx::core. A program's own `namespace mx = mlx::core;` is accepted by g++ and must be removed for clang.
#pragma once

#include "mx/config.h"

namespace mx {}

namespace mlx {
namespace core = ::mx;
} // namespace mlx
