#!/usr/bin/env python3
"""Writes docs/api from the public headers: a page per header, with what its `///` comments say, and the program of
docs/api/examples that has the header's name.

usage: api-docs.py [--check] [ROOT]

With --check nothing is written: exit code 1 when a page differs from what it would be, when a function or class of the
public headers has no comment, or when an example belongs to no header. It reads C++ as the headers are written: a comment
belongs to the declarations under it up to the next empty line or comment.
"""
import argparse
import itertools
import pathlib
import re
import sys
import textwrap

NOTE = "<!-- Made from the public headers by scripts/api-docs.py (build target `docs`); do not edit. -->\n"
HEADERS, PAGES = "frontend/include/mx", "docs/api"
# What users have no business with.
HIDDEN = re.compile(r"^(inline )?namespace (detail|graph)\b|^friend |^static_assert|^template <[^(]*> \w+::\w+\(")
CONTAINER = re.compile(r"^(template <.*> )?(?:inline )?(class|struct|namespace)\b")


def expand(text):
    """The text with the macros that it defines replaced by what they stand for; other directives go."""
    text = re.sub(r"\\\n", "\x00", text)
    for name, parameters, body in re.findall(r"^#define (\w+)\(([^)]*)\) *(.*)$", text, re.MULTILINE):
        names = [parameter.strip() for parameter in parameters.split(",")]

        def instance(match, names=names, body=body):
            values = dict(zip(names, (value.strip() for value in match[1].split(","))))
            made = re.sub(r"\b\w+\b", lambda word: values.get(word[0], word[0]), body)
            return "\n".join(part.strip() for part in made.replace("##", "").split("\x00") if part.strip())

        text = re.sub(rf"^{name}\(([^)]*)\);?$", instance, text, flags=re.MULTILINE)
    lines = [line for line in text.split("\n") if not line.lstrip().startswith("#") and not re.match(r"MX_PUBLIC_(BEGIN|END)", line)]
    return "\n".join(lines).replace("\x00", " ")


def matching(text, at):
    """The position behind the brace that closes the one at `at`."""
    depth = 0
    for match in re.finditer(r"//[^\n]*|\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])'|[{}]", text[at:]):
        depth += {"{": 1, "}": -1}.get(match[0], 0)
        if depth == 0:
            return at + match.end()
    raise ValueError("a brace is not closed")


def items(text):
    """What a scope declares: (comment, declaration, body or None, whether an empty line stands before it). The title of a
    section is a comment without a declaration."""
    at, comment = 0, []
    gap = True
    while at < len(text):
        blank = re.compile(r"[ \n]*").match(text, at)
        gap |= "\n\n" in blank[0]
        at = blank.end()
        if at == len(text):
            return
        line = re.compile(r"//(/?)(?!<) ?([^\n]*)\n?").match(text, at)
        if line and (title := re.match(r"-+ (.*?) -+$", line[2])):
            yield [title[1]], "", None, True
            comment, at = [], line.end()
            continue
        if line:
            comment, gap = (comment + [line[2]], True) if line[1] else ([], True)
            at = line.end()
            continue
        end, depth = at, 0
        # A declaration ends at a semicolon, or at the brace of a body: not at one inside of parentheses or after `=`.
        for match in re.finditer(r"//[^\n]*|[(){};]|\"(?:\\.|[^\"\\])*\"", text[at:]):
            place = at + match.start()
            if match[0] in "()":
                depth += 1 if match[0] == "(" else -1
            elif match[0] == "{" and depth == 0 and not text[:place].rstrip().endswith("="):
                end = place
                break
            elif match[0] == ";" and depth == 0:
                end = place
                break
        else:
            raise ValueError(f"no end of {text[at:at + 60]!r}")
        declaration = text[at:end].strip()
        is_enum = declaration.startswith("enum")
        if text[end] == "{":
            close = matching(text, end)
            body = text[end + 1:close - 1]
            if is_enum:
                declaration, body = text[at:close], None
            at = close
            ending = re.compile(r"[ \n]*;").match(text, at)
            at = ending.end() if ending and (is_enum or CONTAINER.match(" ".join(declaration.split()))) else at
        else:
            body, at = None, end + 1
        trailing = re.compile(r" *///< ([^\n]*)").match(text, at)
        if trailing:
            declaration, at = f"{declaration};  // {trailing[1]}", trailing.end()
        yield comment, declaration, body, gap
        comment, gap = [], False


def without_body(declaration):
    """The declaration without a constructor's initialisers, on as few lines as it has parts."""
    declaration = re.sub(r"\)( noexcept)?\s+: .*", r")\1", declaration, flags=re.DOTALL)
    return "\n".join(re.sub(r"^ {2,}", "  ", line) for line in declaration.split("\n"))


