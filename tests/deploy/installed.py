"""The component mx_runtime, installed alone: a project finds it, with CMake or with make and pkg-config, builds against its
headers, and runs a program file; mx-run is there and the compiler is not.

usage: installed.py BUILD MXC COMPILER...
"""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

BUILD, MXC, *COMPILERS = sys.argv[1:]
HERE = pathlib.Path(__file__).resolve().parent
MAKEFILE = HERE.parent / "package" / "consumer" / "Makefile"

PROJECT = """
cmake_minimum_required(VERSION 3.25)
project(deployed LANGUAGES CXX)
find_package(mx_runtime 0.1 CONFIG REQUIRED)
add_executable(deployed consumer.cpp)
target_link_libraries(deployed PRIVATE mx::runtime)
"""
PROGRAM = """
func.func @twice(%x: tensor<3xf32>) -> tensor<3xf32> {
  %0 = mx.add %x, %x : tensor<3xf32>, tensor<3xf32>
  return %0 : tensor<3xf32>
}
"""


class Installed(unittest.TestCase):
    def succeed(self, *command, **environment):
        done = subprocess.run([str(c) for c in command], capture_output=True, text=True, timeout=300, env={**os.environ, **environment})
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def test_the_runtime_alone(self):
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            prefix = folder / "prefix"
            self.succeed("cmake", "--install", BUILD, "--prefix", prefix, "--component", "mx_runtime")
            self.assertEqual([f.name for f in prefix.rglob("libmx.so*")], [])
            (folder / "twice.mlir").write_text(PROGRAM)
            self.succeed(MXC, folder / "twice.mlir", "-o", folder / "twice.mxe")
            self.assertIn("input 0: float32 (3,)", self.succeed(prefix / "bin" / "mx-run", folder / "twice.mxe", "--info"))
            for number, compiler in enumerate(COMPILERS):
                source, build = folder / f"source{number}", folder / f"build{number}"
                source.mkdir()
                (source / "CMakeLists.txt").write_text(PROJECT)
                shutil.copy(HERE / "consumer.cpp", source)
                self.succeed("cmake", "-G", "Ninja", "-S", source, "-B", build, f"-DCMAKE_PREFIX_PATH={prefix}", f"-DCMAKE_CXX_COMPILER={compiler}")
                self.succeed("cmake", "--build", build)
                self.assertEqual(self.succeed(build / "deployed", folder / "twice.mxe"), "0 0.25 0.5\n")
                made = folder / f"make{number}"
                made.mkdir()
                self.succeed("make", "-C", made, "-f", MAKEFILE, f"SOURCES={HERE / 'consumer.cpp'}", "PACKAGE=mx_runtime", f"CXX={compiler}",
                             "consumer", PKG_CONFIG_PATH=str(next(prefix.rglob("mx_runtime.pc")).parent))
                self.assertEqual(self.succeed(made / "consumer", folder / "twice.mxe"), "0 0.25 0.5\n")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
