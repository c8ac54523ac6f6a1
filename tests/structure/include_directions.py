"""Holds the direction of dependencies between layers: a file may include only what its row of RULES allows.

usage: include_directions.py ROOT
The rows are read from the top, the first whose prefix fits the file decides. A new edge is a design decision: it is
made here, with ARCHITECTURE.md, not by adding an include.
"""
import pathlib
import re
import sys

import tree

MLIR = ("mlir/", "mlir-c/", "llvm/", "llvm-c/")
IR_PLAIN = ("ir/OpTable", "ir/shape/")
PUBLIC = ("mx/", "mlx/", "frontend/include/")

# (prefix of the including file, prefixes it may include). Standard and system headers are free unless FORBIDDEN.
RULES = [
    ("runtime/base/", ("runtime/base/",)),
    ("runtime/", ("runtime/",)),
    ("ir/OpTable", IR_PLAIN + ("runtime/base/",)),
    ("ir/shape/", IR_PLAIN + ("runtime/base/",)),
    ("ir/", ("ir/", "runtime/base/") + MLIR),
    # The plan of a static arena and the executor's plan for the sizes of a call are one algorithm.
    ("passes/", ("passes/", "ir/", "runtime/base/", "runtime/ArenaPlan.h") + MLIR),
    # Programs for files, and what they ask of the machine that will run them.
    ("codegen/aot/", ("codegen/", "runtime/base/", "runtime/ProgramFile.h", "runtime/ShaderNeeds.h", "runtime/cpu/CpuFeatures.h") + MLIR),
    # The thread pool runs the compile jobs of a graph's kernels.
    ("codegen/", ("codegen/", "passes/", "ir/", "runtime/base/", "runtime/CompiledProgram.h", "runtime/Allocator.h", "runtime/GpuProperties.h", "runtime/Shader.h", "runtime/KernelAbi.h",
                  "runtime/StepTimes.h", "runtime/ThreadPool.h", "runtime/CompiledKernel.h", "runtime/DiskCache.h", "runtime/cpu/MachineCode.h") + MLIR),
    ("frontend/include/", ("mx/", "mlx/")),
    ("frontend/compile/", ("frontend/", "runtime/", "ir/", "passes/", "codegen/") + PUBLIC + MLIR),
    ("frontend/", ("frontend/", "runtime/") + IR_PLAIN + PUBLIC),
    # A plugin is a part of the compiler.
    ("examples/pass_plugin/", ("ir/",) + MLIR),
    ("examples/", ("mx/", "examples/")),
    ("benchmarks/compile/", ("mx/", "benchmarks/", "codegen/", "passes/", "ir/", "runtime/") + MLIR),
    # A Vulkan device without mx, for what the device itself can do.
    ("benchmarks/gpu/", ("mx/", "benchmarks/", "runtime/")),
    # The training benchmark is the example's own step.
    ("benchmarks/", ("mx/", "benchmarks/", "examples/")),
]
# Prefixes that name a layer or MLIR: what a rule does not list of these is an error; all else is a system header.
OWNED = ("runtime/", "ir/", "passes/", "codegen/", "frontend/", "tools/", "tests/", "benchmarks/", "examples/",
         "mx/", "mlx/") + MLIR
FORBIDDEN_IN_PUBLIC = ("iostream", "vulkan/", "fmt/", "nlohmann/", "xxhash.h")

INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', re.MULTILINE)


def violations(name, text, layers=RULES):
    """Messages for the includes of file `name` that its row does not allow."""
    allowed = next((allowed for prefix, allowed in layers if name.startswith(prefix)), None)
    if allowed is None:
        return []
    found = []
    for match in INCLUDE.finditer(text):
        target = match[1]
        line = text.count("\n", 0, match.start(1)) + 1
        if target.startswith(OWNED) and not target.startswith(allowed):
            found.append(f"{name}:{line}: includes {target}; this folder may include only {', '.join(allowed)}")
        elif name.startswith("frontend/include/") and target.startswith(FORBIDDEN_IN_PUBLIC):
            found.append(f"{name}:{line}: a public header includes {target}")
        elif target.startswith("../") or "/../" in target:
            found.append(f"{name}:{line}: includes {target}; include paths start at the repository root")
    return found


def main():
    root = pathlib.Path(sys.argv[1])
    sources = tree.files(root, tree.CODE)
    found = [message for path in sources for message in violations(path.as_posix(), (root / path).read_text())]
    print("\n".join(found) if found else f"{len(sources)} files include only what their layer may")
    return int(bool(found) or not sources)


if __name__ == "__main__":
    sys.exit(main())
