"""mx-info says what the environment and the machine are, and its self-test fails by name where something is wrong.

usage: info.py MX_INFO WRONG_EXP VERSION
"""
import json
import os
import subprocess
import sys
import tempfile
import unittest

MX_INFO, WRONG_EXP, VERSION = sys.argv[1:4]


def info(*flags, **environment):
    return subprocess.run([MX_INFO, *flags], capture_output=True, text=True, timeout=300, env={**os.environ, **environment})


class Facts(unittest.TestCase):
    def test_json_and_text_say_the_same(self):
        result = info("--json", MX_NUM_THREADS="2", MX_MEMORY_LIMIT="3G")
        self.assertEqual(result.returncode, 0, result.stderr)
        facts = json.loads(result.stdout)
        self.assertEqual(facts["version"], VERSION)
        cpu, gpu = facts["devices"]
        self.assertEqual((cpu["device"], cpu["available"], cpu["threads"]), ("cpu", True, "2"))
        self.assertEqual(facts["memory"]["limit_bytes"], 3 << 30)
        self.assertEqual(facts["environment"]["MX_NUM_THREADS"], "2")
        self.assertTrue(gpu["available"] or gpu["reason"])
        self.assertEqual(gpu["available"], any(device["chosen"] for device in facts["vulkan_devices"]))
        with open("/proc/cpuinfo", encoding="utf-8") as cpuinfo:
            flags = next((line for line in cpuinfo if line.startswith("flags")), "").split()
        self.assertEqual("avx2" in facts["processor"]["features"], "avx2" in flags)
        text = info(MX_NUM_THREADS="2").stdout
        self.assertIn(f"mx {VERSION}\n", text)
        self.assertIn(cpu["device_name"], text)
        self.assertRegex(text, r"MX_NUM_THREADS +2\n")

    def test_a_gpu_that_is_not_there_has_a_reason(self):
        facts = json.loads(info("--json", MX_VK_DEVICE="no such device").stdout)
        self.assertFalse(facts["devices"][1]["available"])
        self.assertIn("no such device", facts["devices"][1]["reason"])

    def test_cache(self):
        self.assertEqual(json.loads(info("--json", MX_CACHE_DIR="off").stdout)["cache"]["state"], "off")
        with tempfile.TemporaryDirectory() as folder:
            cache = json.loads(info("--json", MX_CACHE_DIR=folder, MX_CACHE_BYTES="5M").stdout)["cache"]
            self.assertEqual((cache["state"], cache["folder"], cache["entries"], cache["bytes"]), ("on", folder, 0, 0))
            self.assertEqual(cache["capacity_bytes"], 5 << 20)
            os.chmod(folder, 0o777)
            self.assertIn("refused", json.loads(info("--json", MX_CACHE_DIR=folder).stdout)["cache"]["state"])

    def test_unknown_option(self):
        result = info("--jsno")
        self.assertEqual(result.returncode, 2)
        self.assertIn("--jsno", result.stderr)


class Selftest(unittest.TestCase):
    def test_passes(self):
        result = info("--selftest=quick", "--json")
        self.assertEqual(result.returncode, 0, result.stderr)
        facts = json.loads(result.stdout)
        rows = {(r["device"], r["check"]): r for r in facts["selftest"]}
        for device in (d["device"] for d in facts["devices"] if d["available"]):
            for check in ("element-wise", "reductions", "scans", "indexing", "matmul", "norms", "gradient", "random", "compiled", "threads"):
                self.assertGreater(rows[device, check]["compared"], 0)
            self.assertRegex(rows[device, "memory"]["note"], r"^[0-9.]+ GB/s")
            self.assertRegex(rows[device, "arithmetic"]["note"], r"^[0-9.]+ GF/s")
            ops = {op["op"]: op for op in rows[device, "ops"]["ops"]}
            self.assertGreater(len(ops), 60)
            for op, dtypes in (("exp", 3), ("add", 3), ("bitwise_and", 2), ("logical_not", 3), ("sum", 6), ("cumsum", 4)):
                self.assertGreaterEqual(ops[op]["calls"], dtypes, op)
            self.assertEqual(rows[device, "ops"]["compared"], sum(op["calls"] for op in ops.values()))
        self.assertEqual({check for device, check in rows if device == "machine"}, {"files", "program-files", "cache"})
        self.assertEqual(("gpu", "ops") in rows, facts["devices"][1]["available"])
        self.assertRegex(result.stderr, rf"{len(rows)} checks in [0-9.]+ s, 0 failed\n$")

    def test_every_dtype_of_an_op_is_called(self):
        rows = json.loads(info("--selftest", "--only=ops", "--json", MX_VK_DEVICE="no such device").stdout)["selftest"]
        self.assertEqual([(r["device"], r["check"], r["ok"]) for r in rows], [("cpu", "ops", True)])
        calls = {op["op"]: op["calls"] for op in rows[0]["ops"]}
        # All dtypes but complex64, which is for data that is moved.
        self.assertEqual((calls["exp"], calls["add"]), (13, 13))

    def test_wrong_values_are_named(self):
        result = info("--selftest=quick", LD_PRELOAD=WRONG_EXP)
        self.assertEqual(result.returncode, 1)
        failed = [line.split() for line in result.stdout.splitlines() if line.startswith("FAILED")]
        # What compares with the C library's exp, and the interpreter that calls it.
        self.assertEqual({line[2] for line in failed if line[1] == "cpu"}, {"element-wise", "norms", "ops"})
        self.assertRegex(result.stdout, r"FAILED  cpu +element-wise .* exp of 1: element 0 is .* instead of")
        self.assertRegex(result.stdout, r"\n +exp of bool to float32: element \d+ of \d+ is .*, expected")
        self.assertIn("Please report it with the output of\n  mx-info --json --selftest\n", result.stdout)

    def test_errors_are_named(self):
        result = info("--selftest=quick", MX_MEMORY_LIMIT="1K")
        self.assertEqual(result.returncode, 1)
        self.assertRegex(result.stdout, r"FAILED  cpu +element-wise .*memory")

    def test_one_check(self):
        result = info("--selftest=quick", "--only=random", "--json")
        self.assertEqual({r["check"] for r in json.loads(result.stdout)["selftest"]}, {"random"})
        for flags, text in ((("--selftest", "--only=sorting"), "there is no check 'sorting'; there are ops, element-wise"),
                            (("--only=random",), "give that too")):
            result = info(*flags)
            self.assertEqual(result.returncode, 2)
            self.assertIn(text, result.stderr)

    def test_checked_indices(self):
        result = info("--selftest=quick", "--only=indexing", MX_CHECK="1")
        self.assertEqual(result.returncode, 0, result.stdout)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
