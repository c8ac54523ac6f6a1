"""The shared library exports the public API and nothing else, and carries LLVM inside instead of linking it.

usage: exported_symbols.py NM LIBRARY
"""
import re
import subprocess
import sys

# The demangler prints `vtable for mx::X`, `non-virtual thunk to mx::X` and the like.
PUBLIC = re.compile(r"^((vtable|typeinfo|typeinfo name|VTT|guard variable) for |(non-)?virtual thunk to )?mx::")
INTERNAL = re.compile(r"\bmx::(ir|trace|passes|codegen)::\w+(\(|$)")
LINKED = re.compile(r"NEEDED.*\[(lib(LLVM|MLIR|clang)[^]]*)\]")


def unexpected(listing):
    """Names in the output of `nm -DC --defined-only` that are no public API."""
    names = [line.split(" ", 2)[2] for line in listing.splitlines() if line.count(" ") >= 2]
    return [name for name in names if not PUBLIC.match(name) or INTERNAL.match(name)], len(names)


def main():
    nm, library = sys.argv[1:]
    listing = subprocess.run([nm, "-DC", "--defined-only", library], capture_output=True, text=True, check=True).stdout
    extra, count = unexpected(listing)
    dynamic = subprocess.run(["readelf", "-d", library], capture_output=True, text=True, check=True).stdout
    linked = [match[1] for match in LINKED.finditer(dynamic)]
    print(f"{count} exported symbols, {len(extra)} of them no public API")
    print("\n".join(extra[:40]))
    if linked:
        print(f"links {', '.join(linked)}; LLVM and MLIR belong inside")
    return int(bool(extra) or bool(linked) or count == 0)


if __name__ == "__main__":
    sys.exit(main())
