// The parser itself says which op stands where: no second reading of the text.
#include "tools/inspect/PhaseFile.h"

#include "codegen/Compiler.h"
#include "codegen/Diagnostics.h"

#include "mlir/AsmParser/AsmParser.h"
#include "mlir/AsmParser/AsmParserState.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/Support/SourceMgr.h"

namespace mx::inspect {

std::shared_ptr<mlir::MLIRContext> makeContext() {
  mlir::DialectRegistry registry;
  codegen::registerDialects(registry);
  auto context = std::make_shared<mlir::MLIRContext>(registry);
  context->loadAllAvailableDialects();
  return context;
}

rt::Result<PhaseFile> readPhase(const std::string &folder, const std::string &name, const std::shared_ptr<mlir::MLIRContext> &context) {
  const std::string path = folder + "/" + name + ".mlir";
  auto buffer = llvm::MemoryBuffer::getFile(path);
  if (!buffer)
    return rt::Error{rt::ErrorCode::file, "cannot read " + path + ": " + buffer.getError().message()};
  codegen::Diagnostics diagnostics(context.get());
  PhaseFile phase;
  phase.text = (*buffer)->getBuffer().str();
  phase.context = context;
  llvm::SourceMgr sources;
  const unsigned id = sources.AddNewSourceBuffer(std::move(*buffer), llvm::SMLoc());
  mlir::Block block;
  mlir::AsmParserState state;
  if (failed(mlir::parseAsmSourceFile(sources, &block, mlir::ParserConfig(context.get()), &state)) || !llvm::hasSingleElement(block) ||
      !isa<mlir::ModuleOp>(block.front()))
    return diagnostics.error(path + " is no phase of a program", rt::ErrorCode::file);
  phase.module = cast<mlir::ModuleOp>(block.front());
  phase.module->getOperation()->remove();
  for (const mlir::AsmParserState::OperationDefinition &definition : state.getOpDefs())
    if (!isa<mlir::ModuleOp, mlir::func::FuncOp, mlir::func::ReturnOp>(definition.op))
      phase.ops.push_back({definition.op, sources.getLineAndColumn(definition.loc.Start, id).first});
  return phase;
}

} // namespace mx::inspect
