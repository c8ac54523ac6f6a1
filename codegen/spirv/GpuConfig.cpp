// The heuristics. Sizes that are not known at compile time are taken to be large.
#include "codegen/spirv/GpuConfig.h"

#include "codegen/spirv/GpuLaneMemory.h"
#include "ir/program/KernelConfig.h"

using namespace mlir;

namespace mx::codegen {
namespace {

using ir::Dim;
using ir::program::pinnedOr;

int64_t sizeOr(Dim d, int64_t unknown) { return d.isConstant() ? d.value() : unknown; }

// So many invocations fill a device; a column of a scatter has at most so many.
constexpr int64_t kManyInvocations = 8192, kMostParts = 4096;

// Invocations of a subgroup that work together by shuffles; 0 where there are none.
constexpr int64_t kWidestPart = 16, kLeastPart = 4;
int64_t partOfSubgroup(const SpirvTarget &target) {
  const int64_t subgroup = target.device.subgroupSize;
  const bool shuffles = target.has(mlir::spirv::Capability::GroupNonUniformShuffle) && subgroup >= kLeastPart &&
                        subgroup <= target.device.workgroupInvocations && llvm::isPowerOf2_64(subgroup);
  return shuffles ? std::min(subgroup, kWidestPart) : 0;
}
bool isPart(int64_t team, int64_t largest) { return team >= kLeastPart && team <= largest && llvm::isPowerOf2_64(team); }

} // namespace

GpuMapConfig chooseGpuMapConfig(ir::program::KernelOp kernel, Dim numElements, int64_t run, const rt::GpuProperties &device) {
  GpuMapConfig config;
  config.workgroup = std::min<int64_t>(device.workgroupInvocations, 256);
  // Several elements hide the latency of memory once there is more work than the device has room for.
  const int64_t n = sizeOr(numElements, INT64_MAX);
  config.elements = n >= 1 << 20 && run > 1 ? 2 * run : n >= 1 << 16 ? std::max<int64_t>(run, 4) : run;
  config.workgroup = std::clamp<int64_t>(pinnedOr(kernel, "workgroup", config.workgroup), 1, device.workgroupInvocations);
  // A workgroup's indices stay far from the end of 32 bits.
  const int64_t most = std::clamp<int64_t>((1 << 15) / config.workgroup, 1, 64);
  config.elements = std::clamp<int64_t>(pinnedOr(kernel, "elements", config.elements), 1, most);
  config.elements = std::max(config.elements / run * run, run);
  return config;
}

bool chooseGpuPairs(ir::program::KernelOp kernel, const rt::GpuProperties &device) {
  // A processor runs the invocations of a subgroup one after the other at each load.
  return device.int64 && pinnedOr(kernel, "pairs", device.type == rt::GpuProperties::Type::cpu);
}

rt::Result<int64_t> chooseGpuRowTeam(ir::program::KernelOp kernel, Dim rows, Dim elements, const SpirvTarget &target) {
  const int64_t subgroup = target.device.subgroupSize, part = partOfSubgroup(target);
  // Shuffles cost less than barriers, unless long rows are too few for their teams to fill a device with wide subgroups.
  const bool few = subgroup > kWidestPart && sizeOr(rows, INT64_MAX) < 256 && sizeOr(elements, INT64_MAX) > 1024;
  const int64_t team = pinnedOr(kernel, "team", part && !few ? part : kWorkgroupTeam);
  if (team != kWorkgroupTeam && !isPart(team, part))
    return rt::Error{rt::ErrorCode::invalidArgument, "row config: a team of " + std::to_string(team) + " is neither a workgroup of " +
                                                         std::to_string(kWorkgroupTeam) + " nor a power of two from 4 to " + std::to_string(part)};
  return team;
}

rt::Result<int64_t> chooseGpuScanTeam(ir::program::KernelOp kernel, const SpirvTarget &target) {
  // A processor, whose caches hold neighbouring rows, gains nothing from neighbouring loads and pays for the meetings.
  const int64_t part = partOfSubgroup(target);
  const int64_t team = pinnedOr(kernel, "team", part && target.device.type != rt::GpuProperties::Type::cpu ? part : 1);
  if (team != 1 && !isPart(team, part))
    return rt::Error{rt::ErrorCode::invalidArgument, "scan config: a team of " + std::to_string(team) + " is neither 1 nor a power of two from 4 to " +
                                                         std::to_string(part)};
  return team;
}

Dim chooseGpuScatterParts(ir::program::KernelOp kernel, Dim columns, const rt::GpuProperties &device) {
  if (const int64_t parts = pinnedOr(kernel, "parts", 0))
    return std::clamp<int64_t>(parts, 1, kMostParts);
  // Each of them reads all indices: that is for devices with invocations to spare.
  if (device.type == rt::GpuProperties::Type::cpu)
    return 1;
  return min(max(floorDiv(kManyInvocations, max(columns, 1)), 1), kMostParts);
}

int64_t chooseGpuColumns(ir::program::KernelOp kernel, Dim columns, Dim rowSize, bool reducesOnce, const rt::GpuProperties &device) {
  if (!rowSize.isConstant() || rowSize.value() % kGpuLanes)
    return 1;
  // Loads by vectors are worth fewer invocations, as long as these fill the device. A processor runs a subgroup down all rows
  // before the next: what it reads of each must be long enough to be fetched ahead.
  const bool isProcessor = device.type == rt::GpuProperties::Type::cpu, wide = reducesOnce && rowSize.value() % kGpuWideColumns == 0;
  const int64_t n = sizeOr(columns, INT64_MAX);
  const int64_t chosen = isProcessor && wide && n >= 1024 ? kGpuWideColumns : isProcessor || n >= 1 << 16 ? kGpuLanes : 1;
  const int64_t wanted = pinnedOr(kernel, "columns", chosen);
  return wanted == 1 ? 1 : wanted == kGpuWideColumns && wide ? kGpuWideColumns : kGpuLanes;
}

bool chooseGpuRowSplit(ir::program::KernelOp kernel, Dim rows, Dim iterations, bool reducesOnce, const rt::GpuProperties &device) {
  // A device runs hundreds of workgroups at a time: few rows leave most of it idle.
  const bool few = reducesOnce && sizeOr(rows, INT64_MAX) < 64 && sizeOr(iterations, INT64_MAX) > 1024;
  const bool tooLong = iterations.isConstant() && iterations.value() > device.loopIterations;
  return pinnedOr(kernel, "split", few || tooLong) != 0;
}

// What a processor does best: shared memory costs as much as any other there, and every load by the lane.
// A size that is known at the call alone is taken to be large.
static constexpr int64_t kUnknown = INT64_MAX / 2;

static void chooseRegisterTiles(ir::program::KernelOp kernel, GpuMatmulConfig &config, int64_t m, int64_t n, int64_t accumulatorBytes,
                                const rt::GpuProperties &device) {
  // Where sizes are known at the call alone every element has the code of an edge: small tiles keep compilation quick.
  const bool known = m < kUnknown && n < kUnknown;
  config.rows = std::min<int64_t>(accumulatorBytes > 4 || !known ? 8 : 16, llvm::PowerOf2Ceil(std::max<int64_t>(m, 1)));
  config.cols = known && n > kGpuLanes * device.subgroupSize ? 2 * kGpuLanes : kGpuLanes;
  config.pairs = n % (2 * kGpuLanes) == 0 && chooseGpuPairs(kernel, device);
}

rt::Result<GpuMatmulConfig> chooseGpuMatmulConfig(ir::program::KernelOp kernel, Dim M, Dim N, int64_t accumulatorBytes,
                                                  const SpirvTarget &target) {
  const rt::GpuProperties &device = target.device;
  GpuMatmulConfig config;
  const int64_t m = sizeOr(M, kUnknown), n = sizeOr(N, kUnknown);
  auto refuse = [&](std::string why) { return rt::Error{rt::ErrorCode::invalidArgument, "matmul config: " + why}; };
  const bool shuffles = target.has(mlir::spirv::Capability::GroupNonUniformShuffle) && device.subgroupSize <= device.workgroupInvocations;
  config.shared = pinnedOr(kernel, "shared", !(shuffles && n > 8 && device.type == rt::GpuProperties::Type::cpu));
  if (!config.shared && !shuffles)
    return refuse("without shared memory it needs shuffles, which the device lacks");
  if (!config.shared)
    chooseRegisterTiles(kernel, config, m, n, accumulatorBytes, device);
  else if (m <= 8) // Few rows or columns: narrow tiles waste nothing on what is not there.
    config.tileRows = 4, config.rows = 1, config.tileCols = 64;
  else if (n <= 8)
    config.tileCols = 4, config.cols = 1, config.tileRows = 64;
  else if (device.workgroupInvocations >= 256 && m > 256 && n > 256)
    config.tileRows = config.tileCols = 64;
  config.tileRows = pinnedOr(kernel, "tile_rows", config.tileRows);
  config.tileCols = pinnedOr(kernel, "tile_cols", config.tileCols);
  config.tileDepth = pinnedOr(kernel, "tile_depth", config.tileDepth);
  config.rows = pinnedOr(kernel, "rows", config.rows);
  config.cols = pinnedOr(kernel, "cols", config.cols);
  for (int64_t v : {config.tileRows, config.tileCols, config.tileDepth, config.rows, config.cols})
    if (v < 1 || v > 256)
      return refuse("an entry is " + std::to_string(v) + ", outside 1 to 256");
  if (!config.shared)
    return config.cols % kGpuLanes ? rt::Result<GpuMatmulConfig>(refuse("without shared memory cols are a multiple of " + std::to_string(kGpuLanes))) : config;
  if (config.tileRows % config.rows || config.tileCols % config.cols)
    return refuse("rows and cols must divide tile_rows and tile_cols");
  if (config.workgroup() > device.workgroupInvocations)
    return refuse(std::to_string(config.workgroup()) + " invocations, the device has " + std::to_string(device.workgroupInvocations));
  if (config.sharedBytes(accumulatorBytes) > device.sharedMemoryBytes)
    return refuse(std::to_string(config.sharedBytes(accumulatorBytes)) + " bytes of shared memory, the device has " +
                  std::to_string(device.sharedMemoryBytes));
  return config;
}

} // namespace mx::codegen
