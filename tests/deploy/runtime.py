"""mx::runtime: a program that links it alone runs files, meets typed errors, calls quickly; and the library is what it promises.

usage: runtime.py MXC CONSUMER MX_RUN LIBRARY STRIP NM [SANITIZER]
"""
import math
import pathlib
import re
import subprocess
import sys
import tempfile
import time
import unittest

MXC, CONSUMER, MX_RUN, LIBRARY, STRIP, NM = sys.argv[1:7]
INSTRUMENTED = len(sys.argv) > 7

PROGRAM = """
func.func @tiny(%x: tensor<4xf32>, %y: tensor<4xf32>) -> tensor<4xf32> {
  %0 = mx.add %x, %y : tensor<4xf32>, tensor<4xf32>
  %1 = mx.exp %0 : tensor<4xf32>
  return %1 : tensor<4xf32>
}
"""


def run(*command):
    return subprocess.run([str(c) for c in command], capture_output=True, text=True, timeout=300)


class Runtime(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        temporary = tempfile.TemporaryDirectory()
        cls.addClassCleanup(temporary.cleanup)
        cls.folder = pathlib.Path(temporary.name)
        source = cls.folder / "tiny.mlir"
        source.write_text(PROGRAM)
        cls.program, cls.cpu_only = cls.folder / "tiny.mxe", cls.folder / "cpu.mxe"
        for out, targets in ((cls.program, "cpu:x86-64,cpu:native,spirv:vulkan1.2"), (cls.cpu_only, "cpu:native")):
            result = run(MXC, source, "-o", out, f"--target={targets}")
            assert result.returncode == 0, result.stderr

    def test_results_on_both_devices(self):
        for device in ("cpu", "gpu"):
            result = run(CONSUMER, self.program, device)
            self.assertEqual(result.returncode, 0, result.stdout)
            for i, value in enumerate(map(float, result.stdout.split())):
                self.assertAlmostEqual(value / math.exp(i / 4), 1, delta=1e-6)

    def test_typed_errors(self):
        for arguments, status, text in (
            ((self.program, "cpu", "wrong-shape"), 2, "InvalidArgument: [tiny] input 0 has shape (4, 1), not (4,)"),
            ((self.program, "cpu", "wrong-dtype"), 2, "InvalidArgument: [tiny] input 0 is int32, not float32"),
            ((self.program, "cpu", "missing-input"), 2, "InvalidArgument: [tiny] takes 2 inputs, not 1"),
            ((self.folder / "none.mxe",), 3, "FileError: [Program::load] file "),
            ((__file__,), 3, "not a program file"),
            ((self.cpu_only, "gpu"), 4, "DeviceError: [Program::load] file "),
        ):
            result = run(CONSUMER, *arguments)
            self.assertEqual(result.returncode, status, result.stdout + result.stderr)
            self.assertIn(text, result.stdout)

    @unittest.skipIf(INSTRUMENTED, "instrumented code is slower and larger")
    def test_a_call_takes_less_than_a_microsecond(self):
        best = min(float(re.search(r"(\d+) ns", run(CONSUMER, self.program, "cpu", "time").stdout)[1]) for _ in range(3))
        self.assertLess(best, 1000)

    @unittest.skipIf(INSTRUMENTED, "instrumented code is slower and larger")
    def test_it_starts_quickly(self):
        best = min(self.start_time() for _ in range(40))
        self.assertLess(best, 0.005)

    def start_time(self):
        start = time.perf_counter()
        run(MX_RUN, self.program, "--info")
        return time.perf_counter() - start

    @unittest.skipIf(INSTRUMENTED, "instrumented code is slower and larger")
    def test_tool_and_library_are_small(self):
        total = 0
        for file in (MX_RUN, LIBRARY):
            subprocess.run([STRIP, "-o", self.folder / "stripped", file], check=True)
            total += (self.folder / "stripped").stat().st_size
        self.assertLess(total, 5 << 20)

    @unittest.skipIf(INSTRUMENTED, "instrumented code is slower and larger")
    def test_only_the_public_names_are_exported(self):
        lines = run(NM, "-DC", "--defined-only", LIBRARY).stdout.splitlines()
        self.assertTrue(any("mx::rt::v1::Program::load" in line for line in lines))
        for line in lines:
            self.assertRegex(line, r" (mx::|(typeinfo|typeinfo name|vtable) for mx::)", line)

    def test_neither_needs_a_compiler(self):
        for file in (MX_RUN, LIBRARY):
            self.assertNotRegex(run("ldd", file).stdout, "LLVM|MLIR|libmx\\.so|vulkan")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
