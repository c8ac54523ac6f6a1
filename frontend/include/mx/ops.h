// All functions over arrays.
#pragma once

#include "mx/ops/creation.h"
#include "mx/ops/elementwise.h"
#include "mx/ops/indexing.h"
#include "mx/ops/linalg.h"
#include "mx/ops/reduce.h"
#include "mx/ops/views.h"
