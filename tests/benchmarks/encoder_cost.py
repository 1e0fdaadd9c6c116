#!/usr/bin/env python3
"""What 1,000 tiles cost with each encoder that comes with pathgui: CPU seconds, memory, disk.

The demo's reference set is embedded on the CPU by ``pathgui reference embeddings``, and its
embeddings are asked for once more. The second command does everything but embed, so the
difference is what embedding costs. CPU seconds of all threads survive other work on the machine,
wall times do not. The last lines are ``pathgui evaluate`` without a slide, on kept embeddings:
measuring, and with maps.

    python -m tests.benchmarks.encoder_cost
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from pathgui.core.encoders.bundled import BUNDLED  # noqa: E402
from pathgui.core.phantom.demo_to_evaluate import prepare_demo  # noqa: E402


@dataclass(frozen=True)
class Spent:
    """What one command took."""

    cpu_s: float
    wall_s: float
    peak_mb: float


def main() -> None:
    argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    ).parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        reference = prepare_demo(folder / "demo").reference
        tiles = len(reference)
        home = {"PATHGUI_HOME": str(folder / "home")}
        print(f"{tiles} tiles, {os.cpu_count()} cores; CPU seconds for 1,000 tiles")
        for spec in BUNDLED:
            words = ["reference", "embeddings", str(reference.folder), "--encoder", spec.name]
            words += ["--device", "cpu", "--overwrite", "--out", str(folder / "embeddings.npz")]
            first, again = spend(words, home), spend(words, home)
            cpu = (first.cpu_s - again.cpu_s) * 1000 / tiles
            wall = (first.wall_s - again.wall_s) * 1000 / tiles
            print(
                f"{spec.name}: {cpu:.0f} CPU s, {wall:.0f} s on the clock, "
                f"peak {first.peak_mb:.0f} MB, {4 * spec.dim + 2} bytes a tile"
            )
            words = ["evaluate", "--reference", str(reference.folder), "--encoder", spec.name]
            words += ["--device", "cpu", "--overwrite", "--out", str(folder / "a.pgrun")]
            plain, maps = spend([*words, "--no-maps"], home), spend(words, home)
            print(
                f"    measuring with all around it: {plain.cpu_s:.0f} CPU s, peak "
                f"{plain.peak_mb:.0f} MB; maps: {maps.cpu_s - plain.cpu_s:.0f} CPU s more"
            )


def spend(words: list[str], home: dict[str, str]) -> Spent:
    """Run a command of pathgui and say what it took."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    with tempfile.TemporaryFile("w+") as said:
        process = subprocess.Popen(
            [sys.executable, "-m", "pathgui", *words],
            env={**os.environ, **home, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.DEVNULL,
            stderr=said,
        )
        peak = 0.0
        while process.poll() is None:
            peak = max(peak, _resident_mb(process.pid))
            time.sleep(0.1)
        if process.returncode:
            said.seek(0)
            sys.exit(said.read())
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Spent(cpu, time.perf_counter() - started, peak)


def _resident_mb(pid: int) -> float:
    try:
        return float(psutil.Process(pid).memory_info().rss) / 1e6
    except psutil.NoSuchProcess:
        return 0.0


if __name__ == "__main__":
    main()
