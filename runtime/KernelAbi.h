/* The C signature of every compiled CPU kernel: the same for the JIT, for a dumped object file and for
 * a program file. Plain C, so that a consumer needs nothing but this header. */
#pragma once

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What one kernel call sees. `buffers` holds one pointer per operand, `scalars` sizes, strides and
 * offsets as 64-bit integers, `scratch` memory private to the calling thread (64-byte aligned, at
 * least as large as the kernel declares). */
typedef struct mx_args {
  void *const *buffers;
  const int64_t *scalars;
  void *scratch;
} mx_args;

/* Runs the work units [begin, end). 0 is success; any other value is a row of MX_KERNEL_*. Units are
 * independent: any split over threads gives the same bits. */
typedef int (*mx_kernel)(const mx_args *args, uint32_t begin, uint32_t end);

enum { MX_KERNEL_OK = 0, MX_KERNEL_INDEX_OUT_OF_RANGE = 1 };

#ifdef __cplusplus
}
#endif
