"""Every installed header compiles alone, with each compiler, and pulls in no header of LLVM, MLIR, Vulkan or <iostream>.

usage: public_headers.py INCLUDE_DIR COMPILER...
"""
import concurrent.futures
import os
import pathlib
import re
import shutil
import subprocess
import sys

FORBIDDEN = re.compile(r"(^|/)(llvm|llvm-c|mlir|mlir-c|vulkan)/|/c\+\+/\d+/iostream$|(^|/)(ir|passes|codegen|runtime)/")


def check(compiler, include, header):
    """Messages for one header under one compiler."""
    name = header.relative_to(include).as_posix()
    # A .c twin would be needed for the C headers; as C++ they are checked like the rest. -H lists what is opened.
    run = subprocess.run(
        [compiler, "-std=c++20", "-fsyntax-only", "-Wall", "-Wextra", "-Werror", "-H", f"-I{include}", "-x", "c++", "-"],
        input=f'#include "{name}"\n#include "{name}"\n', capture_output=True, text=True, check=False,
    )
    if run.returncode != 0:
        errors = "\n".join(line for line in run.stderr.splitlines() if not re.match(r"^[.!x]+ ", line))
        return [f"{name}: does not compile alone with {compiler}:\n{errors}"]
    opened = {line.lstrip(".!x ").strip() for line in run.stderr.splitlines() if re.match(r"^\.+ ", line)}
    foreign = sorted(path for path in opened if not path.startswith(str(include)) and FORBIDDEN.search(path))
    return [f"{name}: pulls in {path} ({compiler})" for path in foreign]


def main():
    include = pathlib.Path(sys.argv[1]).resolve()
    compilers = sys.argv[2:]
    missing = [compiler for compiler in compilers if not shutil.which(compiler)]
    if missing:
        print(f"no such compiler: {', '.join(missing)} (scripts/setup installs them)")
        return 1
    headers = sorted(include.rglob("*.h"))
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        jobs = [pool.submit(check, compiler, include, header) for header in headers for compiler in compilers]
        found = [message for job in jobs for message in job.result()]
    print("\n".join(found) if found else f"{len(headers)} headers stand alone under {len(compilers)} compilers")
    return int(bool(found) or not headers)


if __name__ == "__main__":
    sys.exit(main())
