# shellcheck shell=bash
# Shared by the scripts of this folder: where the checkout is, how many jobs fit, how to fail.
# Sourced, never run; the caller has set -euo pipefail.

# shellcheck disable=SC2034  # used by the scripts that source this file
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# die MESSAGE...: one line that names the script, then exit 1.
die() {
  printf '%s: %s\n' "$(basename "$0")" "$*" >&2
  exit 1
}

# job_count: compile jobs that fit the cores and the free memory, for MLIR's headers cost about 1.5 GiB a job.
job_count() {
  local cores fit
  cores=$(nproc)
  fit=$(awk '/^MemAvailable:/ {print int($2 / 1572864)}' /proc/meminfo)
  if [ "$fit" -lt 1 ]; then fit=1; fi
  echo $((cores < fit ? cores : fit))
}
