// mx-opt: runs passes and pipelines on IR, for tests and for whoever develops a pass.
#include "codegen/Compiler.h"
#include "codegen/LowerKernels.h"
#include "codegen/spirv/SpirvPipeline.h"
#include "passes/Passes.h"
#include "passes/Pipelines.h"

#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "mlir/Transforms/Passes.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  mx::codegen::registerDialects(registry);
  mx::codegen::registerSpirvDialects(registry);
  mx::passes::registerMxPasses();
  mx::passes::registerPipelines();
  mx::codegen::registerKernelPasses();
  mx::codegen::registerSpirvPasses();
  mlir::registerTransformsPasses();
  return mlir::asMainReturnCode(mlir::MlirOptMain(argc, argv, "mx's optimizer driver\n", registry));
}
