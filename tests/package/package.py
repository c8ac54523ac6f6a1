"""Builds and runs programs that use mx from outside: through an installation and as a part of their own build.

usage: package.py --build BUILD --source SOURCE --compiler CXX [--compiler CXX]... --version VERSION
One installation serves all: its prefix lies outside the build tree and moves after installing, and the program runs
without LD_LIBRARY_PATH, so that nothing of the build helps.
"""
import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
CONSUMER = HERE / "consumer"


def fail(message):
    print(message)
    sys.exit(1)


def run(*command, **options):
    """Runs a command; prints its output and ends the test when it fails."""
    environment = {name: value for name, value in os.environ.items() if name != "LD_LIBRARY_PATH"} | options.pop("env", {})
    done = subprocess.run([str(part) for part in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          check=False, env=environment, **options)
    if done.returncode != 0:
        fail(f"{' '.join(map(str, command))}\nexit status {done.returncode}\n{done.stdout}")
    return done.stdout


def refuse(what, text, *command):
    """Runs a command that has to fail, and to say `text`."""
    done = subprocess.run([str(part) for part in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode == 0 or text not in done.stdout:
        fail(f"{what}: exit status {done.returncode}, not told {text!r}\n{done.stdout}")


def check(what, printed):
    """The consumer's last line is `ok`; what comes before it is shown when it is not."""
    if printed.strip().splitlines()[-1:] != ["ok"]:
        fail(f"{what}: the consumer printed\n{printed}")
    print(f"{what}: ok")


def with_cmake(folder, compiler, *definitions):
    """Configures and builds the consumer in `folder`, runs it, returns what it printed."""
    c_compiler = compiler.replace("clang++", "clang").replace("g++", "gcc")
    run("cmake", "-G", "Ninja", "-S", CONSUMER, "-B", folder, "-DCMAKE_BUILD_TYPE=Release",
        f"-DCMAKE_CXX_COMPILER={compiler}", f"-DCMAKE_C_COMPILER={c_compiler}", *definitions)
    run("cmake", "--build", folder, "--target", "consumer")
    return run(folder / "consumer")


def with_make(folder, compiler, prefix):
    """Builds the consumer with make and pkg-config, runs it, returns what it printed."""
    folder.mkdir()
    run("make", "-C", folder, "-f", CONSUMER / "Makefile", f"SOURCES={CONSUMER / 'main.cpp'}", "PACKAGE=mx", f"CXX={compiler}", "consumer",
        env={"PKG_CONFIG_PATH": str(next(prefix.rglob("mx.pc")).parent)})
    return run(folder / "consumer")


def check_installation(prefix, version):
    """Versions agree, no file says where it was built or first installed, and the installed tool runs."""
    libdir = next(prefix.rglob("mx.pc")).parent
    says = run("pkg-config", "--modversion", "mx", env={"PKG_CONFIG_PATH": str(libdir)}).strip()
    if says != version:
        fail(f"mx.pc says version {says}, not {version}")
    library = next(prefix.rglob("libmx.so")).resolve()
    major = version.split(".")[0]
    if library.name != f"libmx.so.{version}" or not (library.parent / f"libmx.so.{major}").is_symlink():
        fail(f"{library} does not end in the version {version}, or has no link libmx.so.{major}")
    soname = re.search(r"SONAME.*\[(.*)\]", run("readelf", "-d", library))[1]
    if soname != f"libmx.so.{major}":
        fail(f"SONAME is {soname}, not libmx.so.{major}")
    if f"mx {version}" not in run(prefix / "bin/mx-info"):
        fail("the installed mx-info says another version")
    print("installation: ok")


def check_wrong_uses(folder, compiler, prefix):
    """What a project asks for in vain is named: a component, a version, an older standard of C++."""
    folder.mkdir()
    for what, wanted, text in (("component", "mx CONFIG REQUIRED COMPONENTS mx gpu", "there is no component 'gpu' here"),
                               ("version", "mx 9.9 CONFIG REQUIRED", 'with requested version "9.9"')):
        (folder / "CMakeLists.txt").write_text(f"cmake_minimum_required(VERSION 3.25)\nproject(wrong LANGUAGES CXX)\nfind_package({wanted})\n")
        refuse(f"a wrong {what}", text, "cmake", "-G", "Ninja", "-S", folder, "-B", folder / "build", f"-DCMAKE_CXX_COMPILER={compiler}",
               f"-DCMAKE_PREFIX_PATH={prefix}")
    (folder / "old.cpp").write_text("#include <mx/mx.h>\nint main() {}\n")
    refuse("C++17", "mx needs C++20: compile with -std=c++20", compiler, "-std=c++17", f"-I{prefix / 'include'}", "-c", folder / "old.cpp", "-o", "/dev/null")
    print("wrong uses: ok")


def check_subproject(folder, compiler, source):
    """mx as a part of another project's build: no tests of mx there, and installing that installs nothing of mx."""
    check("FetchContent", with_cmake(folder, compiler, f"-DMX_SOURCE={source}"))
    if "Total Tests: 0" not in run("ctest", "--test-dir", folder, "-N"):
        fail("the project has tests of mx")
    with tempfile.TemporaryDirectory() as prefix:
        run("cmake", "--install", folder, "--prefix", prefix)
        names = [str(path.relative_to(prefix)) for path in pathlib.Path(prefix).rglob("*") if path.is_file()]
        if names != ["bin/consumer"]:
            fail(f"installing the project installs {names}")
    print("subproject: ok")


def main():
    parser = argparse.ArgumentParser()
    for option in ("--build", "--source", "--version"):
        parser.add_argument(option, required=True)
    parser.add_argument("--compiler", action="append", required=True)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="mx-package-") as scratch:
        scratch = pathlib.Path(scratch)
        run("cmake", "--install", options.build, "--prefix", scratch / "first", "--component", "mx")
        prefix = scratch / "moved"
        shutil.move(scratch / "first", prefix)
        check_installation(prefix, options.version)
        check_wrong_uses(scratch / "wrong", options.compiler[0], prefix)
        for number, compiler in enumerate(options.compiler):
            name = os.path.basename(compiler)
            check(f"find_package with {name}", with_cmake(scratch / f"cmake-{number}", compiler, f"-DCMAKE_PREFIX_PATH={prefix}"))
            check(f"make and pkg-config with {name}", with_make(scratch / f"make-{number}", compiler, prefix))
    # A fixed sibling of the build tree: the relative paths are those of the main build, and the compiler cache hits.
    check_subproject(pathlib.Path(f"{options.build}-subproject"), options.compiler[0], options.source)


if __name__ == "__main__":
    main()
