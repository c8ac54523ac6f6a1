"""examples/deploy: the exported training step has the bits of the compiled one, and a program without a compiler trains with it.

usage: example.py BIN
"""
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

import npy

BIN = pathlib.Path(sys.argv[1])


def run(*command):
    return subprocess.run([str(c) for c in command], capture_output=True, text=True, timeout=600)


class Deploy(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        temporary = tempfile.TemporaryDirectory()
        cls.addClassCleanup(temporary.cleanup)
        cls.folder = pathlib.Path(temporary.name)
        exported = run(BIN / "deploy_export", cls.folder, "cpu:native", "spirv:vulkan1.2")
        assert exported.returncode == 0, exported.stderr
        cls.text = cls.folder / "text"
        cls.text.write_text("lorem ipsum dolor sit amet, consectetur adipiscing elit.\n" * 100)

    def test_the_step_has_the_bits_of_the_compiled_one(self):
        inputs, results = (sorted((self.folder / name).iterdir()) for name in ("step-inputs", "step-results"))
        out = [self.folder / f"out{i}.npy" for i in range(len(results))]
        done = run(BIN / "mx-run", self.folder / "step.mxe", *(a for path in inputs for a in ("--input", path)),
                   *(a for path in out for a in ("--output", path)))
        self.assertEqual(done.returncode, 0, done.stderr)
        for mine, right in zip(out, results):
            self.assertEqual(mine.read_bytes(), right.read_bytes(), right)

    def test_inputs_go_by_name(self):
        inputs = sorted((self.folder / "step-inputs").iterdir())
        info = run(BIN / "mx-run", self.folder / "forward.mxe", "--info").stdout
        tokens, shape = re.search(r"input (\d+): tokens int32 \((.*)\)", info).groups()
        window = self.folder / "tokens.npy"
        npy.save(window, "<i4", tuple(map(int, shape.split(", "))), [1] * int(shape.split(", ")[1]))
        files, out = inputs[: int(tokens)], self.folder / "logits.npy"
        command = [BIN / "mx-run", self.folder / "forward.mxe", "--input", f"tokens={window}", "--output", out]
        done = run(*command, "--input", f"parameter1={files[1]}", *(a for f in files[:1] + files[2:] for a in ("--input", f)))
        self.assertEqual(done.returncode, 0, done.stderr)
        named = out.read_bytes()
        run(BIN / "mx-run", self.folder / "forward.mxe", "--output", out, *(a for f in [*files, window] for a in ("--input", f)))
        self.assertEqual(named, out.read_bytes())
        for arguments, text in ((("--input", f"token={window}"), "has no input 'token'; --info lists them"),
                                (("--input", f"tokens={window}"), "input 'tokens' has two files"),
                                ((), "input 0, parameter0 float32")):
            done = run(*command, *arguments)
            self.assertEqual(done.returncode, 1)
            self.assertIn(text, done.stderr)

    def train(self, *arguments):
        done = run(BIN / "deploy_run", self.folder, self.text, *arguments)
        self.assertEqual(done.returncode, 0, done.stderr)
        return [float(loss) for loss in re.findall(r"loss ([0-9.]+)", done.stdout)]

    def test_training_without_a_compiler_learns(self):
        losses = self.train(100)
        self.assertLess(losses[-1], losses[0] / 3)

    def test_a_gpu_takes_the_same_steps(self):
        for mine, right in zip(self.train(5, "gpu"), self.train(5)):
            self.assertAlmostEqual(mine / right, 1, delta=1e-3)

    def test_wrong_calls_say_why(self):
        for arguments, text in (((), "usage: "), ((self.folder, "/missing", 1), "/missing has no text"), (("/missing", self.text, 1), "cannot open")):
            done = run(BIN / "deploy_run", *arguments)
            self.assertEqual(done.returncode, 1)
            self.assertIn(text, done.stderr)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
