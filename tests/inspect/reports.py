"""The reports of mx-inspect say what is so: numbers that can be worked out by hand, reasons, lines, and errors.

usage: reports.py MX_INSPECT PROGRAM CHAIN
"""
import base64
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time
import unittest
import zlib

import dumped

INSPECT, PROGRAM, CHAIN = sys.argv[1:4]
PRODUCT = 64 * 64 * 4  # bytes of a temporary of the chain


class Inspect(dumped.DumpedProgram):
    def run_tool(self, *arguments):
        return subprocess.run([INSPECT, *map(str, arguments)], capture_output=True, text=True, timeout=300)

    def text(self, *arguments):
        result = self.run_tool(*arguments)
        self.assertEqual(result.returncode, 0, result.stderr)
        return result.stdout

    def report(self, *arguments):
        return json.loads(self.text(*arguments, "--json"))

    def test_memory_of_a_chain(self):
        report = self.report("memory", CHAIN)
        self.assertEqual(report["max_live_bytes"], 3 * PRODUCT)
        self.assertEqual(report["planned_max_live_bytes"], 3 * PRODUCT)
        self.assertEqual(report["arena_bytes"], 3 * PRODUCT)
        self.assertEqual(report["bytes_without_reuse"], 4 * PRODUCT)
        self.assertEqual([step["live_bytes"] / PRODUCT for step in report["steps"]], [1, 2, 3, 2, 1])
        self.assertIn("at most 49.2 kB alive at a time", self.text("memory", CHAIN))

    def test_kernels_of_a_chain(self):
        report = self.report("kernels", CHAIN, *dumped.RATES)
        kernels = report["kernels"]
        self.assertEqual(sum(k["dispatches"] for k in kernels), 5)
        self.assertEqual(sum(k["flops"] for k in kernels), 5 * 2 * 64**3 + 8 * 64 * 64)
        # One product reads x alone, the others two arrays; each writes one.
        self.assertEqual(sum(k["bytes"] for k in kernels), (4 * 3 + 2) * PRODUCT)
        for k in kernels:
            self.assertIsNone(k["best_ns"])
            self.assertAlmostEqual(k["intensity"], k["flops"] / k["bytes"])
            floor = max(k["bytes"] / 10, k["flops"] / 100)
            self.assertAlmostEqual(k["floor_ns"], floor)
            self.assertEqual(k["bound"], "compute" if k["flops"] / 100 >= k["bytes"] / 10 else "memory")
            self.assertTrue(0 < k["vector_registers"] <= 32 and 0 < k["general_registers"] <= 16)
            self.assertGreaterEqual(k["spills"], 0)
        self.assertIn("not measured", self.text("kernels", CHAIN, *dumped.RATES))

    def kernels_of(self, text, *options):
        file = self.folder / "text.mlir"
        file.write_text(text)
        return self.report("kernels", file, *dumped.RATES, *options)["kernels"]

    def test_bytes_and_operations(self):
        # Of a slice what it takes, of a gather the windows and the indices; a function counts eight times.
        kernels = self.kernels_of("""
            func.func @f(%x: tensor<1000xf32>, %t: tensor<500x8xf32>, %i: tensor<10xi32>) -> tensor<10x8xf32> {
              %s = mx.slice %x {starts = #mx.dims<5>, sizes = #mx.dims<8>, strides = array<i64: 1>} : tensor<1000xf32>
              %e = mx.exp %s : tensor<8xf32>
              %g = mx.gather %t, %i {axes = array<i64: 0>, slice_sizes = #mx.dims<1, 8>} : tensor<500x8xf32>, tensor<10xi32>
              %r = mx.reshape %g {shape = #mx.dims<10, 8>} : tensor<10x1x8xf32>
              %y = mx.add %r, %e : tensor<10x8xf32>, tensor<8xf32>
              return %y : tensor<10x8xf32>
            }""")
        # The exponential is a kernel of its own: in the other it would be computed ten times.
        counts = {("exp" in k["ops"]): (k["bytes_read"], k["bytes_written"], k["flops"]) for k in kernels}
        self.assertEqual(counts, {True: (8 * 4, 8 * 4, 8 * 8), False: (10 * 8 * 4 + 10 * 4 + 8 * 4, 10 * 8 * 4, 80)})

    def test_sizes_that_are_not_known(self):
        text = """
            func.func @f(%x: tensor<?x4xf32, #mx.dims<s0, 4>>) -> tensor<?x4xf32, #mx.dims<s0, 4>> {
              %y = mx.negative %x : tensor<?x4xf32, #mx.dims<s0, 4>>
              return %y : tensor<?x4xf32, #mx.dims<s0, 4>>
            }"""
        (kernel,) = self.kernels_of(text)
        self.assertEqual((kernel["bytes"], kernel["flops"], kernel["floor_ns"]), (None, None, None))
        (kernel,) = self.kernels_of(text, "--sizes=25")
        self.assertEqual((kernel["bytes"], kernel["flops"]), (2 * 25 * 4 * 4, 25 * 4))

    def test_registers_and_spills_are_those_of_the_assembly(self):
        for kernel in self.report("kernels", self.compiled, *dumped.RATES)["kernels"]:
            text = (self.compiled / "kernels" / f"{kernel['kernel']}.s").read_text()
            self.assertEqual(kernel["spills"], text.count("Spill"))
            functions = re.split(r"^\.Lfunc_end.*$", text, flags=re.MULTILINE)
            most = max(len(set(re.findall(r"%[xyz]mm(\d+)", re.sub("#.*", "", function)))) for function in functions)
            self.assertEqual(kernel["vector_registers"], most)

    def test_fusion_of_a_chain(self):
        report = self.report("fusion", CHAIN)
        edges = [e for d in report["dispatches"] for e in d["unfused"]]
        self.assertEqual([(d["dispatch"], e["producer"]) for d in report["dispatches"] for e in d["unfused"]], [(1, 0), (2, 1), (2, 0), (3, 2), (4, 3)])
        self.assertEqual({e["bytes"] for e in edges}, {PRODUCT})
        self.assertEqual(sum(r["edges"] for r in report["reasons"]), 5)
        self.assertEqual(sum(r["bytes"] for r in report["reasons"]), 5 * PRODUCT)
        # The exponential is computed where the product before it is.
        self.assertIn("matmul, exp", report["dispatches"][3]["ops"])
        self.assertTrue(all(d["lines"][0].startswith(f"{CHAIN}:") for d in report["dispatches"]))

    def test_why(self):
        fused = self.report("why", CHAIN, "exp", f"{os.path.basename(CHAIN)}:7")
        self.assertTrue(fused["fused"])
        apart = self.report("why", CHAIN, "#0", "#4")
        self.assertFalse(apart["fused"])
        self.assertEqual([(h["from"], h["to"]) for h in apart["path"]], [(0, 2), (2, 3), (3, 4)])
        for hop in apart["path"]:
            self.assertIn(hop["reason"], self.text("why", CHAIN, "#4", "#0"))
        result = self.run_tool("why", CHAIN, "exp", "sin")
        self.assertEqual(result.returncode, 1)
        self.assertIn("'sin' names no op of a kernel", result.stderr)

    def test_phases(self):
        phases = {p["phase"]: p for p in self.report("phases", CHAIN)["phases"]}
        for name in ("traced", "core", "fused"):
            self.assertEqual((phases[name]["ops"]["mx.matmul"], phases[name]["ops"]["mx.exp"]), (5, 1))
        self.assertEqual(phases["traced"]["total"], 6)
        self.assertEqual(phases["fused"]["ops"]["mx.fusion"], 5)
        self.assertEqual(phases["program"]["ops"]["mxp.dispatch"], 5)
        self.assertGreater(phases["target"]["lines"], phases["program"]["lines"])
        self.assertRegex(self.text("phases", CHAIN), r"mx\.matmul +5 +5 +5 ")

    def test_a_measured_dump(self):
        reports = self.report("kernels", self.dump, *dumped.RATES)
        self.assertEqual(len(reports), len(list(self.dump.glob("*/program.json"))))
        report = self.report("kernels", self.compiled, *dumped.RATES)
        self.assertEqual(report["calls"], 8)
        for k in report["kernels"]:
            self.assertGreater(k["best_ns"], 0)
            self.assertGreaterEqual(k["mean_ns"], k["best_ns"])
            self.assertAlmostEqual(k["times_floor"], k["best_ns"] / k["floor_ns"])
        self.assertAlmostEqual(report["best_ns"], sum(k["best_ns"] for k in report["kernels"]))
        lines = {line for k in report["kernels"] for line in k["lines"]}
        self.assertTrue(any(line.endswith("program.cpp:16") for line in lines), lines)
        self.assertIn("the best of 8 calls", self.text("kernels", self.compiled, *dumped.RATES))

    def test_sizes_of_the_call(self):
        folder = next(f for f in sorted(self.dump.glob("*-eval")) if "mx.exp" in (f / "03-program.mlir").read_text())
        exponential = next(k for k in self.report("kernels", folder, *dumped.RATES)["kernels"] if "exp" in k["ops"])
        self.assertEqual(exponential["bytes_written"], 4000)
        sizes = json.loads((folder / "times.json").read_text())["symbols"]
        other = ",".join("2000" if s == 1000 else str(s) for s in sizes)
        exponential = next(k for k in self.report("kernels", folder, f"--sizes={other}", *dumped.RATES)["kernels"] if "exp" in k["ops"])
        self.assertEqual(exponential["bytes_written"], 8000)

    def test_machine_is_measured_once(self):
        root = self.folder / "copy"
        shutil.copytree(self.compiled, root / self.compiled.name)
        first = self.report("kernels", root)["machine"]
        self.assertEqual(json.loads((root / "machine.json").read_text()), first)
        self.assertTrue(first["measured"])
        self.assertTrue(all(v > 0 for v in first.values()))
        self.assertEqual(self.report("kernels", root)["machine"], first)

    def test_diff(self):
        same = self.report("diff", CHAIN, CHAIN)
        self.assertEqual(same[0]["kernels"], [])
        shorter = self.folder / "shorter.mlir"
        shorter.write_text(pathlib.Path(CHAIN).read_text().replace("mx.matmul %e, %x", "mx.matmul %t4, %x"))
        change = self.report("diff", CHAIN, shorter)[0]
        self.assertEqual(change["totals"]["ops"], [6, 5])
        self.assertEqual(change["totals"]["dispatches"], [5, 5])
        self.assertIn({"kernel": "matmul: matmul, exp", "before": 1, "after": 0}, change["kernels"])
        self.assertIn("-16.7%", self.text("diff", CHAIN, shorter))

    def test_env(self):
        result = subprocess.run([INSPECT, "env", "--json"], env={**os.environ, "MX_LOG": "error"}, capture_output=True, text=True, check=True)
        rows = json.loads(result.stdout)
        self.assertLessEqual(len(rows), 25)
        names = [row["name"] for row in rows]
        self.assertEqual(len(names), len(set(names)))
        self.assertLessEqual({"MX_DUMP", "MX_TRACE", "MX_NUM_THREADS"}, set(names))
        self.assertEqual(next(r for r in rows if r["name"] == "MX_LOG")["value"], "error")
        self.assertIn("MX_TRACE", self.text("env"))

    def test_cache(self):
        folder = self.folder / "cache"
        environment = {**os.environ, "MX_CACHE_DIR": str(folder)}

        def cache(*arguments):
            return subprocess.run([INSPECT, "cache", *arguments], env=environment, capture_output=True, text=True, check=False)

        self.assertEqual(json.loads(cache("--json").stdout)["entries"], [])
        self.assertFalse(folder.exists(), "looking makes no folder")
        subprocess.run([PROGRAM], env=environment, check=True, timeout=300)
        report = json.loads(cache("--json").stdout)
        self.assertEqual(len(report["entries"]), len(list(folder.iterdir())))
        self.assertEqual({entry["kind"] for entry in report["entries"]}, {"kernel"})
        self.assertEqual(sum(entry["bytes"] for entry in report["entries"]), report["bytes"])
        self.assertIn(f"{folder}: {len(report['entries'])} entries, ", cache().stdout)
        self.assertIn(f"{len(report['entries'])} deleted", cache("clear").stdout)
        self.assertEqual(list(folder.iterdir()), [])
        folder.chmod(0o777)
        refused = cache("clear")
        self.assertEqual(refused.returncode, 1)
        self.assertIn("can be written by others; chmod go-w it", refused.stderr)
        environment["MX_CACHE_DIR"] = "off"
        self.assertIn("nothing is cached on disk", cache().stdout)

    def test_gpu_target(self):
        report = self.report("kernels", CHAIN, "--target=spirv:vulkan1.2", *dumped.RATES)
        # Few small products are one chain there.
        self.assertEqual(sum(k["flops"] for k in report["kernels"]), 5 * 2 * 64**3 + 8 * 64 * 64)
        self.assertTrue(all(k["vector_registers"] is None and k["workgroup_size"] > 0 for k in report["kernels"]))
        self.assertIn("which are the processor's: give a GPU's", self.text("kernels", CHAIN, "--target=spirv:vulkan1.2"))

    def test_a_measured_dump_of_a_gpu(self):
        folder = self.folder / "gpu"
        start = time.monotonic_ns()
        if subprocess.run([PROGRAM, "gpu"], env={**os.environ, "MX_DUMP": str(folder)}, timeout=300).returncode == 77:
            self.skipTest("no GPU")
        compiled = next(folder.glob("*-compiled"))
        report = self.report("kernels", compiled, *dumped.RATES)
        self.assertEqual(report["calls"], 8)
        self.assertTrue(all(k["best_ns"] > 0 for k in report["kernels"]))
        times = json.loads((compiled / "times.json").read_text())
        self.assertEqual(set(times["count"]), {8})
        self.assertLess(sum(times["total_ns"]), time.monotonic_ns() - start)
        self.assertTrue(all((compiled / "kernels" / (k["kernel"] + ".spvasm")).exists() for k in report["kernels"]))
        self.assertIn("OpEntryPoint", self.unpacked(self.text("html", compiled, *dumped.RATES)))

    @staticmethod
    def unpacked(page):
        """All texts of a report."""
        texts = json.loads(re.search(r'id="texts">(.*?)</script>', page, re.DOTALL)[1])
        return "".join(zlib.decompress(base64.b64decode(text)).decode(errors="replace") for text in texts)

    def test_the_page_needs_nothing_else(self):
        page = self.text("html", self.compiled, *dumped.RATES)
        self.assertNotRegex(page, r"(src|href)=[\"']?(https?:)?//")
        self.assertIn("@k0", self.unpacked(page))
        self.assertNotIn("</script", json.loads(json.dumps(re.search(r'id="data">(.*?)</script>', page, re.DOTALL)[1])))

    def test_errors(self):
        def fails(pattern, *arguments):
            result = self.run_tool(*arguments)
            self.assertEqual(result.returncode, 1, arguments)
            self.assertRegex(result.stderr, "^mx-inspect: error: .*" + pattern)

        (self.folder / "empty").mkdir()
        fails("there is no /none", "fusion", "/none")
        fails("there is no command 'fuse'", "fuse", CHAIN)
        fails("memory takes 1 operands, not 0", "memory")
        fails("holds no dumped program; run the program with MX_DUMP=", "memory", self.folder / "empty")
        fails("the target 'arm' is none of", "memory", CHAIN, "--target=arm")
        text = self.folder / "none.mlir"
        text.write_text("no IR")
        fails("is no file of mx IR", "memory", text)
        fails("has no program whose folder starts with '9999'", "memory", self.dump, "--program=9999")

    def test_damaged_dumps_are_errors(self):
        description = json.loads((self.compiled / "program.json").read_text())

        def refuses(pattern, change):
            folder = self.folder / "damaged"
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            changed = json.loads(json.dumps(description))
            text = change(changed)
            (folder / "program.json").write_text(text if isinstance(text, str) else json.dumps(changed))
            for command in ("fusion", "memory", "kernels"):
                result = self.run_tool(command, folder, *dumped.RATES)
                self.assertEqual(result.returncode, 1, pattern)
                self.assertRegex(result.stderr, pattern)

        refuses("is no description of a program", lambda d: "{")
        refuses("is no description of a program", lambda d: d.pop("steps") and None)
        refuses("is no description of a program", lambda d: d.update(kernels=3))
        refuses("names the kernel 'k99', which is not there", lambda d: d["dispatches"][0].update(kernel="k99"))
        refuses("dispatch 0 has steps up to", lambda d: d["dispatches"][0].update(steps=10**6))
        refuses("reads the result of dispatch 7", lambda d: d["dispatches"][0].update(edges=[{"operand": 0, "producer": 7, "bytes": 1, "reason": ""}]))
        # A size that is none is unknown, not a fault.
        description["dispatches"][0]["flops"] = 2**62
        refuses("a slot of the arena has", lambda d: d["arena"].update(slots=[{"offset": 0, "bytes": 8, "first_step": 0, "last_step": 10**9}]))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
