#!/usr/bin/env python3
"""Writes docs/benchmarks.md from what mx-bench and the peers measured.

usage: bench-table.py RESULTS OUT    RESULTS has mx-bench.json and mx-bench-compile.json (Google Benchmark), and perhaps
                                     mx-bench-gpu.json and peers.json
"""
import json
import math
import pathlib
import sys

TRAIN_BAR = 1.26
MATMUL_MEAN_BAR = 0.95


def number(value):
    """Three significant digits."""
    if value == 0:
        return "0"
    digits = max(0, 2 - math.floor(math.log10(abs(value))))
    return f"{value:,.{digits}f}"


def verdict(ratio, sense, bar):
    """`met` or `missed` against a bar."""
    return "met" if (ratio >= bar if sense == ">=" else ratio <= bar) else "**missed**"


def notes(row):
    """The row's further numbers."""
    found = [f"{key[5:].replace('_', ' ')} {number(value)}" for key, value in row.items() if key.startswith("note_")]
    if row.get("error_occurred"):
        found.insert(0, f"**{row['error_message']}**")
    return "; ".join(found)


def limits_table(rows):
    yield "| limit | value | min ms | median ms |"
    yield "|---|---|---|---|"
    for row in rows:
        unit = row["label"].split("|")[0]
        yield (f"| {row['name']} | {number(row['value'])} {unit} | {number(row['min_ms'])} | "
               f"{number(row['median_ms'])} |")


def work_table(rows):
    yield "| work | min | median | against | min | median | ratio | bar | | notes |"
    yield "|---|---|---|---|---|---|---|---|---|---|"
    for row in rows:
        if "min_ms" not in row:  # failed before it measured
            yield f"| {row['name']} | | | | | | | | **failed** | {notes(row)} |"
            continue
        other, sense, bar = row["label"].split("|")
        mark = verdict(row["ratio"], sense, float(bar)) if sense and "ratio" in row else ""
        if row.get("error_occurred"):
            mark = "**failed**"
        if other == "microseconds":
            shown = [f"{number(row['min_ms'] * 1e3)} us", f"{number(row['median_ms'] * 1e3)} us", "", "", "", "",
                     f"{sense} {number(float(bar))} us" if sense else ""]
        elif "other_min_ms" in row:
            shown = [f"{number(row['min_ms'])} ms", f"{number(row['median_ms'])} ms", other,
                     f"{number(row['other_min_ms'])} ms", f"{number(row['other_median_ms'])} ms",
                     number(row["ratio"]), f"{sense} {bar}"]
        else:
            shown = [f"{number(row['min_ms'])} ms", f"{number(row['median_ms'])} ms",
                     f"{number(row['value'])} {other}", "", "", "", ""]
        yield f"| {row['name']} | {' | '.join(shown)} | {mark} | {notes(row)} |"
    squares = [row["ratio"] for row in rows if row["name"].startswith("matmul/") and "ratio" in row]
    if squares:
        mean = math.prod(squares) ** (1 / len(squares))
        yield (f"| matmul, geometric mean | | | OpenBLAS | | | {number(mean)} | >= {MATMUL_MEAN_BAR} | "
               f"{verdict(mean, '>=', MATMUL_MEAN_BAR)} | |")


def peers_table(peers):
    ratio = peers["torch_ms"] / peers["mx_ms"]
    yield f"PyTorch {peers['torch']}, {peers['mode']} (the fastest of: " + "; ".join(
        f"{mode} {number(ms)} ms" for mode, ms in peers["tried"].items()) + ")."
    yield ""
    yield "| work | mx min | mx median | PyTorch min | PyTorch median | speed-up | bar | |"
    yield "|---|---|---|---|---|---|---|---|"
    yield (f"| char_gpt step | {number(peers['mx_ms'])} ms | {number(peers['mx_median_ms'])} ms | "
           f"{number(peers['torch_ms'])} ms | {number(peers['torch_median_ms'])} ms | {number(ratio)} | "
           f">= {TRAIN_BAR} | {verdict(ratio, '>=', TRAIN_BAR)} |")
    yield ""
    yield "Minima of the pairs (PyTorch, mx): " + "; ".join(
        f"{number(torch)}, {number(mx)} ms" for torch, mx in peers["pairs"]) + "."


def rows_of(measured):
    for row in measured["benchmarks"]:
        row["name"] = row["name"].split("/iterations:")[0]
    return measured["benchmarks"]


def gpu_tables(measured):
    rows = rows_of(measured)
    yield f"Device: {measured['context']['gpu']}. Its limits are shaders written by hand; rates are compared, of bytes or of operations."
    yield ""
    yield from work_table(rows)


def cpu_name():
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return "unknown CPU"


def main():
    results, out = map(pathlib.Path, sys.argv[1:])
    measured = json.loads((results / "mx-bench.json").read_text())
    rows = rows_of(measured) + rows_of(json.loads((results / "mx-bench-compile.json").read_text()))
    context = measured["context"]
    lines = [
        "# Benchmarks",
        "",
        "Written by `scripts/bench`; PyTorch's part by `scripts/bench --peers`. Every ratio is between two things timed in",
        "the same process, in turns, each with the other's threads asleep (PyTorch: in alternating processes). Minima are",
        "compared. Absolute figures belong to this machine and this hour.",
        "",
        f"Machine: {cpu_name()}, {context['num_cpus']} cores, {context['vector_unit']}; {context['threads']} threads. "
        f"OpenBLAS: {context['openblas'].strip()}.",
        "",
        "## Limits of the machine",
        "",
        *limits_table([row for row in rows if row["name"].startswith("peak/") and "value" in row]),
        "",
        "## mx",
        "",
        *work_table([row for row in rows if not row["name"].startswith("peak/")]),
    ]
    if (results / "mx-bench-gpu.json").exists():
        lines += ["", "## mx on a GPU", "", *gpu_tables(json.loads((results / "mx-bench-gpu.json").read_text()))]
    if (results / "peers.json").exists():
        lines += ["", "## PyTorch, the same training step", "",
                  *peers_table(json.loads((results / "peers.json").read_text()))]
    out.parent.mkdir(exist_ok=True)
    out.write_text("\n".join(lines) + "\n")
    print(f"wrote {out}")
    missed = sum("**missed**" in line or "**failed**" in line for line in lines)
    if missed:
        print(f"{missed} bars missed")


if __name__ == "__main__":
    main()
