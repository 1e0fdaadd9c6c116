"""Do intervals hold the true value as often as they say, and tests reject as rarely?

    python tests/benchmarks/coverage.py --rounds 400

Each round draws new slides and tiles for the same tissues and centers. The true value is the mean
index over all rounds. In brackets stands how far the coverage itself is known from so many rounds
(95 %, Wilson). Beside the interval that pathgui gives stands the bootstrap with neighbour lists
held fixed, as other programs do it. The size of the permutation test is the share of rounds with
p <= 0.05 where center means nothing.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from typing import Any

import numpy as np

from pathgui.core.metrics import intervals, permutation
from pathgui.core.metrics import robustness_index as ri
from pathgui.core.neighbors import nearest


@dataclass(frozen=True)
class Design:
    """Tissues, centers, slides a cell, tiles a slide; sizes of the effects next to noise of 1."""

    tissues: int
    centers: int
    slides: int
    tiles: int
    k: int
    tissue: float
    center: float
    slide: float


DESIGNS = [
    Design(2, 2, 8, 8, 5, 0.5, 0.5, 0.5),
    Design(2, 2, 8, 8, 11, 0.5, 0.5, 0.5),
    Design(2, 2, 8, 8, 21, 0.5, 0.5, 0.5),
    Design(2, 2, 8, 8, 11, 1.0, 1.0, 0.3),
    Design(2, 2, 16, 8, 11, 0.5, 0.5, 0.5),
    Design(3, 4, 8, 5, 11, 0.5, 0.5, 0.5),
    Design(6, 3, 8, 5, 11, 0.5, 0.0, 0.5),
    Design(2, 2, 8, 8, 11, 0.5, 0.0, 0.5),
    Design(2, 2, 8, 8, 11, 0.5, 0.5, 0.1),
    Design(2, 2, 8, 8, 11, 0.0, 0.0, 0.3),
    Design(2, 2, 8, 8, 5, 0.0, 0.0, 0.0),
    Design(2, 2, 8, 8, 11, 0.0, 0.0, 0.0),
    Design(2, 2, 16, 8, 11, 0.0, 0.0, 0.0),
    Design(4, 4, 8, 8, 21, 0.0, 0.0, 0.0),
    Design(6, 3, 8, 5, 11, 0.0, 0.0, 0.0),
    Design(4, 4, 4, 12, 11, 1.0, 1.0, 0.5),
    Design(2, 2, 4, 8, 5, 0.5, 0.5, 0.5),
]


def draw(design: Design, seed: int, d: int = 16) -> tuple[Any, ...]:
    fixed, rng = np.random.default_rng(5), np.random.default_rng(seed)
    tissue_effect = design.tissue * fixed.standard_normal((design.tissues, d))
    center_effect = design.center * fixed.standard_normal((design.centers, d))
    n = design.tissues * design.centers * design.slides
    slide = np.arange(n)
    tissue, center = np.divmod(slide // design.slides, design.centers)
    mean = tissue_effect[tissue] + center_effect[center]
    mean += design.slide * rng.standard_normal((n, d))
    groups = np.repeat(slide, design.tiles)
    values = mean[groups] + rng.standard_normal((len(groups), d))
    return values, tissue[groups], center[groups], groups


def measure(design: Design, seed: int, replicates: int) -> tuple[float, Any, Any, float | None]:
    values, tissue, center, groups = draw(design, seed)
    k = design.k
    found = nearest(values, groups, min(2 * k + 30, len(values) - design.tiles))
    kinds = ri.kinds_of(found, tissue, center)
    by_anchor = ri.counts_by_anchor(kinds, k)
    total = by_anchor.sum(axis=0)
    value = ri.robustness_index(total)
    assert value is not None
    strata = intervals.strata_of(groups, tissue, center)
    draws = intervals.resampling_weights(strata, replicates, seed)
    counts = intervals.resample(found, kinds, groups, 0 * groups, k, draws).counts[0]
    ours = intervals.ratio_interval(
        value,
        intervals.share_of(counts[:, ri.SO], counts[:, ri.OS]),
        intervals.pair_noise(by_anchor, intervals.mutual_share(found, kinds, k)),
        intervals.repeats(draws),
    )
    sums = np.zeros((groups.max() + 1, 4))
    np.add.at(sums, groups, by_anchor)
    plain = intervals.resampling_weights(np.zeros(len(sums), np.intp), replicates, seed)
    lists_fixed = plain.astype(np.float64) @ sums
    fixed = intervals.percentile_interval(
        intervals.share_of(lists_fixed[:, ri.SO], lists_fixed[:, ri.OS])
    )
    p = None
    if design.center == 0:
        null = permutation.permute(found, tissue, center, groups, k, seed, exchanged_is_center=True)
        assert null is not None
        test = permutation.compare_with(
            value, intervals.share_of(null.counts[:, ri.SO], null.counts[:, ri.OS])
        )
        p = None if test is None else test.p
    return value, ours, fixed, p


def known_to(share: float, rounds: int) -> tuple[float, float]:
    """The 95 % interval of a share that was seen in some rounds, after Wilson."""
    z2 = 1.96**2 / rounds
    middle = (share + z2 / 2) / (1 + z2)
    half = np.sqrt(z2 * (share * (1 - share) + z2 / 4)) / (1 + z2)
    return middle - half, middle + half


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--replicates", type=int, default=400)
    parser.add_argument("--designs", type=int, nargs="+", help="numbers from 0; all by default")
    given = parser.parse_args()
    print(
        "| tissues x centers | slides a cell | tiles a slide | k | effects: tissue, center, slide "
        "| mean RI | coverage | width | coverage, lists fixed | size of the test |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|")
    for design in [DESIGNS[i] for i in given.designs or range(len(DESIGNS))]:
        done = [measure(design, seed, given.replicates) for seed in range(given.rounds)]
        values = np.array([one[0] for one in done])
        truth = values.mean()
        cells = []
        for slot in (1, 2):
            bounds = np.array([one[slot] for one in done])
            held = np.mean((bounds[:, 0] <= truth) & (truth <= bounds[:, 1]))
            width = np.mean(bounds[:, 1] - bounds[:, 0]) / (3.92 * values.std())
            cells.append((held, width))
        ps = [one[3] for one in done if one[3] is not None]
        size = f"{np.mean(np.array(ps) <= 0.05):.1%}" if ps else ""
        low, high = known_to(cells[0][0], len(done))
        print(
            f"| {design.tissues} x {design.centers} | {design.slides} | {design.tiles} "
            f"| {design.k} | {design.tissue}, {design.center}, {design.slide} | {truth:.3f} "
            f"| {cells[0][0]:.1%} ({low * 100:.1f} to {high * 100:.1f}) | {cells[0][1]:.2f} "
            f"| {cells[1][0]:.1%} | {size} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
