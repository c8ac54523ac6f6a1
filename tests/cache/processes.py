"""Processes that share a cache on disk: what one stores the next need not compile; damage, a stampede, kill -9 and folders
that others can write do no harm.

usage: processes.py CLIENT [--rounds N] [--kills N]     CI runs few; the numbers of a long run are 100 and 1000
"""
import argparse
import os
import pathlib
import random
import signal
import stat
import subprocess
import sys
import tempfile
import time
import unittest
from collections import namedtuple

Stats = namedtuple("Stats", "hits misses damaged stored")
PROCESSES = 64
options = None


class Processes(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory(prefix="mx-cache-")
        self.addCleanup(scratch.cleanup)
        self.root = pathlib.Path(scratch.name)
        self.folder = self.root / "cache"

    def start(self, *arguments, **environment):
        variables = os.environ | {"MX_CACHE_DIR": str(self.folder), "MX_LOG": "warning"} | environment
        return subprocess.Popen([options.client, *arguments], env=variables, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def finish(self, process):
        out, err = process.communicate(timeout=300)
        self.assertEqual(process.returncode, 0, err)
        return Stats(*map(int, out.split())), err

    def run_client(self, *arguments, **environment):
        return self.finish(self.start(*arguments, **environment))[0]

    def entries(self):
        return sorted(path for path in self.folder.iterdir() if not path.name.startswith("."))

    def expect_all_found(self):
        warm = self.run_client()
        self.assertEqual((warm.misses, warm.damaged, warm.stored), (0, 0, 0), warm)
        self.assertGreater(warm.hits, 2)

    def test_a_second_process_compiles_nothing(self):
        cold = self.run_client()
        self.assertEqual(cold.hits, 0)
        self.assertGreater(cold.stored, 2)
        self.assertEqual(len(self.entries()), cold.stored)
        self.expect_all_found()

    def test_shaders_are_found_too(self):
        process = self.start("gpu")
        if process.wait(timeout=300) != 0:
            self.skipTest(process.communicate()[1])
        cold = self.finish(process)[0]
        warm = self.run_client("gpu")
        self.assertGreater(cold.stored, 0)
        self.assertEqual((cold.hits, warm.hits, warm.stored), (0, cold.stored, 0))

    def test_settings_that_change_code_have_entries_of_their_own(self):
        first = self.run_client()
        for setting in ({"MX_CPU": "baseline"}, {"MX_CHECK": "1"}):
            other = self.run_client(**setting)
            self.assertEqual((other.hits, other.stored), (0, first.stored), setting)
            self.assertEqual(self.run_client(**setting).hits, first.stored)

    def test_the_folder_is_where_xdg_says(self):
        for variables, folder in (({"HOME": str(self.root)}, ".cache/mx"), ({"XDG_CACHE_HOME": str(self.root / "xdg")}, "xdg/mx")):
            stored = self.run_client(MX_CACHE_DIR="", **({"XDG_CACHE_HOME": ""} | variables)).stored
            self.assertGreater(stored, 2)
            self.assertEqual(len(list((self.root / folder).iterdir())), stored)
            self.assertEqual(stat.S_IMODE((self.root / folder).stat().st_mode), 0o700)
        self.assertEqual(self.run_client(MX_CACHE_DIR="off"), Stats(0, 0, 0, 0))

    def test_damaged_files_are_made_anew(self):
        self.run_client()
        randomly = random.Random(8)
        for damage in ("flip", "truncate", "empty", "swap"):
            files = self.entries()
            good = [path.read_bytes() for path in files]
            for path, content in zip(files, good):
                bad = bytearray(content)
                if damage == "flip":
                    bad[randomly.randrange(len(bad))] ^= 1 << randomly.randrange(8)
                elif damage == "truncate":
                    del bad[randomly.randrange(len(bad)):]
                path.write_bytes(b"" if damage == "empty" else good[files.index(path) - 1] if damage == "swap" else bad)
            found = self.run_client()
            self.assertEqual((found.hits, found.damaged, found.stored), (0, len(files), len(files)), damage)
            self.expect_all_found()

    def test_a_stampede_of_cold_processes(self):
        for _ in range(options.rounds):
            processes = [self.start() for _ in range(PROCESSES)]
            for process in processes:
                found, err = self.finish(process)
                self.assertEqual((found.damaged, err), (0, ""))
            self.expect_all_found()
            for path in self.folder.iterdir():
                path.unlink()

    def test_kill_at_any_moment(self):
        randomly = random.Random(10)
        started = time.monotonic()
        self.run_client()
        lasts = time.monotonic() - started
        for _ in range(options.kills):
            for path in self.entries():
                if randomly.random() < 0.5:
                    path.unlink()
            process = self.start()
            time.sleep(randomly.random() * lasts)
            process.send_signal(signal.SIGKILL)
            process.communicate()
        found = self.run_client()
        self.assertEqual(found.damaged, 0)
        self.expect_all_found()

    def test_folders_that_others_control_are_refused(self):
        self.folder.mkdir(mode=0o700)
        (self.root / "link").symlink_to(self.folder)
        plans = [("symbolic link", self.root / "link", None), ("can be written by others", self.folder, 0o777), ("cannot be opened", "/dev/null", None)]
        if os.geteuid() == 0:
            os.mkdir(self.root / "foreign", 0o700)
            os.chown(self.root / "foreign", 65534, 65534)
            plans.append(("belongs to user 65534", self.root / "foreign", None))
        for why, folder, mode in plans:
            if mode:
                os.chmod(folder, mode)
            found, err = self.finish(self.start(MX_CACHE_DIR=str(folder)))
            self.assertEqual(found, Stats(0, 0, 0, 0), why)
            self.assertIn(why, err)
            self.assertEqual(err.count("\n"), 1, f"one warning: {err}")
        self.assertEqual(self.entries(), [])


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("client")
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--kills", type=int, default=100)
    options, rest = parser.parse_known_args()
    unittest.main(argv=sys.argv[:1] + rest)
