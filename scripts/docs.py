#!/usr/bin/env python3
"""Writes the pages of docs/ir from the .td files: dialects, passes and the table of ops.

usage: docs.py [--check] TBLGEN_FOLDER MLIR_INCLUDE [ROOT]

With --check nothing is written: exit code 1 when a page differs from what it would be, or when an op or pass has no
summary. A page that no .td file stands behind is an error too.
"""
import json
import pathlib
import subprocess
import sys

NOTE = "<!-- Made from the .td files by scripts/docs.py (build target `docs`); do not edit. -->\n"
PAGES = "docs/ir"


class Source:
    def __init__(self, tools, include, root):
        self.tools, self.flags, self.root = pathlib.Path(tools), ["-I", include, "-I", str(root)], root

    def tblgen(self, tool, file, *flags):
        command = [self.tools / tool, *self.flags, *flags, self.root / file]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    def records(self, file):
        return json.loads(self.tblgen("llvm-tblgen", file, "--dump-json"))


def op_table(source):
    """One row per op of the table, by family."""
    records = source.records("ir/MxOps.td")
    ops = [records[name] for name in records["!instanceof"]["Mx_Op"] if not name.startswith("anonymous")]
    name_of = lambda op, field: records[op[field]["def"]]["name"]
    lines = ["# The op table\n",
             "An op is one record in `ir/ops/<Family>.td`; every layer reads its column of these rows. `api` is the public function,",
             "`dtypes` how an element-wise op computes (`Float`: integers as float32), `vmap` how it maps over a batch.\n"]
    for family in sorted({op["family"] for op in ops}):
        lines += [f"## {family}\n", "| op | api | attributes | dtypes | gradient | vmap | what it is |", "|---|---|---|---|---|---|---|"]
        for op in sorted((op for op in ops if op["family"] == family), key=lambda op: op["opName"]):
            attributes = [name for arg, name in op["arguments"]["args"]
                          if not any("Tensor" in word or word == "Variadic" for word in (arg["def"], *records[arg["def"]]["!superclasses"]))]
            cells = [f"`mx.{op['opName']}`", f"`{op['api']}`" if op["api"] else "", ", ".join(f"`{a}`" for a in attributes),
                     name_of(op, "dtypeRule").replace("None", ""), "yes" if op["differentiable"] else "", name_of(op, "batch").replace("None", ""),
                     op["summary"].replace("|", "\\|")]
            lines.append(f"| {' | '.join(cells)} |")
        lines.append("")
    return "\n".join(lines)


def pages(source):
    return {
        "ops.md": op_table(source),
        "mx.md": source.tblgen("mlir-tblgen", "ir/MxOps.td", "-gen-dialect-doc", "-dialect=mx"),
        "mxp.md": source.tblgen("mlir-tblgen", "ir/program/MxpOps.td", "-gen-dialect-doc", "-dialect=mxp"),
        "passes.md": "# Passes\n\n" + source.tblgen("mlir-tblgen", "passes/Passes.td", "-gen-pass-doc"),
    }


def undocumented(source):
    """Records without a summary; a pass needs a description with an example, too."""
    for file, kind in (("ir/MxOps.td", "Op"), ("ir/program/MxpOps.td", "Op"), ("passes/Passes.td", "PassBase")):
        records = source.records(file)
        for name in records["!instanceof"][kind]:
            record = records[name]
            if not record["summary"]:
                yield f"{file}: {name} has no summary"
            if kind == "PassBase" and "```mlir" not in record["description"]:
                yield f"{file}: {name} has no example"


def main(arguments):
    check = "--check" in arguments
    tools, include, *rest = [a for a in arguments if a != "--check"]
    root = pathlib.Path(rest[0]) if rest else pathlib.Path(__file__).resolve().parent.parent
    source, folder = Source(tools, include, root), root / PAGES
    wanted = {name: NOTE + "\n".join(line.rstrip() for line in text.strip().splitlines()) + "\n" for name, text in pages(source).items()}
    if not check:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in wanted.items():
            (folder / name).write_text(text)
        return 0
    problems = list(undocumented(source))
    for path in sorted({*folder.glob("*"), *(folder / name for name in wanted)}):
        if path.name not in wanted:
            problems.append(f"{PAGES}/{path.name} comes from no .td file")
        elif not path.exists() or path.read_text() != wanted[path.name]:
            problems.append(f"{PAGES}/{path.name} is not what the .td files say: run scripts/docs.py")
    print("\n".join(problems) or f"{len(wanted)} pages are up to date")
    return int(bool(problems))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
