/* The C signature of every compiled CPU kernel: the same for the JIT, for a dumped object file and for
 * a program file. Plain C, so that a consumer needs nothing but this header. */
#ifndef MX_KERNEL_ABI_H
#define MX_KERNEL_ABI_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What one kernel call sees. `buffers` holds one pointer per operand, `scalars` sizes, strides and
 * offsets as 64-bit integers, `scratch` memory private to the calling thread (64-byte aligned, at
 * least as large as the kernel declares and never less than sizeof(mx_fault)). `unit_base` is added
 * to every unit number: launches of 2^32 units and more come in parts. */
typedef struct mx_args {
  void *const *buffers;
  const int64_t *scalars;
  void *scratch;
  uint64_t unit_base;
} mx_args;

/* Runs the work units unit_base + [begin, end). 0 is success; any other value is a row of MX_KERNEL_*.
 * Units are independent: any split over threads gives the same bits. */
typedef int (*mx_kernel)(const mx_args *args, uint32_t begin, uint32_t end);

/* What a kernel leaves at the start of its scratch before it returns MX_KERNEL_INDEX_OUT_OF_RANGE: the
 * index, the size it was to stay below, where among the indices it stands, and the op that reads it (null
 * or a string of the kernel's own, valid while its code is loaded). */
typedef struct mx_fault {
  int64_t index, size, position;
  const char *op;
} mx_fault;

enum { MX_KERNEL_OK = 0, MX_KERNEL_INDEX_OUT_OF_RANGE = 1 };

#ifdef __cplusplus
}
#endif

#endif
