// The matmul heuristic. Constant sizes are fitted exactly; symbolic ones get blocks that serve every size.
#include "codegen/tiling/Matmul.h"

#include <algorithm>

namespace mx::codegen {
namespace {

int64_t ceilDivide(int64_t a, int64_t b) { return (a + b - 1) / b; }

} // namespace

MatmulConfig chooseMatmulConfig(const MatmulProblem &problem, const MatmulTarget &target) {
  MatmulConfig config;
  const int registerLanes = target.vectorBits / (8 * problem.accumulatorBytes);
  const bool wide = target.vectorRegisters >= 32;
  config.lanes = wide ? registerLanes : std::min(16, 2 * registerLanes);
  config.tileVectors = wide ? 2 : 1;
  config.tileRows = wide ? 14 : 6;
  if (problem.K.isConstant()) {
    const int64_t blocks = std::max<int64_t>(1, ceilDivide(problem.K.value(), config.kBlock));
    config.kBlock = std::max<int64_t>(1, ceilDivide(problem.K.value(), blocks));
    config.kBlock = ceilDivide(config.kBlock, config.lanes) * config.lanes;
  }
  if (problem.M.isConstant())
    config.unitRowTiles =
        std::clamp<int64_t>(ceilDivide(problem.M.value(), config.tileRows), 1, config.unitRowTiles);
  if (problem.N.isConstant())
    config.unitColTiles =
        std::clamp<int64_t>(ceilDivide(problem.N.value(), config.tileCols()), 1, config.unitColTiles);
  config.inlineEpilogue = problem.epilogueOps <= 2;
  return config;
}

} // namespace mx::codegen
