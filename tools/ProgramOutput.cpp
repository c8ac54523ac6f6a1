// The signature follows from the program itself: all arguments of the function are inputs, all its results are outputs.
#include "tools/ProgramOutput.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <algorithm>

using namespace mlir;

namespace mx::tools {

rt::Result<std::vector<std::string>> programTargets(StringRef list) {
  std::vector<std::string> targets = codegen::splitTargets(list);
  for (std::string &target : targets) {
    if (!StringRef(target).contains(':'))
      target = "cpu:" + target;
    if (rt::Status known = codegen::checkTarget(target); !known)
      return known.error();
  }
  for (auto it = targets.begin(); it != targets.end(); ++it)
    if (std::find(targets.begin(), it, *it) != it)
      return rt::Error{rt::ErrorCode::invalidArgument, "the target '" + *it + "' is named twice"};
  return targets;
}

rt::Result<std::vector<std::byte>> programFile(ModuleOp module, const std::vector<std::string> &targets, const codegen::AheadOptions &options) {
  auto funcs = module.getOps<func::FuncOp>();
  if (!llvm::hasSingleElement(funcs))
    return rt::Error{rt::ErrorCode::invalidArgument, "a program file is made of one function; the module has " + std::to_string(llvm::range_size(funcs))};
  rt::ProgramFile file;
  file.signature.name = (*funcs.begin()).getName().str();
  for (const std::string &target : targets) {
    codegen::CompileStats stats;
    auto variant = codegen::compileAhead(module, file.signature.name, target, options, stats);
    if (!variant)
      return variant.error();
    file.signature.numSymbols = std::max(file.signature.numSymbols, variant->program.numSymbols);
    file.variants.push_back(std::move(*variant));
  }
  const rt::CompiledProgram &program = file.variants.front().program;
  file.signature.arguments = program.inputs;
  for (auto [i, result] : llvm::enumerate(program.outputs))
    file.signature.results.push_back({result.dtype, result.dims, rt::ResultSpec::Output, uint32_t(i)});
  std::vector<std::byte> bytes = rt::serialize(file);
  // What no caller could call is found here, not on the machine it is deployed to.
  if (auto read = rt::ProgramFileReader::open(bytes, nullptr); !read)
    return rt::Error{rt::ErrorCode::invalidArgument, "the program cannot be called from a file: " + read.error().message};
  return bytes;
}

} // namespace mx::tools
