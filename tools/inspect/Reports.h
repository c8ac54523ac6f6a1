// What mx-inspect says of programs. Each report is JSON first; the terminal shows tables made from that JSON, so that both
// say the same.
#pragma once

#include "tools/inspect/Machine.h"

#include "llvm/Support/raw_ostream.h"

namespace mx::inspect {

/// Ops of each phase by name, and the lines of the later ones.
rt::Result<json> phasesReport(const ProgramDump &program);
void printPhases(const json &report, llvm::raw_ostream &os);

/// Kernels in the order they run with what they compute, and why values pass between them in memory.
json fusionReport(const ProgramDump &program);
void printFusion(const json &report, llvm::raw_ostream &os);

/// The arena by step, against the bytes that must be alive.
json memoryReport(const ProgramDump &program);
void printMemory(const json &report, llvm::raw_ostream &os);

/// Cost and measured time of each kernel, the slowest first.
json kernelsReport(const ProgramDump &program, const Machine &machine);
void printKernels(const json &report, llvm::raw_ostream &os);

/// Whether two ops share a kernel, and what keeps them apart. An op is named by a kernel (`k3`), a dispatch (`#7`), a line
/// (`model.cpp:42`) or its own name (`exp`).
rt::Result<json> whyReport(const ProgramDump &program, const std::string &a, const std::string &b);
void printWhy(const json &report, llvm::raw_ostream &os);

/// What changed from one list of programs to another.
json diffReport(const std::vector<ProgramDump> &before, const std::vector<ProgramDump> &after);
void printDiff(const json &report, llvm::raw_ostream &os);

/// The table of environment variables with their present values.
json envReport();
void printEnv(const json &report, llvm::raw_ostream &os);

/// The entries of the cache on disk, those used last first; `clear` deletes them.
rt::Result<json> cacheReport(bool clear);
void printCache(const json &report, llvm::raw_ostream &os);

} // namespace mx::inspect
