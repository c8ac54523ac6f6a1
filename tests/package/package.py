"""Builds and runs programs that use mx from outside: installed to a prefix, and as a subproject.

usage: package.py --build BUILD --source SOURCE --compiler CXX [--compiler CXX]...
The prefix lies outside the build tree and the program runs without LD_LIBRARY_PATH, so that nothing of the build helps.
"""
import argparse
import os
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent


def run(*command, **options):
    """Runs a command; prints its output and ends the test when it fails."""
    done = subprocess.run([str(part) for part in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          check=False, **options)
    if done.returncode != 0:
        print(f"{' '.join(map(str, command))}\nexit status {done.returncode}\n{done.stdout}")
        sys.exit(1)
    return done.stdout


def build_consumer(folder, compiler, *definitions):
    """Configures and builds the consumer in `folder`, runs it, returns what it printed."""
    c_compiler = compiler.replace("clang++", "clang").replace("g++", "gcc")
    run("cmake", "-G", "Ninja", "-S", HERE / "consumer", "-B", folder, "-DCMAKE_BUILD_TYPE=Release",
        f"-DCMAKE_CXX_COMPILER={compiler}", f"-DCMAKE_C_COMPILER={c_compiler}", *definitions)
    run("cmake", "--build", folder, "--target", "consumer")
    environment = {name: value for name, value in os.environ.items() if name != "LD_LIBRARY_PATH"}
    return run(folder / "consumer", env=environment)


def check(what, printed):
    """The consumer's last line is `ok`; what comes before it is shown when it is not."""
    if printed.strip().splitlines()[-1:] != ["ok"]:
        print(f"{what}: the consumer printed\n{printed}")
        sys.exit(1)
    print(f"{what}: ok")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True)
    parser.add_argument("--source", required=True)
    parser.add_argument("--compiler", action="append", required=True)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="mx-package-") as scratch:
        scratch = pathlib.Path(scratch)
        prefix = scratch / "prefix"
        run("cmake", "--install", options.build, "--prefix", prefix, "--component", "mx")
        for number, compiler in enumerate(options.compiler):
            printed = build_consumer(scratch / f"installed-{number}", compiler, f"-DCMAKE_PREFIX_PATH={prefix}")
            check(f"find_package with {os.path.basename(compiler)}", printed)
    # A fixed sibling of the build tree: the relative paths are those of the main build, and the compiler cache hits.
    sibling = pathlib.Path(f"{options.build}-subproject")
    printed = build_consumer(sibling, options.compiler[0], f"-DMX_SOURCE={options.source}")
    check("add_subdirectory", printed)


if __name__ == "__main__":
    main()
