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
        result = info("--selftest", "--json")
        self.assertEqual(result.returncode, 0, result.stderr)
        facts = json.loads(result.stdout)
        ran = {(r["device"], r["check"]) for r in facts["selftest"]}
        for device in (d["device"] for d in facts["devices"] if d["available"]):
            for check in ("element-wise", "reductions", "matmul", "gradient", "random", "compiled"):
                self.assertIn((device, check), ran)
        self.assertEqual(("gpu", "against cpu") in ran, facts["devices"][1]["available"])

    def test_wrong_values_are_named(self):
        result = info("--selftest", LD_PRELOAD=WRONG_EXP)
        self.assertEqual(result.returncode, 1)
        failed = [line for line in result.stdout.splitlines() if line.startswith("FAILED")]
        self.assertTrue(failed)
        for line in failed:
            self.assertRegex(line, r"FAILED  \w+  element-wise .* exp of 1: element 0 is .* instead of")

    def test_errors_are_named(self):
        result = info("--selftest", MX_MEMORY_LIMIT="1K")
        self.assertEqual(result.returncode, 1)
        self.assertRegex(result.stdout, r"FAILED  cpu  element-wise .*memory")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
