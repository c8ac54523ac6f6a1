"""gdb shows arrays of every dtype and status by the printer it loads with the library, and evaluates none.

usage: printer.py GDB PROGRAM LIBRARY_FOLDER
"""
import re
import subprocess
import sys
import unittest

GDB, PROGRAM, LIBRARY = sys.argv[1:4]


def gdb(*commands):
    flags = [flag for command in commands for flag in ("-ex", command)]
    result = subprocess.run([GDB, "--batch", "-nx", "-iex", f"add-auto-load-safe-path {LIBRARY}", "-iex", "set debuginfod enabled off",
                             *flags, PROGRAM], capture_output=True, text=True, timeout=300)
    return result.stdout + result.stderr


class Printer(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        names = ("source", "lazy", "sum", "turned", "part", "spread", "longer", "empty", "scalar", "deep", "given", "moved",
                 "typed", "garbage")
        shows = [f"print {name}" for name in names]
        # Stops in the traced function first, then in main, and looks at everything twice: looking changes nothing.
        cls.output = gdb("set print elements 2000", "break look", "run", "up", "print x", "continue", "up", *shows, *shows,
                         "continue")
        cls.values = re.findall(r"^\$\d+ = (.*(?:\n .*)*)", cls.output, re.MULTILINE)
        cls.shown = dict(zip(names, cls.values[1:]))
        cls.again = cls.values[1 + len(names):]
        cls.names = names

    def test_everything_was_shown_and_nothing_evaluated(self):
        self.assertEqual(len(self.values), 1 + 2 * len(self.names), self.output)
        self.assertEqual(self.again, [self.shown[name] for name in self.names])
        self.assertIn("exited normally", self.output)

    def test_values(self):
        for name, wanted in {
            "source": "(const mx::array) array(float32, (2, 3), [1.5, -2, 3, 4, 5, 6])",
            "lazy": "array(float32, (2, 3), not evaluated add)",
            "sum": "array(float32, (), [17.5])",
            "turned": "array(float32, (3, 2), [1.5, 4, -2, 5, 3, 6])",
            "part": "array(float32, (2, 2), [-2, 3, 5, 6])",
            "spread": "array(int32, (3, 2), [7, 8, 7, 8, 7, 8])",
            "longer": "array(int32, (100), [0, 1, 2, 3, 4, 5, 6, 7, ...])",
            "empty": "array(float32, (0, 4), [])",
            "scalar": "array(float32, (), [2.5])",
            "deep": "array(float32, (1, 1, 1, 1, 1, 1, 1, 2), [0, 0])",
            "given": "array(moved from)",
            "moved": "array(float32, (2), [1, 2])",
        }.items():
            with self.subTest(name):
                self.assertEqual(self.shown[name].removeprefix("(const mx::array) "), wanted.removeprefix("(const mx::array) "), self.output)

    def test_dtypes(self):
        wanted = ["bool, (2), [False, True]"]
        wanted += [f"{kind}{bits}, (2), [0, 1]" for kind in ("uint", "int") for bits in (8, 16, 32, 64)]
        wanted += [f"{name}, (2), [0, 1]" for name in ("float16", "float32", "float64", "bfloat16")]
        wanted += ["complex64, (2), [0+0j, 1+0j]"]
        self.assertEqual(re.findall(r"array\((.*?\])\)", self.shown["typed"]), wanted)

    def test_a_traced_function(self):
        self.assertRegex(self.values[0], r"array\(float32, \(2, 3\), input 0 of a function being traced\)")

    def test_memory_that_is_no_array(self):
        self.assertIn("array(not readable at 0x807060504030201)", self.shown["garbage"])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
