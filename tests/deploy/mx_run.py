"""mxc writes program files and mx-run runs them: results, targets, sizes that are free, and every error by its
name.

usage: mx_run.py MXC MX_RUN
"""
import math
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

import npy

MXC, MX_RUN = sys.argv[1:3]

PROGRAM = """
func.func @sums(%x: tensor<4x3xf32>, %y: tensor<3xf32>) -> (tensor<4x3xf32>, tensor<4xf32>) {
  %0 = mx.add %x, %y : tensor<4x3xf32>, tensor<3xf32>
  %1 = mx.exp %0 : tensor<4x3xf32>
  %2 = mx.sum %1 {axes = array<i64: 1>, keepdims = false} : tensor<4x3xf32>
  return %1, %2 : tensor<4x3xf32>, tensor<4xf32>
}
"""
FREE = """
func.func @free(%x: tensor<?x3xf32, #mx.dims<s0, 3>>) -> tensor<?x3xf32, #mx.dims<s0, 3>> {
  %0 = mx.exp %x : tensor<?x3xf32, #mx.dims<s0, 3>>
  return %0 : tensor<?x3xf32, #mx.dims<s0, 3>>
}
"""


def run(*command, **kwargs):
    return subprocess.run([str(c) for c in command], capture_output=True, text=True, timeout=300, **kwargs)


