// The matmul heuristic. Constant sizes are fitted; symbolic ones get blocks that serve every size. Measured on
// processors with two 512-bit FMA pipes: an 8 x 32 register tile already hides the latency, reads little per
// multiply-add, divides common sizes and keeps the code short; bigger tiles only pay where loads are slow.
#include "codegen/tiling/Matmul.h"

#include <algorithm>

namespace mx::codegen {
namespace {

int64_t ceilDivide(int64_t a, int64_t b) { return (a + b - 1) / b; }

/// Columns of the last tile that no result needs, as a share of all columns computed.
double wastedShare(int64_t size, int64_t tile) {
  const int64_t padded = ceilDivide(size, tile) * tile;
  return double(padded - size) / double(padded);
}

void chooseTile(const MatmulProblem &problem, const MatmulTarget &target, MatmulConfig &config) {
  const int registerLanes = target.vectorBits / (8 * problem.accumulatorBytes);
  const bool wide = target.vectorRegisters >= 32;
  config.lanes = wide ? registerLanes : std::min(16, 2 * registerLanes);
  config.tileVectors = wide ? 2 : 1;
  config.tileRows = wide ? 8 : 6;
  if (!wide)
    return;
  // Few rows: more vectors keep enough sums in flight. Few columns: the other way round.
  if (problem.M.isConstant() && problem.M.value() < config.tileRows) {
    config.tileRows = int(std::max<int64_t>(1, problem.M.value()));
    config.tileVectors = config.tileRows <= 2 ? 8 : config.tileRows <= 4 ? 4 : 3;
  }
  if (!problem.N.isConstant())
    return;
  const int64_t vectors = std::max<int64_t>(1, ceilDivide(problem.N.value(), config.lanes));
  config.tileVectors = int(std::min<int64_t>(config.tileVectors, vectors));
  if (config.tileVectors == 2 && wastedShare(vectors, 2) > 0.2)
    config.tileVectors = vectors == 3 && config.tileRows == 8 ? 3 : 1;
  if (config.tileVectors == 1 && config.tileRows == 8 &&
      (!problem.M.isConstant() || wastedShare(problem.M.value(), 16) <= wastedShare(problem.M.value(), 8)))
    config.tileRows = 16;
}

void chooseKBlock(const MatmulProblem &problem, MatmulConfig &config) {
  // Up to here one block beats two: no partial sums to spill and reload, and half the code.
  constexpr int64_t kLongestBlock = 1024;
  config.kBlock = 512;
  if (!problem.K.isConstant())
    return;
  const int64_t K = std::max<int64_t>(1, problem.K.value());
  const int64_t blocks = K <= kLongestBlock ? 1 : ceilDivide(K, config.kBlock);
  config.kBlock = ceilDivide(ceilDivide(K, blocks), config.lanes) * config.lanes;
}

void choosePacking(const MatmulProblem &problem, const MatmulTarget &target, MatmulConfig &config) {
  // Scalars of the left operand are broadcast from wherever they are, as long as reading one is cheap.
  config.lhs = problem.lhs.plain ? MatmulPacking::Direct : MatmulPacking::Shared;
  config.rhs = MatmulPacking::Shared;
  if (!problem.rhs.plain || problem.rhs.contiguousDim != 1)
    return;
  const bool fewRows = problem.M.isConstant() && problem.M.value() <= 4 * config.tileRows;
  const bool fitsCache = problem.N.isConstant() && problem.K.isConstant() &&
                         problem.N.value() * problem.K.value() * problem.accumulatorBytes <= target.l2Bytes;
  if (fewRows || fitsCache)
    config.rhs = MatmulPacking::Direct;
}

void chooseUnits(const MatmulProblem &problem, const MatmulTarget &target, MatmulConfig &config) {
  // A unit's panels of the right operand stay in half of L2, its rows of the left one in the other half.
  const int64_t colTileBytes = config.kBlock * config.tileCols() * problem.accumulatorBytes;
  const int64_t rowTileBytes = config.kBlock * config.tileRows * problem.accumulatorBytes;
  config.unitColTiles = std::max<int64_t>(1, target.l2Bytes / 2 / colTileBytes);
  config.unitRowTiles = std::clamp<int64_t>(target.l2Bytes / 2 / rowTileBytes, 1, 16);
  if (!problem.M.isConstant() || !problem.N.isConstant() || !problem.batch.isConstant())
    return;
  const int64_t rowTiles = std::max<int64_t>(1, ceilDivide(problem.M.value(), config.tileRows));
  const int64_t colTiles = std::max<int64_t>(1, ceilDivide(problem.N.value(), config.tileCols()));
  auto even = [](int64_t tiles, int64_t atMost) { return ceilDivide(tiles, ceilDivide(tiles, atMost)); };
  config.unitColTiles = even(colTiles, config.unitColTiles);
  config.unitRowTiles = even(rowTiles, config.unitRowTiles);
  // Enough units to keep all threads busy to the end, as long as one is worth the hand-over.
  constexpr int64_t kUnitsPerThread = 4;
  constexpr int64_t kSmallestUnitMacs = 64 * 4000;
  auto units = [&] {
    return problem.batch.value() * ceilDivide(rowTiles, config.unitRowTiles) *
           ceilDivide(colTiles, config.unitColTiles);
  };
  auto unitMacs = [&] {
    return config.unitRowTiles * config.unitColTiles * config.tileRows * config.tileCols() *
           (problem.K.isConstant() ? problem.K.value() : config.kBlock);
  };
  while (target.threads > 1 && units() < kUnitsPerThread * target.threads && unitMacs() >= 2 * kSmallestUnitMacs) {
    if (config.unitRowTiles > 1 && config.unitRowTiles * config.tileRows >= config.unitColTiles * config.tileCols() / 4)
      config.unitRowTiles = ceilDivide(config.unitRowTiles, 2);
    else if (config.unitColTiles > 1)
      config.unitColTiles = ceilDivide(config.unitColTiles, 2);
    else
      break;
  }
}

} // namespace

MatmulConfig chooseMatmulConfig(const MatmulProblem &problem, const MatmulTarget &target) {
  MatmulConfig config;
  chooseTile(problem, target, config);
  chooseKBlock(problem, config);
  choosePacking(problem, target, config);
  chooseUnits(problem, target, config);
  config.fma = target.fma;
  config.inlineEpilogue = problem.epilogueOps <= 2;
  return config;
}

} // namespace mx::codegen
