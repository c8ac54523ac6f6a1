"""Builds every program of this folder with g++ against the public headers and the library, and runs it.

usage: build_and_run.py --include DIR --library FILE
"""
import argparse
import pathlib
import subprocess
import sys
import tempfile


def build_and_run(source, include, library, folder):
    """Whether the program compiles without a warning, links and exits with 0."""
    program = pathlib.Path(folder) / source.stem
    command = ["g++", "-std=c++20", "-Wall", "-Wextra", "-Werror", f"-I{include}", str(source), "-o", str(program),
               str(library), f"-Wl,-rpath,{library.parent}"]
    for step in (command, [str(program)]):
        run = subprocess.run(step, capture_output=True, text=True, check=False)
        if run.returncode != 0:
            print(f"{source.name}: {step[0]} exits with {run.returncode}\n{run.stdout}{run.stderr}")
            return False
    return True


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--include", required=True, type=pathlib.Path)
    parser.add_argument("--library", required=True, type=pathlib.Path)
    options = parser.parse_args()
    sources = sorted(pathlib.Path(__file__).parent.glob("*.cpp"))
    with tempfile.TemporaryDirectory() as folder:
        passed = [build_and_run(source, options.include, options.library.resolve(), folder) for source in sources]
    print(f"{sum(passed)} of {len(sources)} programs build and run")
    return int(not passed or not all(passed))


if __name__ == "__main__":
    sys.exit(main())