class MxRun(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        temporary = tempfile.TemporaryDirectory()
        cls.addClassCleanup(temporary.cleanup)
        cls.folder = pathlib.Path(temporary.name)
        cls.program = cls.compile("sums", PROGRAM, "cpu:x86-64,cpu:native,spirv:vulkan1.2")
        cls.x, cls.y = cls.folder / "x.npy", cls.folder / "y.npy"
        npy.save(cls.x, "<f4", (4, 3), [i / 10 for i in range(12)])
        npy.save(cls.y, "<f4", (3,), [1, 2, 3])

    @classmethod
    def compile(cls, name, text, targets):
        source, program = cls.folder / f"{name}.mlir", cls.folder / f"{name}.mxe"
        source.write_text(text)
        result = run(MXC, source, "-o", program, f"--target={targets}")
        assert result.returncode == 0, result.stderr
        return program

    def succeed(self, *arguments):
        result = run(MX_RUN, *arguments)
        self.assertEqual(result.returncode, 0, result.stderr)
        return result.stdout

    def fail_with(self, text, *arguments):
        result = run(MX_RUN, *arguments)
        self.assertEqual(result.returncode, 1, result.stdout + result.stderr)
        self.assertTrue(result.stderr.startswith("mx-run: error: "), result.stderr)
        self.assertIn(text, result.stderr)

    def check(self, *options):
        a, b = self.folder / "a.npy", self.folder / "b.npy"
        self.succeed(self.program, "--input", self.x, "--input", self.y, "--output", a, "--output", b, *options)
        expected = [math.exp(i / 10 + 1 + i % 3) for i in range(12)]
        _, shape, values = npy.load(a)
        self.assertEqual(shape, (4, 3))
        for value, right in zip(values, expected):
            self.assertAlmostEqual(value / right, 1, delta=1e-6)
        _, shape, values = npy.load(b)
        self.assertEqual(shape, (4,))
        for row, value in enumerate(values):
            self.assertAlmostEqual(value / sum(expected[3 * row : 3 * row + 3]), 1, delta=1e-6)
        return a.read_bytes()

    def test_results(self):
        self.check()
        self.check("--target", "cpu:x86-64", "--repeat", "3")

    def test_results_that_are_dropped_are_named(self):
        text = self.succeed(self.program, f"--input={self.x}", f"--input={self.y}", "--output", self.folder / "first.npy")
        self.assertEqual(text, "result 1: float32 (4,), dropped; --output keeps it\n")

    def test_results_on_a_gpu(self):
        self.check("--device", "gpu")

    def test_a_size_that_is_free(self):
        program = self.compile("free", FREE, "native")
        for rows in (1, 2, 50):
            npy.save(self.folder / "rows.npy", "<f4", (rows, 3), [0.5] * 3 * rows)
            self.succeed(program, "--input", self.folder / "rows.npy", "--output", self.folder / "out.npy")
            self.assertEqual(npy.load(self.folder / "out.npy")[1], (rows, 3))
        self.fail_with("[free] input 0 has shape (3,), not (s0, 3)", program, "--input", self.y)

    def test_files_of_older_versions_give_the_bits_they_gave(self):
        data = pathlib.Path(__file__).parent / "data"
        for name in ("v1", "v1-free"):
            p, i = self.folder / "p.npy", self.folder / "i.npy"
            self.succeed(data / f"{name}.mxe", "--input", data / f"{name}-x.npy", "--output", p, "--output", i)
            self.assertEqual(p.read_bytes(), (data / f"{name}-p.npy").read_bytes())
            self.assertEqual(i.read_bytes(), (data / f"{name}-i.npy").read_bytes())

    def test_equal_sources_give_equal_files(self):
        again = self.compile("again", PROGRAM, "cpu:x86-64,cpu:native,spirv:vulkan1.2")
        self.assertEqual(self.program.read_bytes(), again.read_bytes())

    def test_profile_and_info(self):
        text = self.succeed(self.program, "--input", self.x, "--input", self.y, "--profile", "--repeat", "5")
        self.assertRegex(text, r"cpu:\S+: 5 runs, best [0-9.]+ ms, median")
        self.assertRegex(text, r"100\.0%  k0")
        text = self.succeed(self.program, "--info")
        for line in ("program sums", "input 0: float32 (4, 3)", "input 1: float32 (3,)", "result 1: float32 (4,)", "target spirv:vulkan1.2"):
            self.assertIn(line, text)

    def test_profile_of_a_gpu(self):
        text = self.succeed(self.program, "--input", self.x, "--input", self.y, "--device", "gpu", "--profile", "--repeat", "5")
        best = float(re.search(r"spirv:vulkan1\.2: 5 runs, best ([0-9.]+) ms", text)[1])
        steps = [(float(ms), float(share)) for ms, share in re.findall(r"^ +\d+ +([0-9.]+) +([0-9.]+)%  \S+$", text, re.MULTILINE)]
        self.assertGreaterEqual(len(steps), 1, text)
        self.assertAlmostEqual(sum(share for _, share in steps), 100, delta=0.1 * len(steps))
        self.assertTrue(all(ms > 0 for ms, _ in steps), text)
        # The best of every step in no more than the best run of all.
        self.assertLessEqual(sum(ms for ms, _ in steps), best)

    def test_other_orders_of_axes_and_bytes(self):
        header, data = self.x.read_bytes()[:-48], self.x.read_bytes()[-48:]
        values = [data[4 * i : 4 * i + 4] for i in range(12)]
        other = self.folder / "other.npy"
        # Column-major and big-endian; the blank keeps the length of the header.
        columns = b"".join(values[3 * row + column][::-1] for column in range(3) for row in range(4))
        other.write_bytes(header.replace(b"'<f4'", b"'>f4'").replace(b"False", b" True") + columns)
        out, expected = self.folder / "out.npy", self.folder / "expected.npy"
        for x, y in ((other, out), (self.x, expected)):
            self.succeed(self.program, "--input", x, "--input", self.y, "--output", y)
        self.assertEqual(out.read_bytes(), expected.read_bytes())

    def test_wrong_arguments(self):
        p, x, y, out = self.program, self.x, self.y, self.folder / "out.npy"
        self.fail_with("no program file")
        self.fail_with("takes 2 inputs, not 1: input 1, float32 (3,), is missing", p, "--input", x)
        self.fail_with("takes 2 inputs, not 3; give a file for each at most, in the order of mx-run --info", p, *["--input", x] * 3)
        self.fail_with(f"one program at a time: {p}, then {x}; an input is given as --input {x}", p, x)
        self.fail_with("[sums] input 0 has shape (3,), not (4, 3)", p, "--input", y, "--input", x)
        npy.save(self.folder / "ints.npy", "<i4", (3,), [1, 2, 3])
        self.fail_with("[sums] input 1 is int32, not float32", p, "--input", x, "--input", self.folder / "ints.npy")
        self.fail_with("has 2 results, not 3", p, "--input", x, "--input", y, *["--output", out] * 3)
        self.fail_with("--device is cpu or gpu, not tpu", p, "--device", "tpu")
        self.fail_with("--repeat is a number of runs from 1 on, not 0", p, "--repeat", "0")
        self.fail_with("unknown option --what", p, "--what")
        self.fail_with("unknown option -x", p, "-x")
        self.fail_with("unknown option --profile=yes", p, "--profile=yes")
        self.fail_with("--input needs a value", p, "--input")
        self.fail_with("--input needs a value", p, "--input=")
        self.fail_with("made for cpu:x86-64, cpu:native, spirv:vulkan1.2, not for cpu:z80", p, "--input", x, "--input", y, "--target", "cpu:z80")
        self.fail_with("/missing/out.npy: cannot write", p, "--input", x, "--input", y, "--output", "/missing/out.npy")
        if os.path.exists("/dev/full"):
            self.fail_with("/dev/full: cannot write", p, "--input", x, "--input", y, "--output", "/dev/full")

    def test_wrong_files(self):
        bad = self.folder / "bad.npy"
        for data, text in ((b"", "not an npy file"), (b"garbage that is long enough", "not an npy file"),
                           (self.x.read_bytes()[:-4], "needs 48 bytes of elements; there are 44"),
                           (self.x.read_bytes().replace(b"<f4", b"<f3"), "dtype '<f3' is not one mx has")):
            bad.write_bytes(data)
            self.fail_with(text, self.program, "--input", bad, "--input", self.y)
        self.fail_with("missing.npy: cannot open: No such file", self.program, "--input", self.folder / "missing.npy", "--input", self.y)
        self.fail_with("missing.mxe: cannot open: No such file", self.folder / "missing.mxe")
        self.fail_with("cannot open: Is a directory", self.folder)
        os.mkfifo(self.folder / "pipe")
        self.fail_with("pipe: cannot open", self.folder / "pipe")
        self.fail_with("not a program file", self.x)
        only = self.compile("only", PROGRAM, "native")
        self.fail_with("no program of the file runs on the gpu: it was made for cpu:native", only, "--device", "gpu")

    def test_damage_names_the_section(self):
        data = bytearray(self.program.read_bytes())
        damaged = self.folder / "damaged.mxe"
        for at, text in ((0, "not a program file"), (8, "of the format"), (20, "damaged"), (60, "the header is damaged"), (len(data) // 2, "is damaged")):
            copy = bytearray(data)
            copy[at] ^= 1
            damaged.write_bytes(copy)
            self.fail_with(text, damaged, "--input", self.x, "--input", self.y)
        damaged.write_bytes(data[:-100])
        self.fail_with("where its header says", damaged)

    def test_mxc_refuses_what_is_no_program_file(self):
        source, out = self.folder / "sums.mlir", self.folder / "no.mxe"
        for text, *arguments in (("is unknown; there are cpu:native", "--target=cpu:z80"), ("'cpu:native' is named twice", "--target=native,cpu:native"),
                                 ("written whole", "--emit=obj"), ("written whole", "--compile-to=core")):
            result = run(MXC, source, "-o", out, *arguments)
            self.assertEqual(result.returncode, 1)
            self.assertIn(text, result.stderr)
            self.assertFalse(out.exists())


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
