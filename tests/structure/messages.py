"""Messages of wrong arguments say what to do, after a semicolon: `[op] what is wrong: values; what to do`. Other kinds of
errors have advice of their kind where a message has none (frontend/trace/Exceptions.cpp).

usage: messages.py ROOT
"""
import pathlib
import re
import sys

import tree

# Where users' arguments are judged, and what makes an error of one.
FOLDERS = ("frontend/lib/", "frontend/ops/", "frontend/trace/", "frontend/transforms/", "ir/shape/")
CALL = re.compile(r"(?:^\s*(?:graph::)?fail|\breturn invalid)(\()", re.MULTILINE)
LITERAL = re.compile(r'"((?:[^"\\]|\\.)*)"')


def argument_text(text, start):
    """What stands between the parenthesis at `start` and its partner; parentheses in literals do not count."""
    depth = 0
    for match in re.compile(r'"(?:[^"\\]|\\.)*"|[()]').finditer(text, start):
        depth += {"(": 1, ")": -1}.get(match.group(), 0)
        if depth == 0:
            return text[start : match.end()]
    return text[start:]


def violations(name, text):
    if not name.startswith(FOLDERS) or not name.endswith(".cpp"):
        return []
    found = []
    for match in CALL.finditer(text):
        message = "".join(LITERAL.findall(argument_text(text, match.start(1))))
        # A message without words is put together elsewhere.
        if " " in message and "; " not in message:
            found.append(f"{name}:{text.count(chr(10), 0, match.start(1)) + 1}: no advice after '; ' in: {message}")
    return found


def main():
    root = pathlib.Path(sys.argv[1])
    sources = tree.files(root, {".cpp"})
    found = [message for path in sources for message in violations(path.as_posix(), (root / path).read_text())]
    print("\n".join(found) if found else "every message has advice")
    return int(bool(found) or not sources)


if __name__ == "__main__":
    sys.exit(main())
