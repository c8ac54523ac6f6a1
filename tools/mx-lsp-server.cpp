// mx-lsp-server: diagnostics, definitions and hovers for .mlir files with mx's dialects in any editor that speaks the
// language server protocol.
#include "codegen/Compiler.h"
#include "codegen/spirv/SpirvPipeline.h"

#include "mlir/Tools/mlir-lsp-server/MlirLspServerMain.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  mx::codegen::registerDialects(registry);
  mx::codegen::registerSpirvDialects(registry);
  return failed(mlir::MlirLspServerMain(argc, argv, registry));
}
