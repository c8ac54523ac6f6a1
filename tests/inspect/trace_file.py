"""MX_TRACE writes events of all layers as JSON that loads, also after a kill.

usage: trace_file.py PROGRAM
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

PROGRAM = sys.argv[1]


class Trace(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.file = pathlib.Path(temporary.name) / "trace.json"
        self.environment = {**os.environ, "MX_TRACE": str(self.file), "MX_NUM_THREADS": "2", "MX_CACHE_DIR": "off"}

    def events(self):
        return json.loads(self.file.read_text())["traceEvents"]

    def test_events_of_all_layers(self):
        subprocess.run([PROGRAM], env=self.environment, check=True, timeout=300)
        events = self.events()
        spans = [e for e in events if e["ph"] == "X"]
        self.assertLessEqual({"trace", "compile", "pass", "codegen", "eval", "program", "kernel"}, {e["cat"] for e in spans})
        self.assertIn("mx-form-fusions", {e["name"] for e in spans if e["cat"] == "pass"})
        for e in spans:
            self.assertGreaterEqual(e["dur"], 0)
        kernels = [e for e in spans if e["cat"] == "kernel" and e["args"]["program"] == "compiled"]
        self.assertGreaterEqual(len(kernels), 8 * 3)
        named = {e["tid"] for e in events if e["ph"] == "M"}
        self.assertLessEqual({e["tid"] for e in spans}, named)
        # What happens inside something else lies inside it.
        programs = [e for e in spans if e["cat"] == "program"]
        for k in kernels:
            inside = [p for p in programs if p["tid"] == k["tid"] and p["ts"] <= k["ts"] and k["ts"] + k["dur"] <= p["ts"] + p["dur"] + 0.001]
            self.assertEqual(len(inside), 1, k)
        self.assertEqual(self.file.read_bytes()[-1:], b"\n")
        self.assertNotIn(b"  ", self.file.read_bytes()[-64:])

    def test_kernels_from_the_cache(self):
        self.environment["MX_CACHE_DIR"] = str(self.file.parent / "cache")
        kernels = []
        for _ in range(2):
            subprocess.run([PROGRAM], env=self.environment, check=True, timeout=300)
            events = self.events()
            kernels.append([sum(e.get("cat") == category for e in events) for category in ("cache", "codegen")])
        first, second = kernels
        self.assertEqual(first[0], first[1])
        self.assertEqual(second, [first[0], 0])

    def test_queues_of_a_gpu(self):
        if subprocess.run([PROGRAM, "gpu"], env=self.environment, timeout=300).returncode == 77:
            self.skipTest("no GPU")
        events = self.events()
        queues = {e["tid"] for e in events if e["ph"] == "M" and e["args"]["name"].startswith("gpu queue")}
        submissions = [e for e in events if e.get("cat") == "device"]
        self.assertGreaterEqual(len(submissions), 8)
        self.assertEqual({e["tid"] for e in submissions}, queues)
        for queue in queues:
            spans = sorted((e["ts"], e["dur"]) for e in submissions if e["tid"] == queue)
            for (start, length), (following, _) in zip(spans, spans[1:]):
                self.assertLessEqual(start + length, following + 0.001)
        # Lavapipe has timestamps: its kernels are there, within their submissions.
        kernels = [e for e in events if e.get("cat") == "kernel" and e["tid"] in queues]
        compiled = [e for e in kernels if e["args"]["program"] == "compiled"]
        self.assertEqual(len(compiled), 8 * len({e["name"] for e in compiled}))
        self.assertGreater(len(compiled), 8)
        for k in kernels:
            inside = [s for s in submissions if s["tid"] == k["tid"] and s["ts"] - 0.002 <= k["ts"] and k["ts"] + k["dur"] <= s["ts"] + s["dur"] + 0.002]
            self.assertEqual(len(inside), 1, k)

    def test_a_killed_process_leaves_a_file_that_loads(self):
        process = subprocess.Popen([PROGRAM, "wait"], env=self.environment, stdout=subprocess.PIPE, text=True)
        self.assertEqual(process.stdout.readline(), "ready\n")
        process.kill()
        process.wait()
        process.stdout.close()
        self.assertEqual(sum(e.get("cat") == "kernel" for e in self.events()) >= 24, True)

    def test_a_forked_child_leaves_the_file_alone(self):
        subprocess.run([PROGRAM, "fork"], env=self.environment, check=True, timeout=300)
        self.assertEqual(len({e["pid"] for e in self.events()}), 1)

    def test_a_file_that_cannot_be_written_is_a_warning(self):
        self.environment["MX_TRACE"] = "/proc/none/trace.json"
        result = subprocess.run([PROGRAM], env=self.environment, capture_output=True, text=True, timeout=300)
        self.assertEqual(result.returncode, 0)
        self.assertRegex(result.stderr, r"MX_TRACE: cannot write '/proc/none/trace.json': ")

    def test_nothing_is_written_unless_it_is_asked_for(self):
        del self.environment["MX_TRACE"]
        subprocess.run([PROGRAM], env=self.environment, check=True, timeout=300)
        self.assertEqual(list(self.file.parent.iterdir()), [])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
