"""mx-reduce with mx-still-wrong: a program that one op makes wrong comes down to that op.

usage: reduce.py BIN PLUGIN
"""
import pathlib
import subprocess
import sys
import tempfile

# Thirteen ops and three results; the plugin computes the tangent as sine, which the sum does not hide.
PROGRAM = """
func.func @main(%x: tensor<32x8xf32>, %y: tensor<32x8xf32>, %z: tensor<8xf32>) -> (tensor<32x8xf32>, tensor<32xf32>, tensor<8xf32>) {
  %0 = mx.exp %x : tensor<32x8xf32>
  %1 = mx.add %0, %y : tensor<32x8xf32>, tensor<32x8xf32>
  %2 = mx.tanh %1 : tensor<32x8xf32>
  %3 = mx.multiply %2, %z : tensor<32x8xf32>, tensor<8xf32>
  %4 = mx.tan %3 : tensor<32x8xf32>
  %5 = mx.negative %4 : tensor<32x8xf32>
  %6 = mx.maximum %5, %y : tensor<32x8xf32>, tensor<32x8xf32>
  %7 = mx.sum %6 {axes = array<i64: 1>, keepdims = false} : tensor<32x8xf32>
  %8 = mx.abs %7 : tensor<32xf32>
  %9 = mx.square %z : tensor<8xf32>
  %10 = mx.sqrt %9 : tensor<8xf32>
  %11 = mx.add %10, %z : tensor<8xf32>, tensor<8xf32>
  %12 = mx.subtract %1, %x : tensor<32x8xf32>, tensor<32x8xf32>
  return %12, %8, %11 : tensor<32x8xf32>, tensor<32xf32>, tensor<8xf32>
}
"""


def check(mxc, plugin, program):
    """The exit status of `mxc --check` with the faulty pass, and without it."""
    broken = subprocess.run([mxc, "--check", f"--load-pass-plugin={plugin}", "--run-after=core=test-break-tan", program], capture_output=True,
                            text=True, check=False, timeout=60)
    sound = subprocess.run([mxc, "--check", program], capture_output=True, text=True, check=False, timeout=60)
    return broken, sound


def main():
    folder, plugin = pathlib.Path(sys.argv[1]), sys.argv[2]
    with tempfile.TemporaryDirectory() as scratch:
        large, small = pathlib.Path(scratch) / "large.mlir", pathlib.Path(scratch) / "small.mlir"
        large.write_text(PROGRAM)
        broken, sound = check(folder / "mxc", plugin, large)
        assert broken.returncode == 2 and "not what the interpreter says: result 1: element" in broken.stderr, broken
        assert sound.returncode == 0, sound
        reduced = subprocess.run([folder / "mx-reduce", large, "-o", small, f"--test-arg=--load-pass-plugin={plugin}",
                                  "--test-arg=--run-after=core=test-break-tan"], check=True, timeout=600, capture_output=True, text=True)
        assert "mx-reduce: 13 ops became 1, " in reduced.stderr, reduced
        broken, sound = check(folder / "mxc", plugin, small)
        assert broken.returncode == 2 and sound.returncode == 0, f"the smaller program shows no or another fault: {broken} {sound}"
        ops = [line for line in small.read_text().splitlines() if " mx." in line and "mx.constant" not in line]
        print(small.read_text())
        assert len(ops) == 1 and "mx.tan" in ops[0], f"not reduced: {ops}"

        sane = subprocess.run([folder / "mx-reduce", large], capture_output=True, text=True, check=False, timeout=60)
        assert sane.returncode == 1 and "the program is not interesting as it is: " in sane.stderr and "mx-still-wrong exits with 0" in sane.stderr, sane
        absent = subprocess.run([folder / "mx-reduce", large, "--test=/none"], capture_output=True, text=True, check=False, timeout=60)
        assert absent.returncode == 1 and "the script '/none' cannot be run" in absent.stderr, absent


if __name__ == "__main__":
    sys.exit(main())
