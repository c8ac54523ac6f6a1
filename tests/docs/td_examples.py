"""Holds the documentation in .td files to the truth: every ```mlir block parses, and where a pass's block says
`// becomes`, the pass turns the first program into the second.

usage: td_examples.py ROOT MX_OPT
"""
import pathlib
import re
import subprocess
import sys


def run(mx_opt, program, *flags):
    """mx-opt's output for `program`; raises with its message when it fails."""
    result = subprocess.run([mx_opt, *flags], input=program, capture_output=True, text=True, timeout=60)
    if result.returncode:
        raise ValueError(result.stderr.strip())
    return result.stdout


def examples(text):
    """(line, pass argument or None, program) of each block; a pass's record comes before its description."""
    record = re.compile(r'^def \w+ : Pass<"([\w-]+)"|^def |^ *```mlir\n(.*?)^ *```$', re.MULTILINE | re.DOTALL)
    current = None
    for match in record.finditer(text):
        if match.group(2) is None:
            current = match.group(1)
        else:
            yield text.count("\n", 0, match.start()) + 1, current, match.group(2)


def check(mx_opt, pass_name, program):
    before, becomes, after = program.partition("// becomes\n")
    if not becomes:
        run(mx_opt, before)
        return
    actual, expected = run(mx_opt, before, f"--{pass_name}"), run(mx_opt, after)
    if actual != expected:
        raise ValueError(f"--{pass_name} gives\n{actual}and the documentation says\n{expected}")


def main():
    root, mx_opt = pathlib.Path(sys.argv[1]), sys.argv[2]
    count = failures = 0
    for path in sorted([*root.glob("ir/**/*.td"), *root.glob("passes/**/*.td")]):
        for line, pass_name, program in examples(path.read_text()):
            count += 1
            try:
                check(mx_opt, pass_name, program)
            except ValueError as error:
                failures += 1
                print(f"{path.relative_to(root)}:{line}: {error}")
    print(f"{count} examples, {failures} wrong")
    return int(failures > 0 or count == 0)


if __name__ == "__main__":
    sys.exit(main())
