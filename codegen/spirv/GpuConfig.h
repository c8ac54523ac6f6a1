// Schedules of GPU kernels: small structs that a heuristic fills in from the problem and the device's limits, and that
// lowering obeys. A kernel's `config` pins entries by name. None of them changes a bit of the result.
#pragma once

#include "codegen/spirv/SpirvTarget.h"
#include "ir/program/MxpDialect.h"
#include "ir/shape/Dim.h"

namespace mx::codegen {

/// Element-wise kernels.
struct GpuMapConfig {
  /// `workgroup`: invocations of a workgroup.
  int64_t workgroup = 128;
  /// `elements`: elements of one invocation, whole runs of them where the kernel has runs.
  int64_t elements = 4;
};

/// Products.
struct GpuMatmulConfig {
  /// `shared`: operands go through memory that a workgroup shares; otherwise a subgroup passes them round.
  bool shared = true;
  /// `tile_rows`, `tile_cols`, `tile_depth`: what a workgroup holds in shared memory.
  int64_t tileRows = 32, tileCols = 32, tileDepth = 16;
  /// `rows`, `cols`: the tile one invocation holds in registers. Without shared memory its columns are whole vectors.
  int64_t rows = 4, cols = 4;
  /// `pairs`: without shared memory, neighbouring vectors of the right operand are loaded together.
  bool pairs = false;

  int64_t workgroup() const { return tileRows / rows * (tileCols / cols); }
  /// Shared memory of both operands' tiles.
  int64_t sharedBytes(int64_t accumulatorBytes) const { return (tileRows + tileCols) * tileDepth * accumulatorBytes; }
};

/// `numElements` is that of an output; an invocation computes `run` neighbouring ones at a time.
GpuMapConfig chooseGpuMapConfig(ir::program::KernelOp kernel, ir::Dim numElements, int64_t run, const rt::GpuProperties &device);
/// `pairs`: neighbouring vectors are loaded together.
bool chooseGpuPairs(ir::program::KernelOp kernel, const rt::GpuProperties &device);
/// `team`: the invocations that run one of `rows` rows of `elements` together. A power of two from 4 to 16 is part of a
/// subgroup, kWorkgroupTeam a workgroup. An error names a pin that the device has no team for.
rt::Result<int64_t> chooseGpuRowTeam(ir::program::KernelOp kernel, ir::Dim rows, ir::Dim elements, const SpirvTarget &target);
inline constexpr int64_t kWorkgroupTeam = 64;
/// `team`: the invocations that scan a row together, a power of two from 4 to 16 that is part of a subgroup, or 1. An error names
/// a pin that the device has no team for.
rt::Result<int64_t> chooseGpuScanTeam(ir::program::KernelOp kernel, const SpirvTarget &target);
/// `parts`: invocations that share one of `columns` columns of a scatter, each with destinations of its own.
ir::Dim chooseGpuScatterParts(ir::program::KernelOp kernel, ir::Dim columns, const rt::GpuProperties &device);
/// `columns`: neighbouring columns that an invocation reduces, of `columns` in all in rows of `rowSize`: 1, kGpuLanes or, where
/// the kernel reduces once and stores rows alone, kGpuWideColumns, in workgroups of kGpuWideColumnsWorkgroup.
int64_t chooseGpuColumns(ir::program::KernelOp kernel, ir::Dim columns, ir::Dim rowSize, bool reducesOnce, const rt::GpuProperties &device);
inline constexpr int64_t kGpuWideColumns = 16, kGpuWideColumnsWorkgroup = 32;
/// `split`: a row is spread over several teams, one entry after the other; otherwise one runs it, in `iterations` loop
/// iterations. `reducesOnce`: the kernel reduces once and stores rows alone, so that spreading few rows costs no further pass.
bool chooseGpuRowSplit(ir::program::KernelOp kernel, ir::Dim rows, ir::Dim iterations, bool reducesOnce, const rt::GpuProperties &device);
/// An error names the pinned entry that does not fit the device.
rt::Result<GpuMatmulConfig> chooseGpuMatmulConfig(ir::program::KernelOp kernel, ir::Dim M, ir::Dim N, int64_t accumulatorBytes,
                                                  const SpirvTarget &target);

} // namespace mx::codegen
