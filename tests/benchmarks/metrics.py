"""All neighbor metrics beside one bare product with top k, and beside croma.

    python -m tests.benchmarks.metrics          # 5,100, 20,400 and 100,000 x 1,024, k = 50

Every measurement is a process of its own with one thread, so its peak memory is its own and no
thread burns time waiting for another; the programs take turns. CPU seconds are of the process,
which a busy machine disturbs least. croma is left out beyond 50,000 tiles: it would take hours. The
data are tissue, center and slide effects with noise: 4 tissues at 4 centers, some 50 tiles a slide.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import resource
import subprocess
import sys
import time
from typing import Any

import numpy as np

PROGRAMS = ("product", "ours", "croma")
MOST_OF_CROMA = 50_000
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


def data(n: int, d: int) -> tuple[Any, ...]:
    rng = np.random.default_rng(0)
    slides = max(16, n // 50)
    slide = np.sort(np.arange(n) % slides)
    cell = slide % 16
    effects = [rng.standard_normal((count, d), np.float32) for count in (4, 4, slides)]
    values = rng.standard_normal((n, d), np.float32)
    codes = (cell // 4, cell % 4, slide)
    for effect, code, size in zip(effects, codes, (0.4, 0.3, 0.3), strict=True):
        for start in range(0, n, 4096):
            values[start : start + 4096] += size * effect[code[start : start + 4096]]
    return values, *codes


def product(values: Any, tissue: Any, center: Any, slide: Any, k: int) -> dict[str, float]:
    """The least that any exact search must do: normalize, multiply in blocks, take the top k."""
    import torch

    unit = torch.from_numpy(values)
    unit /= unit.norm(dim=1, keepdim=True)
    block = max(1, min(1024, 256_000_000 // (4 * len(unit))))
    for start in range(0, len(unit), block):
        (unit[start : start + block] @ unit.T).topk(k + 1)
    return {}


def ours(values: Any, tissue: Any, center: Any, slide: Any, k: int) -> dict[str, Any]:
    from pathgui.core.measurement.measure import measure
    from pathgui.core.reference.labels import TileLabels

    labels = TileLabels(*(column.astype(str) for column in (tissue, center, slide)))
    got = measure(values, labels, k=k, probes=False, geometry=False)
    return {
        "RI": got.robustness_index.value,
        "MaRI": got.mari.value,  # type: ignore[union-attr]
        "CRoMa": next(c.value for c in got.croma if c.m == 5),
    }


def for_croma(values: Any, tissue: Any, center: Any, slide: Any) -> dict[str, Any]:
    """Embeddings and labels as croma takes them."""
    import pandas as pd

    rows = np.arange(len(values)).astype(str)
    manifest = pd.DataFrame(
        {
            "dataset": "d",
            "sample_id": rows,
            "image_path": rows,
            "group_id": slide.astype(str),
            "label": tissue.astype(str),
            "center": center.astype(str),
        }
    )
    return {"features": values, "manifest": manifest, "confounder_column": "center"}


def croma(values: Any, tissue: Any, center: Any, slide: Any, k: int) -> dict[str, float]:
    import croma as peer

    given = for_croma(values, tissue, center, slide)
    return {
        "RI": float(peer.RI.compute(**given, k_candidates=[k]).value),
        "MaRI": float(peer.MaRI.compute(**given, k_candidates=[k]).value),
        "CRoMa": float(peer.CRoMa.compute(**given, m=5).value),
    }


def run_one(program: str, n: int, d: int, k: int) -> None:
    given = data(n, d)
    # Imports are not what is measured.
    imported = importlib.import_module("croma" if program == "croma" else "torch")
    if program != "croma":
        imported.set_num_threads(1)
    if program == "ours":
        importlib.import_module("scipy.special")
        importlib.import_module("scipy.sparse")
    cpu, wall = time.process_time(), time.perf_counter()
    values = {"product": product, "ours": ours, "croma": croma}[program](*given, k)
    print(
        json.dumps(
            {
                "cpu": time.process_time() - cpu,
                "wall": time.perf_counter() - wall,
                "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
                "values": values,
            }
        )
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tiles", type=int, nargs="+", default=[5100, 20400, 100_000])
    parser.add_argument("--dim", type=int, default=1024)
    parser.add_argument("-k", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--skip", nargs="*", default=[], choices=PROGRAMS)
    parser.add_argument("--one", choices=PROGRAMS, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        run_one(given.one, given.tiles[0], given.dim, given.k)
        return
    print(
        f"{'tiles':>7} {'program':>8} {'CPU s':>8} {'wall s':>8} {'peak MB':>8} {'CPU/product':>12}"
    )
    for n in given.tiles:
        programs = [name for name in PROGRAMS if name not in given.skip]
        if n > MOST_OF_CROMA:
            programs = [name for name in programs if name != "croma"]
        rounds: dict[str, list[dict[str, Any]]] = {name: [] for name in programs}
        for _ in range(given.rounds):
            for name in programs:
                command = [sys.executable, __file__, "--one", name, "--tiles", str(n)]
                command += ["--dim", str(given.dim), "-k", str(given.k)]
                environment = os.environ | ONE_THREAD
                done = subprocess.run(
                    command, check=True, capture_output=True, text=True, env=environment
                )
                rounds[name].append(json.loads(done.stdout.splitlines()[-1]))
        for name in programs:
            cpu, wall, peak = (
                float(np.median([one[what] for one in rounds[name]]))
                for what in ("cpu", "wall", "peak_mb")
            )
            ratio = ""
            if "product" in rounds:
                base = [one["cpu"] for one in rounds["product"]]
                mine = [one["cpu"] for one in rounds[name]]
                ratio = f"{np.median(np.array(mine) / base):.2f}"
            values = rounds[name][0]["values"]
            told = ", ".join(f"{what} {value:.6f}" for what, value in values.items())
            line = f"{n:>7} {name:>8} {cpu:>8.1f} {wall:>8.1f} {peak:>8.0f} {ratio:>12}  {told}"
            print(line, flush=True)


if __name__ == "__main__":
    main()
