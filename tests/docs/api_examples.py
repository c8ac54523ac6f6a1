"""The programs of docs/api/examples print what their last comment says.

usage: api_examples.py EXAMPLES_FOLDER BUILT_FOLDER
"""
import pathlib
import subprocess
import sys

MARK = "// It prints\n"


def main():
    examples, built = map(pathlib.Path, sys.argv[1:])
    count = failures = 0
    for source in sorted(examples.glob("*.cpp")):
        count += 1
        wanted = "".join(line.removeprefix("// ") for line in source.read_text().partition(MARK)[2].splitlines(keepends=True))
        done = subprocess.run([built / f"example-{source.stem}"], capture_output=True, text=True, timeout=120)
        if not wanted or done.returncode or done.stdout != wanted:
            failures += 1
            print(f"{source.name}: exit status {done.returncode}, prints\n{done.stdout}{done.stderr}instead of\n{wanted}")
    print(f"{count} examples, {failures} wrong")
    return int(failures > 0 or count == 0)


if __name__ == "__main__":
    sys.exit(main())
