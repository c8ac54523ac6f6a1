"""A test case with a dump of the program under test, which is the second argument of the script."""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

RATES = ["--memory-rate=10", "--peak-rate=100"]


class DumpedProgram(unittest.TestCase):
    """`dump` is the folder that MX_DUMP made, `compiled` the one of its compiled function; `folder` is for anything else."""

    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp())
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        cls.dump = cls.folder / "dump"
        subprocess.run([sys.argv[2]], env={**os.environ, "MX_DUMP": str(cls.dump)}, check=True, timeout=300)
        cls.compiled = next(cls.dump.glob("*-compiled"))