def prose(comment):
    """The lines as one paragraph, those that are indented as code."""
    parts = []
    for is_code, lines in itertools.groupby(comment, lambda line: line.startswith("  ")):
        text = list(lines)
        parts.append("\n```cpp\n" + textwrap.dedent("\n".join(text)) + "\n```" if is_code else " ".join(filter(None, text)))
    return "\n".join(filter(None, parts)) + "\n"


class Page:
    """The page of one header."""

    def __init__(self, header):
        self.lines, self.missing, self.name = [], [], header.name
        text = header.read_text()
        if text.startswith("/*"):  # plain C for kernels: short, and read as it is
            self.lines += [f"# mx/{header.name}\n", "A header of plain C.\n", "```c", text.strip(), "```\n"]
            return
        intro = re.match(r"((?://[^\n]*\n)+)", text)[1]
        self.lines += [f"# mx/{header.relative_to(header.parents[1 if header.parent.name == 'mx' else 2] / 'mx').as_posix()}\n",
                       prose([line[2:].removeprefix(" ") for line in intro.strip().split("\n")])]
        self.scope(expand(text[len(intro):]), [])

    def group(self, comment, declarations):
        if declarations:
            self.lines += [prose(comment)] if comment else []
            ends = (declaration if ";  //" in declaration else declaration + ";" for declaration in declarations)
            self.lines += ["```cpp", *ends, "```\n"]

    def scope(self, text, names):
        comment, declarations, is_public = [], [], not names or not names[-1].startswith("class")
        for said, declaration, body, gap in items(text):
            while access := re.match(r"(public|private|protected):\s*", declaration):
                is_public, declaration = access[1] == "public", declaration[access.end():]
                while inner := re.match(r"//(/?) ?([^\n]*)\n\s*", declaration):
                    said, declaration = (said + [inner[2]] if inner[1] else said), declaration[inner.end():]
            flat = " ".join(declaration.split())
            if said and not flat:
                self.group(comment, declarations)
                comment, declarations = [], []
                self.lines.append(f"## {said[0]}\n")
            if not is_public or not flat or HIDDEN.match(flat):
                continue
            kind = CONTAINER.match(flat)
            if kind and body is not None:
                self.group(comment, declarations)
                comment, declarations = [], []
                if kind[2] == "namespace":
                    self.scope(body, names)
                else:
                    self.container(flat, said, body, names)
                continue
            if said or gap:
                self.group(comment, declarations)
                comment, declarations = said, []
                if not said and "(" in flat and not names and "operator" not in flat and not self.lines[-1].startswith("## "):
                    self.missing.append(f"{self.name}: {flat} has no comment")
            if not kind:
                declarations.append(without_body(declaration))
        self.group(comment, declarations)

    def container(self, flat, said, body, names):
        title = re.sub(r"^template <.*?> (?=class|struct)|(?<! ) ?(final )?: (public|private) .*", "", flat)
        if not said and not names and not re.search(r"<.*>$", title):
            self.missing.append(f"{self.name}: {title} has no comment")
        self.lines += [f"{'#' * min(len(names) + 2, 4)} {title}\n"] + ([prose(said)] if said else [])
        self.scope(body, names + [title])
        if not names:
            self.lines.append("---\n")


def pages(root):
    """(name -> text, what is missing)"""
    made, missing, index = {}, [], ["# The API\n", "Include `<mx/mx.h>`; everything is in the namespace `mx`.\n"]
    headers = sorted((root / HEADERS).rglob("*.h"))
    examples = {path.stem: path for path in (root / PAGES / "examples").glob("*.cpp")}
    for header in headers:
        page = Page(header)
        if not any(line.startswith(("```c", "## ")) for line in page.lines):
            continue
        missing += page.missing
        example = examples.pop(header.stem, None)
        if example:
            page.lines += ["## Example\n", "```cpp", example.read_text().strip(), "```\n"]
        name = header.stem + ".md"
        made[name] = "\n".join(page.lines)
        index.append(f"- [{header.stem}]({name}): {page.lines[1].split('. ')[0].strip().rstrip('.:')}.")
    missing += [f"{path}: no header has this name" for path in examples.values()]
    made["README.md"] = "\n".join(index)
    return {name: NOTE + text.strip() + "\n" for name, text in made.items()}, missing


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("root", nargs="?", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parent.parent)
    options = parser.parse_args(arguments)
    check, root = options.check, options.root
    wanted, problems = pages(root)
    folder = root / PAGES
    if check:
        for path in sorted({*folder.glob("*.md"), *(folder / name for name in wanted)}):
            if path.name not in wanted:
                problems.append(f"{PAGES}/{path.name} comes from no header")
            elif not path.exists() or path.read_text() != wanted[path.name]:
                problems.append(f"{PAGES}/{path.name} is not what the headers say: run scripts/api-docs.py")
    else:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in wanted.items():
            (folder / name).write_text(text)
    print("\n".join(problems) or f"{len(wanted)} pages are up to date")
    return int(bool(problems))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
