"""Holds dumps to their layout: every phase and kernel of each program, C headers that compile alone, and a kernel that a
C program calls through its header gives the right numbers. A folder that cannot be written is a typed error.

usage: dump.py PROGRAM CC CXX INCLUDE
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

PROGRAM, CC, CXX, INCLUDE = sys.argv[1:5]
PHASES = ["00-traced", "01-core", "02-fused", "03-program", "04-tiled", "05-target"]

# Runs the kernel of exp(x / 8) + x on 19 numbers, whatever order its operands have: inputs of one element are the 8.
CALLER = r"""
#include "k0.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

int main(void) {
  float x[19], eight = 8, y[19];
  void *buffers[k0_num_buffers] = {BUFFERS};
  int64_t sizes[1] = {19}, scalars[k0_num_scalars + 1];
  void *scratch = aligned_alloc(64, (size_t)(k0_scratch_bytes(sizes) + 63) / 64 * 64);
  mx_args args = {buffers, scalars, scratch, 0};
  for (int i = 0; i < 19; ++i)
    x[i] = (float)i;
  k0_scalars(sizes, scalars);
  if (k0(&args, 0, (uint32_t)k0_units(sizes)) != MX_KERNEL_OK)
    return 1;
  for (int i = 0; i < 19; ++i)
    if (fabsf(y[i] - (expf(x[i] / 8) + x[i])) > 1e-5f * y[i])
      return printf("%d: %f\n", i, y[i]), 1;
  free(scratch);
  return 0;
}
"""

# The same through mx/launch.h, on three threads.
LAUNCHER = r"""
#include "k0.h"
#include "mx/launch.h"
#include <math.h>
#include <stdio.h>

int main(void) {
  float x[19], eight = 8, y[19];
  void *buffers[k0_num_buffers] = {BUFFERS};
  int64_t sizes[1] = {19}, scalars[k0_num_scalars + 1];
  mx_args args = {buffers, scalars, NULL, 0};
  for (int i = 0; i < 19; ++i)
    x[i] = (float)i;
  k0_scalars(sizes, scalars);
  if (mx_launch(k0, &args, k0_units(sizes), 3) != MX_KERNEL_OK)
    return 1;
  for (int i = 0; i < 19; ++i)
    if (fabsf(y[i] - (expf(x[i] / 8) + x[i])) > 1e-5f * y[i])
      return printf("%d: %f\n", i, y[i]), 1;
  return 0;
}
"""


def run(*command, **kwargs):
    return subprocess.run(command, capture_output=True, text=True, timeout=300, **kwargs)


class Dump(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)

    def dump(self, folder):
        return run(PROGRAM, env={**os.environ, "MX_DUMP": str(folder)})

    def succeed(self, *command, **kwargs):
        result = run(*map(str, command), **kwargs)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)

    def programs(self):
        result = self.dump(self.folder / "new")
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        return sorted((self.folder / "new").iterdir())

    def test_layout(self):
        programs = self.programs()
        self.assertTrue(all(p.name == f"{i:04}-{p.name[5:]}" for i, p in enumerate(programs)), programs)
        self.assertLessEqual({"eval", "compiled"}, {p.name[5:] for p in programs})
        for program in programs:
            for phase in PHASES:
                self.assertGreater((program / f"{phase}.mlir").stat().st_size, 0, phase)
            description = json.loads((program / "program.json").read_text())
            for key in ("name", "static", "symbols", "inputs", "outputs", "constants", "arena", "steps"):
                self.assertIn(key, description)
            kernels = {p.stem for p in (program / "kernels").glob("*.o")}
            for step in description["steps"]:
                self.assertIn(step["entry"].split("_")[0], kernels)
            for kernel in kernels:
                for suffix in ("ll", "s", "h"):
                    self.assertGreater((program / "kernels" / f"{kernel}.{suffix}").stat().st_size, 0)

    def test_a_second_process_keeps_the_dumps_of_the_first(self):
        first = self.programs()
        text = (first[0] / "04-tiled.mlir").read_text()
        second = self.programs()
        self.assertEqual(len(second), 2 * len(first))
        self.assertEqual((first[0] / "04-tiled.mlir").read_text(), text)

    def test_headers_compile_alone(self):
        for header in self.folder.joinpath("new").glob("*/kernels/k*.h") if self.programs() else ():
            for compiler, language in ((CC, "c"), (CXX, "c++")):
                standard = "-std=c99" if language == "c" else "-std=c++11"
                self.succeed(compiler, "-x", language, standard, "-Wall", "-Wextra", "-pedantic", "-Werror", "-fsyntax-only",
                             "-include", header, "/dev/null")

    def test_a_c_program_calls_a_kernel(self):
        for program in self.programs():
            inputs = json.loads((program / "program.json").read_text())["inputs"]
            if sorted(map(lambda i: len(i["shape"]), inputs)) != [0, 1]:
                continue
            kernels = program / "kernels"
            names = [line.split()[4] for line in (kernels / "k0.h").read_text().splitlines() if " in   float32" in line]
            order = ["&eight" if shape == "[]" else "x" for shape in names]
            for source in (CALLER, LAUNCHER):
                (kernels / "caller.c").write_text(source.replace("BUFFERS", ", ".join([*order, "y"])))
                for compiler, *options in ((CC, "-std=c11"), (CXX, "-x", "c++", "-std=c++11")):
                    self.succeed(compiler, *options, "-Wall", "-Wextra", "-Werror", f"-I{INCLUDE}", "-c", "caller.c", "-o", "caller.o", cwd=kernels)
                    self.succeed(compiler, "caller.o", "k0.o", "-lm", "-pthread", "-o", "caller", cwd=kernels)
                    self.succeed(kernels / "caller")
            return
        self.fail("no program of a vector and a scalar")

    def test_an_unwritable_folder_is_an_error_and_nothing_is_lost(self):
        (self.folder / "file").write_text("")
        for folder in (self.folder / "file", self.folder / "file" / "below", pathlib.Path("/proc/mx")):
            result = self.dump(folder)
            self.assertEqual(result.returncode, 3, result.stdout + result.stderr)
            self.assertRegex(result.stdout, rf"^\[dump\] cannot create {folder}.*: .*; name a folder")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
