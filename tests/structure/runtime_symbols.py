"""The runtime's archives need nothing of LLVM, MLIR or the compiler: no such symbol is defined or wanted there.

usage: runtime_symbols.py NM ARCHIVE...
"""
import re
import subprocess
import sys

COMPILER = re.compile(r"\b(llvm|mlir|mx::(ir|passes|codegen|trace))::|\bLLVM[A-Z]\w+|\bmlir[A-Z]\w+")


def foreign(listing):
    """The symbols in nm's listing that belong to the compiler."""
    return sorted({line.strip() for line in listing.splitlines() if COMPILER.search(line)})


def main():
    nm, *archives = sys.argv[1:]
    failed = False
    for archive in filter(None, archives):
        listing = subprocess.run([nm, "-C", archive], capture_output=True, text=True, check=True).stdout
        symbols = foreign(listing)
        failed |= bool(symbols) or not listing.strip()
        print(f"{archive}: {len(listing.splitlines())} symbols, {len(symbols)} of the compiler")
        print("\n".join(symbols[:20]))
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
