"""Runs the examples and looks at what they print, write and answer to bad input.

usage: examples.py BIN
"""
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

BIN = pathlib.Path(sys.argv.pop(1)) if len(sys.argv) > 1 else pathlib.Path("build/bin")


def run(name, *arguments, folder="."):
    """Runs an example; its exit status, output and errors."""
    return subprocess.run([str(BIN / name), *map(str, arguments)], capture_output=True, text=True, check=False,
                          cwd=folder, timeout=800)


class Small(unittest.TestCase):
    """The small examples print what their sources promise."""

    def test_hello(self):
        done = run("hello")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("array([[0.2, 0.56],\n       [0.56, 2]], dtype=float32)", done.stdout)

    def test_linear_regression_finds_the_weights(self):
        done = run("linear_regression")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_digits_are_learnt(self):
        for name, least in (("mlp", 90), ("convolution", 92)):
            done = run(name)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            right = float(re.search(r"recognised: ([\d.]+) %", done.stdout)[1])
            self.assertGreater(right, least, done.stdout)

    def test_data_that_cannot_be_read_is_named(self):
        for name in ("mlp", "convolution"):
            done = run(name, "/no/such/digits.npy")
            self.assertEqual(done.returncode, 1)
            self.assertIn("/no/such/digits.npy", done.stderr)

    def test_lstm_adds(self):
        done = run("lstm")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        errors = [float(e) for e in re.findall(r"error ([\d.]+)", done.stdout)]
        self.assertEqual(len(errors), 6)
        self.assertLess(errors[-1], 0.02)

    def test_policy_balances_the_pole(self):
        done = run("policy")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        lengths = [int(n) for n in re.findall(r"episodes of (\d+)", done.stdout)]
        self.assertGreater(lengths[-1], 150)
        self.assertRegex(done.stdout, r"the policy took [\d.]+ us a step")


class CharGpt(unittest.TestCase):
    """The language model trains, saves, continues and refuses bad input."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="mx-char-gpt-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        words = ["lorem", "ipsum", "dolor", "sit", "amet,", "consectetur", "adipiscing", "elit.\n"]
        text = " ".join(words[(i * i + i // 3) % len(words)] for i in range(3000))
        self.text = self.folder / "text"
        self.text.write_text(text, encoding="latin-1")

    def train(self, *arguments):
        done = run("char_gpt", "--text", self.text, *arguments, folder=self.folder)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def refuse(self, *arguments):
        """Exit status 1 and one line of explanation; returns it."""
        done = run("char_gpt", *arguments, folder=self.folder)
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertEqual(len(done.stderr.strip().splitlines()), 1, done.stderr)
        return done.stderr

    def test_devices_agree(self):
        """On the gpu the losses are the cpu's within 1e-3, and its checkpoint continues on the cpu and back."""
        def losses(device, steps, *more):
            self.train("--device", device, "--steps", 20, "--stop-after", steps, "--losses", self.folder / device,
                       "--checkpoint", self.folder / f"{device}.safetensors", *more)
            return [float(line) for line in (self.folder / device).read_text().split()]
        done = run("char_gpt", "--text", self.text, "--device", "gpu", "--steps", 1, folder=self.folder)
        if "not available" in done.stderr:
            self.skipTest(done.stderr)
        cpu, gpu = losses("cpu", 20), losses("gpu", 10)
        gpu += losses("gpu", 20, "--resume", self.folder / "gpu.safetensors")
        self.assertEqual((len(cpu), len(gpu)), (20, 20))
        for expected, actual in zip(cpu, gpu):
            self.assertAlmostEqual(actual / expected, 1, delta=1e-3)
        losses("gpu", 10)
        moved = losses("cpu", 20, "--resume", self.folder / "gpu.safetensors")
        for expected, actual in zip(cpu[10:], moved):
            self.assertAlmostEqual(actual / expected, 1, delta=1e-3)

    def test_learns_and_samples(self):
        """A text of eight words is learnt in 60 steps, and the sample has the promised length."""
        printed = self.train("--steps", 60)
        loss = float(re.search(r"held-out loss: ([0-9.]+) nats", printed)[1])
        self.assertLess(loss, 2.0)
        self.assertEqual(len(printed.split("sample:\n", 1)[1]), 301)
        self.assertRegex(printed, r"compiled the training step: \d+ ops in, \d+ fused groups, \d+ different kernels out; arena")
        self.assertTrue((self.folder / "char_gpt.safetensors").exists())

    def test_resume_is_bit_identical(self):
        """Stopped after 5 of 12 steps and resumed, the final checkpoint is that of an uninterrupted run, with dropout."""
        self.train("--steps", 12, "--dropout", 0.1, "--seed", 3, "--checkpoint", "whole.safetensors")
        self.train("--steps", 12, "--dropout", 0.1, "--seed", 3, "--checkpoint", "part.safetensors", "--stop-after", 5)
        part = (self.folder / "part.safetensors").read_bytes()
        self.train("--resume", "part.safetensors")
        whole = (self.folder / "whole.safetensors").read_bytes()
        self.assertNotEqual(part, whole)
        self.assertEqual((self.folder / "part.safetensors").read_bytes(), whole)

    def test_refuses_bad_options(self):
        self.assertIn("--nonsense", self.refuse("--nonsense"))
        self.assertIn("'x'", self.refuse("--steps", "x"))
        self.assertIn("--dropout", self.refuse("--dropout", "1"))
        self.assertIn("needs a value", self.refuse("--text"))

    def test_refuses_bad_files(self):
        self.assertIn("absent", self.refuse("--text", self.folder / "absent"))
        short = self.folder / "short"
        short.write_text("abc")
        self.assertIn("3 characters", self.refuse("--text", short))
        damaged = self.folder / "damaged.safetensors"
        damaged.write_bytes(b"\xff" * 100)
        self.assertIn("damaged.safetensors", self.refuse("--text", self.text, "--resume", damaged))
        self.assertIn("no-such-folder",
                      self.refuse("--text", self.text, "--steps", 1, "--checkpoint", "no-such-folder/x.safetensors"))

    def test_refuses_a_checkpoint_of_another_text(self):
        self.train("--steps", 1)
        other = self.folder / "other"
        other.write_text("0123456789" * 500)
        self.assertIn("other characters", self.refuse("--text", other, "--resume", "char_gpt.safetensors"))


if __name__ == "__main__":
    unittest.main(verbosity=2)
