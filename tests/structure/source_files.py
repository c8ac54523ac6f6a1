"""Holds the form of source files: at most 800 lines, a comment first, `#pragma once` in headers, no tabs or CR.

usage: source_files.py ROOT
"""
import pathlib
import sys

import tree

MAX_LINES = 800
SUFFIXES = tree.CODE | {".td", ".py", ".cmake", ".mlir"}


def violations(name, text):
    """Messages for what is wrong with the form of file `name`."""
    found = []
    lines = text.split("\n")
    count = len(lines) - (lines[-1] == "")
    if count > MAX_LINES:
        found.append(f"{name}: {count} lines; past {MAX_LINES} a file is split by noun")
    if "\t" in text or "\r" in text:
        found.append(f"{name}: has tabs or carriage returns")
    suffix = pathlib.PurePath(name).suffix
    if suffix in tree.CODE | {".td"} and not lines[0].startswith(("//", "/*")):
        found.append(f"{name}: opens without a comment that says what the file does")
    if suffix == ".h" and "#pragma once" not in text and "#ifndef" not in text:
        found.append(f"{name}: a header without #pragma once")
    return found


def main():
    root = pathlib.Path(sys.argv[1])
    sources = tree.files(root, SUFFIXES)
    found = [message for path in sources for message in violations(path.as_posix(), (root / path).read_text())]
    print("\n".join(found) if found else f"{len(sources)} files keep the form")
    return int(bool(found) or not sources)


if __name__ == "__main__":
    sys.exit(main())
