"""`python -m benchmarks`: one table of ratios, measured side by side in one process."""

import argparse
import importlib
import json
import os
import platform
import sys
from pathlib import Path

from rnn_models.console import take_any_text

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

WORK = ("lengths", "generation", "sentiment", "translation", "captioning", "video", "hub")
"""What models do: modules of this package whose `run()` gives rows of {what, value, unit, note}."""


def main() -> None:
    """Parse the command line, measure, print."""
    take_any_text()
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("what", nargs="*", help=f"{', '.join(['layers', *WORK])}; all if none is named")
    parser.add_argument("--cells", nargs="+", default=["lstm", "gru", "vanilla"], choices=["lstm", "gru", "vanilla"])
    parser.add_argument("--shapes", nargs="+", default=["S1", "S2", "S4", "one"], choices=["S1", "S2", "S4", "one"])
    parser.add_argument("--repeats", type=int, default=9, help="rounds (default: 9)")
    parser.add_argument("--seconds", type=float, default=0.3, help="least time of a rival in a round (default: 0.3)")
    parser.add_argument("--json", type=Path, help="also write the rows to this file")
    options = parser.parse_args()
    unknown = set(options.what) - {"layers", *WORK}
    if unknown:
        parser.error(f"unknown: {', '.join(sorted(unknown))}; expected layers, {' or '.join(WORK)}")
    if options.repeats < 1:
        parser.error(f"--repeats is {options.repeats}; expected 1 or more")
    what = options.what or ["layers", *WORK]

    import keras

    print(f"backend {keras.backend.backend()}, {_versions()}, {os.cpu_count()} cores, {platform.machine()}")
    results = {}
    if "layers" in what:
        results["layers"] = _layers(options)
    for name in WORK:
        if name in what:
            results[name] = importlib.import_module(f"benchmarks.{name}").run()
            print("\n| what | value | unit | note |\n|---|---|---|---|")
            for row in results[name]:
                print(f"| {row['what']} | {_number(row['value'])} | {row['unit']} | {row['note']} |")
    if options.json:
        options.json.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:,.1f}"


def _layers(options: argparse.Namespace) -> list[dict]:
    from benchmarks import layers

    print(f"large matrix products: {layers.matmul_rate() / 1e9:,.0f} GFLOP/s\n")
    print("| cell | shape | pass | ours, ms | × keras.layers | × torch.nn | share of the matrix-product limit |")
    print("|---|---|---|---|---|---|---|")
    rows = []
    for shape in options.shapes:
        for cell in options.cells:
            for row in layers.run([cell], [shape], options.repeats, options.seconds):
                rows.append(row)
                ratios = [
                    f"{row[f'x {r}']:.2f} ({row[f'x {r} low']:.2f}–{row[f'x {r} high']:.2f})"
                    if f"x {r}" in row
                    else "–"
                    for r in ("keras", "torch")
                ]
                line = [cell, shape, row["pass"], f"{row['ours ms']:.2f}", *ratios, f"{row['share']:.0%}"]
                print("| " + " | ".join(line) + " |", flush=True)
    return rows


def _versions() -> str:
    import importlib.metadata as metadata

    found = []
    for package in ("keras", "tensorflow", "jax", "torch"):
        try:
            found.append(f"{package} {metadata.version(package)}")
        except metadata.PackageNotFoundError:
            continue
    return ", ".join([*found, f"Python {sys.version.split()[0]}"])


if __name__ == "__main__":
    main()
