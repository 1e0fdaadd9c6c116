"""What a second confounder costs beside the first: CPU time of measuring with and without it.

    python -m tests.benchmarks.confounders

Both are measured on the same embeddings, in turn, and the ratio is that of the pair. Goal: under
1.2 times for two confounders, whether or not the second one has the same tiles as the first.
"""

from __future__ import annotations

import argparse
import time

import numpy as np

from pathgui.core.measurement.measure import find_k, measure
from pathgui.core.reference.labels import TileLabels

ROUNDS = 3
SIZES = ((2_000, 512), (10_000, 512))  # tiles, numbers of an embedding
GOAL = 1.2


def material(n: int, dim: int) -> tuple[np.ndarray, TileLabels, dict[str, np.ndarray]]:
    """Four tissues at four centers with two scanners each; a batch that lacks a tenth of slides."""
    rng = np.random.default_rng(0)
    slide = np.arange(n) % 160
    tissue, center, scanner = rng.integers(0, 4, n), slide % 4, slide // 4 % 2
    values = rng.normal(size=(n, dim))
    for codes, scale in ((tissue, 0.25), (center, 0.2), (scanner, 0.15)):
        values += scale * rng.normal(size=(codes.max() + 1, dim))[codes]
    text = [np.char.add(letter, codes.astype(str)) for letter, codes in
            (("t", tissue), ("c", center), ("s", slide))]  # fmt: skip
    batch = np.where(slide % 10 == 0, "", np.char.add("b", (slide // 8 % 3).astype(str)))
    further = {"scanner": np.char.add("m", scanner.astype(str)), "batch": batch}
    return values.astype(np.float32), TileLabels(*text), further


def main() -> None:
    """Print the ratios."""
    argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    ).parse_args()
    for n, dim in SIZES:
        values, labels, further = material(n, dim)
        found = find_k(values, labels)
        seconds: dict[str, list[float]] = {name: [] for name in ("none", *further)}
        for _ in range(ROUNDS):
            for name, taken in seconds.items():
                more = {} if name == "none" else {name: further[name]}
                begun = time.process_time()
                measure(values, labels, k=21, found=found, confounders=more)
                taken.append(time.process_time() - begun)
        for name in further:
            ratios = np.array(seconds[name]) / np.array(seconds["none"])
            print(
                f"{n:,} x {dim}, and {name}: {np.median(ratios):.3f} "
                f"({ratios.min():.3f} to {ratios.max():.3f}; goal under {GOAL}), "
                f"{np.median(seconds['none']):.1f} s without"
            )


if __name__ == "__main__":
    main()
