/* Runs a kernel of a dump from plain C: compile the program with the kernel's header, link the kernel's object file, and
 * nothing else of mx (-pthread for more than one thread).
 *
 *   #include "k0.h"
 *   #include "mx/launch.h"
 *   mx_args args = {buffers, scalars, NULL, 0};
 *   int status = mx_launch(k0, &args, k0_units(sizes), 4);
 */
#ifndef MX_LAUNCH_H
#define MX_LAUNCH_H

#include "mx/kernel_abi.h"

#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What mx_launch returns beside the results of kernels: no memory for scratch. */
enum { MX_LAUNCH_OUT_OF_MEMORY = -1 };

/* One thread's share of a launch. */
typedef struct mx_launch_part {
  mx_kernel kernel;
  mx_args args;
  uint64_t begin, end;
  int64_t scratch_bytes;
  int result;
} mx_launch_part;

/* Runs a share on the calling thread, in parts that a kernel can count, on scratch of its own. */
static inline void *mx_launch_share(void *data) {
  mx_launch_part *part = (mx_launch_part *)data;
  const uint64_t most = UINT32_MAX;
  size_t bytes = (size_t)(part->scratch_bytes > (int64_t)sizeof(mx_fault) ? part->scratch_bytes : (int64_t)sizeof(mx_fault));
  char *memory = (char *)malloc(bytes + 63);
  part->result = MX_LAUNCH_OUT_OF_MEMORY;
  if (!memory)
    return NULL;
  part->args.scratch = memory + (64 - (uintptr_t)memory % 64) % 64;
  part->result = MX_KERNEL_OK;
  while (part->begin < part->end && part->result == MX_KERNEL_OK) {
    const uint64_t left = part->end - part->begin;
    part->args.unit_base = part->begin;
    part->result = part->kernel(&part->args, 0, (uint32_t)(left < most ? left : most));
    part->begin += left < most ? left : most;
  }
  free(memory);
  return NULL;
}

/* Runs `chunks` units of a kernel on `threads` threads, the caller among them; `scratch_bytes` is what the kernel wants for
 * each, and args->scratch is not used. Returns MX_KERNEL_OK, or what the first thread that failed returned. The results do not
 * depend on the number of threads. */
static inline int mx_launch_kernel(mx_kernel kernel, const mx_args *args, int64_t chunks, unsigned threads, int64_t scratch_bytes) {
  enum { MX_LAUNCH_MOST_THREADS = 256 };
  mx_launch_part parts[MX_LAUNCH_MOST_THREADS];
  pthread_t ids[MX_LAUNCH_MOST_THREADS];
  int started[MX_LAUNCH_MOST_THREADS];
  const uint64_t units = chunks > 0 ? (uint64_t)chunks : 0;
  unsigned t, n = threads < 1 ? 1 : threads > MX_LAUNCH_MOST_THREADS ? (unsigned)MX_LAUNCH_MOST_THREADS : threads;
  int result = MX_KERNEL_OK;
  if (n > units)
    n = units ? (unsigned)units : 1;
  for (t = 0; t < n; ++t) {
    parts[t].kernel = kernel;
    parts[t].args = *args;
    parts[t].begin = units / n * t + (t < units % n ? t : units % n);
    parts[t].end = parts[t].begin + units / n + (t < units % n ? 1 : 0);
    parts[t].scratch_bytes = scratch_bytes;
    /* A thread that does not start is no error: its share runs here. */
    started[t] = t > 0 && pthread_create(&ids[t], NULL, mx_launch_share, &parts[t]) == 0;
  }
  for (t = 0; t < n; ++t)
    if (!started[t])
      mx_launch_share(&parts[t]);
  for (t = 0; t < n; ++t) {
    if (started[t])
      pthread_join(ids[t], NULL);
    if (result == MX_KERNEL_OK)
      result = parts[t].result;
  }
  return result;
}

/* The same for an entry of a kernel by its name, whose header says how much scratch it wants. */
#define mx_launch(kernel, args, chunks, threads) mx_launch_kernel(kernel, args, chunks, threads, kernel##_scratch_bytes(NULL))

#ifdef __cplusplus
}
#endif

#endif
