"""Times the training step of examples/char_gpt in PyTorch and in mx: three alternating pairs of processes.

usage: compare.py --bench BUILD/bin/mx-bench --venv FOLDER --out FILE [--pairs N]
Makes the virtual environment when it is not there. PyTorch is first tried in every mode; the fastest takes part in the
pairs, and the minima over the pairs are compared.
"""
import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
MODES = [(mode, attention) for mode in ("eager", "compile") for attention in ("fused", "open")]


def make_environment(venv):
    """A virtual environment with the pinned packages; returns its Python."""
    python = venv / "bin" / "python"
    stamp = venv / "requirements.txt"
    wanted = (HERE / "requirements.txt").read_text()
    if stamp.exists() and stamp.read_text() == wanted:
        return python
    print(f"installing PyTorch into {venv} (4.5 GiB) ...", flush=True)
    shutil.rmtree(venv, ignore_errors=True)
    if subprocess.run([sys.executable, "-m", "venv", str(venv)], check=False).returncode != 0:
        sys.exit("compare: this Python cannot make a virtual environment; on Debian install python3-venv")
    subprocess.run([str(python), "-m", "pip", "install", "-q", "--no-deps", "-r", str(HERE / "requirements.txt")],
                   check=True)
    stamp.write_text(wanted)
    return python


def run_torch(python, mode, attention, steps):
    """One process of PyTorch; what char_gpt_torch.py printed."""
    done = subprocess.run([str(python), str(HERE / "char_gpt_torch.py"), f"--mode={mode}", f"--attention={attention}",
                           f"--steps={steps}"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"compare: PyTorch failed:\n{done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])


def run_mx(bench):
    """One process of mx-bench; minimum and median of a step in milliseconds."""
    done = subprocess.run([str(bench), "--benchmark_filter=^train/char_gpt_step", "--benchmark_format=json"],
                          stdout=subprocess.PIPE, text=True, check=True, env=os.environ | {"MX_NUM_THREADS": "2"})
    row = json.loads(done.stdout)["benchmarks"][0]
    return {"min_ms": row["min_ms"], "median_ms": row["median_ms"]}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bench", required=True)
    parser.add_argument("--venv", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--pairs", type=int, default=3)
    options = parser.parse_args()

    python = make_environment(pathlib.Path(options.venv))
    tried = [run_torch(python, mode, attention, 40) for mode, attention in MODES]
    for result in tried:
        print(f"PyTorch {result['mode']}, {result['attention']} attention: {result['min_ms']:.1f} ms", flush=True)
    best = min(tried, key=lambda result: result["min_ms"])

    torch_runs, mx_runs = [], []
    for pair in range(options.pairs):
        torch_runs.append(run_torch(python, best["mode"], best["attention"], 60))
        mx_runs.append(run_mx(options.bench))
        print(f"pair {pair + 1}: PyTorch {torch_runs[-1]['min_ms']:.1f} ms, mx {mx_runs[-1]['min_ms']:.1f} ms", flush=True)
    result = {
        "torch": best["torch"],
        "mode": f"{best['mode']}, {best['attention']} attention",
        "tried": {f"{r['mode']}, {r['attention']} attention": r["min_ms"] for r in tried},
        # A mode that was fast only when it was tried still counts for PyTorch.
        "torch_ms": min(r["min_ms"] for r in torch_runs + [best]),
        "torch_median_ms": min(r["median_ms"] for r in torch_runs + [best]),
        "mx_ms": min(r["min_ms"] for r in mx_runs),
        "mx_median_ms": min(r["median_ms"] for r in mx_runs),
        "pairs": [[t["min_ms"], m["min_ms"]] for t, m in zip(torch_runs, mx_runs)],
    }
    pathlib.Path(options.out).write_text(json.dumps(result, indent=1))
    print(f"mx is {result['torch_ms'] / result['mx_ms']:.2f} times as fast as PyTorch ({result['mode']})")


if __name__ == "__main__":
    main()
