"""Do intervals hold the true value as often as they say, and does noise go undecided?

    python tests/benchmarks/coverage.py --rounds 400
    python tests/benchmarks/coverage.py --rounds 200 --probes --designs 1 2 7

Each round draws new slides and tiles for the same tissues and centers; the true value of a number
is its mean over all rounds. *Coverage*: share of nominal 95 % intervals that hold it, with how far
that share is known from so many rounds (two standard errors). *By tissue*, *by center*: rounds in
which the interval of the index leaves out the null to that side; in noise both are false.
*Letters*: rounds in which two encoders of the same worth are told apart. Beside it stands the
bootstrap over slides recentered on the value. One search for neighbours serves everything.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from pathgui.core import probe
from pathgui.core.metrics import attribution, jackknife, knn, left_out, margin
from pathgui.core.metrics import robustness_index as ri
from pathgui.core.metrics.results import Interval
from pathgui.core.neighbors import nearest_with_kinds
from pathgui.core.phantom.reference import pieces
from tests.benchmarks import bootstrap

BAR = (0.92, 0.99)  # of coverage, where strata have five slides or more
LEAST = 0.88  # everywhere else
MOST_FALSE = 0.04  # verdicts in noise
MOST_LETTERS = 0.07
FEW = 5  # slides a cell, below which only LEAST is asked for
REPLICATES = 300


@dataclass(frozen=True)
class Design:
    """Tissues, centers, slides, tiles; sizes of the effects next to noise of 1."""

    name: str
    tissues: int
    centers: int
    slides: int  # a center where slides have all tissues, else a cell
    all_tissues: bool  # on each slide
    tiles: int | tuple[int, int]  # of a tissue on a slide; a range: drawn from it
    k: int
    effects: tuple[float, float, float]  # of tissue, center, slide
    demo: bool = False  # two tissues a slide, as the demo's reference set has them

    @property
    def noise(self) -> bool:
        """Whether neither tissue nor center means anything."""
        return not self.effects[0] and not self.effects[1]


HALF, NOTHING, SLIDES = (0.5, 0.5, 0.5), (0.0, 0.0, 0.0), (0.0, 0.0, 0.5)
DESIGNS = [
    Design("both tissues, 3 slides a center", 2, 2, 3, True, 8, 11, HALF),
    Design("both tissues, 5", 2, 2, 5, True, 8, 11, HALF),
    Design("both tissues, 10", 2, 2, 10, True, 8, 11, HALF),
    Design("both tissues, 20", 2, 2, 20, True, 8, 11, HALF),
    Design("4 x 3, all on each slide, 6", 4, 3, 6, True, 4, 11, HALF),
    Design("one tissue, 2 slides a cell", 2, 2, 2, False, 8, 11, HALF),
    Design("one tissue, 3", 2, 2, 3, False, 8, 11, HALF),
    Design("one tissue, 5", 2, 2, 5, False, 8, 11, HALF),
    Design("one tissue, 8", 2, 2, 8, False, 8, 11, HALF),
    Design("one tissue, 8, 1 to 60 tiles", 2, 2, 8, False, (1, 60), 11, HALF),
    Design("one tissue, 8, strong", 2, 2, 8, False, 8, 11, (1.0, 1.0, 0.3)),
    Design("6 x 3, 8", 6, 3, 8, False, 5, 11, (0.5, 0.0, 0.5)),
    Design("40 centers, 4 slides, 1 tile", 2, 40, 4, True, 1, 5, HALF),
    Design("40 centers, 1 slide a cell, 2 tiles", 2, 40, 1, False, 2, 5, HALF),
    Design("noise: both tissues, 2", 2, 2, 2, True, 8, 11, NOTHING),
    Design("noise: both tissues, 3", 2, 2, 3, True, 8, 11, NOTHING),
    Design("noise: both tissues, 5", 2, 2, 5, True, 8, 11, NOTHING),
    Design("noise: both tissues, 10", 2, 2, 10, True, 8, 11, NOTHING),
    Design("noise: both tissues, 5, slides differ", 2, 2, 5, True, 8, 11, SLIDES),
    Design("noise: 4 x 3, all on each slide, 6", 4, 3, 6, True, 4, 11, NOTHING),
    Design("noise: one tissue, 2", 2, 2, 2, False, 8, 11, NOTHING),
    Design("noise: one tissue, 3", 2, 2, 3, False, 8, 11, NOTHING),
    Design("noise: one tissue, 8", 2, 2, 8, False, 8, 11, NOTHING),
    Design("noise: one tissue, 8, slides differ", 2, 2, 8, False, 8, 11, SLIDES),
    Design("noise: one tissue, 8, 1 to 60 tiles", 2, 2, 8, False, (1, 60), 11, NOTHING),
    Design("noise: 40 centers, 1 slide a cell, 2 tiles", 2, 40, 1, False, 2, 5, NOTHING),
    Design("noise: 40 centers, 2 slides, 1 tile", 2, 40, 2, True, 1, 5, NOTHING),
    Design("noise: 40 centers, 4 slides, 1 tile", 2, 40, 4, True, 1, 5, NOTHING),
    Design("noise: labels of the demo", 5, 4, 4, True, 12, 11, NOTHING, demo=True),
]


@dataclass(frozen=True)
class Data:
    """Labels of one round, and two encoders' embeddings of the same slides."""

    tissue: Any
    center: Any
    groups: Any
    pair: tuple[Any, Any]


def draw(design: Design, seed: int, d: int = 16) -> Data:
    fixed, rng = np.random.default_rng(5), np.random.default_rng(seed)
    tissue_effect = design.effects[0] * fixed.standard_normal((design.tissues, d))
    center_effect = design.effects[1] * fixed.standard_normal((design.centers, d))
    if design.demo:
        plan = pieces(1.0, design.slides, 0)
        slide, tissue, center = (
            np.unique([getter(piece) for piece in plan], return_inverse=True)[1]
            for getter in (
                lambda piece: piece.slide,
                lambda piece: piece.tissue,
                lambda piece: piece.center.name,
            )
        )
        n_slides = int(slide.max()) + 1
    elif design.all_tissues:
        n_slides = design.centers * design.slides
        slide = np.repeat(np.arange(n_slides), design.tissues)
        tissue, center = np.tile(np.arange(design.tissues), n_slides), slide // design.slides
    else:
        n_slides = design.tissues * design.centers * design.slides
        slide = np.arange(n_slides)
        tissue, center = np.divmod(slide // design.slides, design.centers)
    if isinstance(design.tiles, tuple):
        times = rng.integers(design.tiles[0], design.tiles[1] + 1, len(slide))
    else:
        times = np.full(len(slide), design.tiles)
    groups, tissue, center = (np.repeat(column, times) for column in (slide, tissue, center))
    mean = tissue_effect[tissue] + center_effect[center]
    mean += design.effects[2] * rng.standard_normal((n_slides, d))[groups]
    shared = rng.standard_normal(mean.shape)
    # The second encoder sees the same tiles, and half of the noise is its own.
    own = rng.standard_normal(mean.shape)
    pair = mean + shared, mean + np.sqrt(0.5) * (shared + own)
    return Data(tissue, center, groups, pair)


@dataclass(frozen=True)
class Found:
    """One number of one round."""

    value: float
    interval: Interval


@dataclass(frozen=True)
class Round:
    """Everything of one round."""

    null: float
    numbers: dict[str, Found]
    recentered: Interval
    same: bool | None  # whether two encoders of the same worth stay together; None: not asked


def measure(design: Design, seed: int, *, probes: bool, letters: bool, replicates: int) -> Round:
    data = draw(design, seed)
    tissue, center, groups, k = data.tissue, data.center, data.groups, design.k
    units = jackknife.units_of(groups, tissue, center)
    values = data.pair[0]
    largest = int(np.bincount(groups).max())
    depth = min(2 * k + 30, len(values) - largest)
    found, near = nearest_with_kinds(
        values, groups, tissue, center, depth, min(10 + largest, len(values) - largest)
    )
    kinds = ri.kinds_of(found, tissue, center)
    by_anchor = ri.counts_by_anchor(kinds, k)
    total = by_anchor.sum(axis=0)
    weighted = margin.mari(found, kinds, k)
    assert weighted is not None
    parts = tissue * design.centers + center
    without = left_out.leave_out(
        found, tissue, center, groups, units, k, parts, int(parts.max()) + 1, weighted.weights
    )
    numbers: dict[str, Found] = {}

    def keep(
        name: str,
        value: float | None,
        left: Any,
        scale: jackknife.Scale,
        bearing: int | None = None,
    ) -> None:
        if value is not None:
            numbers[name] = Found(value, jackknife.interval(value, left, units, scale, bearing))

    telling = by_anchor[:, ri.SO] + by_anchor[:, ri.OS] > 0
    bearing = len(np.unique(groups[telling]))
    index = ri.robustness_index(total)
    assert index is not None
    keep("RI", index, without.index(), "share", bearing)
    keep("RI 2025", ri.robustness_index_2025(total), without.index_2025(), "ratio")
    keep("MaRI", weighted.value, without.mari(), "share", bearing)
    keep("support", ri.support(by_anchor).value, without.support(), "share", len(units))
    votes = {}
    for name, labels, sums in (
        ("kNN tissue", tissue, without.tissue_votes),
        ("kNN center", center, without.center_votes),
    ):
        votes[name] = knn.votes_by_k(found, labels, [k])[k]
        accuracy = knn.balanced_accuracy(labels, votes[name])
        rarest = min(len(np.unique(groups[labels == label])) for label in np.unique(labels))
        keep(name, accuracy, left_out.accuracies(sums), "share", rarest)
    wrong = attribution.confounders(found, tissue, center, groups, votes["kNN tissue"], k)
    if wrong.fraction and wrong.expected_fraction:
        keep("enrichment", wrong.fraction / wrong.expected_fraction, without.enrichment, "ratio")
    margins = margin.croma_summary(margin.croma_values(near, 5))
    if margins is not None:
        left = margin.croma_without(near, units, 5)
        keep("CRoMa", margins.median, left.median, "any")
        keep("q10", margins.q10, left.q10, "any")
        keep("ltm10", margins.ltm10, left.ltm10, "any")
        keep("F0", margins.share_not_above_0, left.share_not_above_0, "share", len(units))
    for name, some in (("RI of a tissue", tissue == 0), ("RI of a center", center == 0)):
        part = ri.robustness_index(by_anchor[some].sum(axis=0))
        of = np.zeros(int(parts.max()) + 1, bool)
        of[np.unique(parts[some])] = True
        keep(name, part, without.index(of), "share", len(np.unique(groups[some & telling])))
    if probes:
        for name, labels in (("probe tissue", tissue), ("probe center", center)):
            answers = probe.cross_validated(values, labels, groups).answers
            judged = left_out.accuracies(left_out.judged_without(labels, answers, units))
            keep(name, knn.balanced_accuracy(labels, answers), judged, "share", design.slides)
    null = ri.null_index(ri.admissible_counts(tissue, center, groups))
    assert null is not None
    return Round(
        null,
        numbers,
        recentered(found, kinds, groups, units.strata, k, index, replicates, seed),
        same_worth(data, units, design, index, without.index()) if letters else None,
    )


def recentered(
    found: Any,
    kinds: Any,
    groups: Any,
    strata: Any,
    k: int,
    value: float,
    replicates: int,
    seed: int,
) -> Interval:
    """The percentiles of the bootstrap, moved so that the mean of the replicates is the value."""
    draws = bootstrap.resampling_weights(strata, replicates, seed)
    counts = bootstrap.resample(found, kinds, groups, 0 * groups, k, draws).counts[0]
    drawn = jackknife.quotient(counts[:, ri.SO], counts[:, ri.SO] + counts[:, ri.OS])
    low, high = np.nanquantile(drawn, [0.025, 0.975]) - np.nanmean(drawn) + value
    return Interval(float(low), float(high))


def same_worth(data: Data, units: Any, design: Design, index: float, left: Any) -> bool:
    """Whether the two encoders, which differ by noise of their own, get the same letter."""
    tissue, center, groups, k = data.tissue, data.center, data.groups, design.k
    largest = int(np.bincount(groups).max())
    depth = min(2 * k + 30, len(groups) - largest)
    found, _ = nearest_with_kinds(data.pair[1], groups, tissue, center, depth, 1)
    other = ri.robustness_index(
        ri.counts_by_anchor(ri.kinds_of(found, tissue, center), k).sum(axis=0)
    )
    counts = left_out.counts_without(found, tissue, center, units, k)
    without = jackknife.quotient(counts[:, ri.SO], counts[:, ri.SO] + counts[:, ri.OS])
    assert other is not None
    apart = jackknife.interval(index - other, left - without, units, "any")
    return apart.low is None or apart.high is None or apart.low <= 0 <= apart.high


def error(share: float, rounds: int) -> float:
    """Two Monte Carlo standard errors of a share."""
    return 2 * float(np.sqrt(max(share * (1 - share), 0.25 / rounds) / rounds))


def lines(design: Design, rounds: list[Round], *, all_numbers: bool) -> Iterator[str]:
    """A table row for each number of the design, with what misses its bar marked."""
    few = design.slides < FEW
    names = list(rounds[0].numbers) if all_numbers else ["RI"]
    for name in names:
        found = [one.numbers[name] for one in rounds if name in one.numbers]
        values = np.array([one.value for one in found])
        truth, spread = float(values.mean()), float(values.std())
        bounds = np.array(
            [
                (one.interval.low, one.interval.high)
                for one in found
                if one.interval.low is not None and one.interval.high is not None
            ]
        ).reshape(-1, 2)
        if not len(bounds):
            yield f"| {design.name} | {name} | {truth:.3f} | no interval | | |"
            continue
        held = float(np.mean((bounds[:, 0] <= truth) & (truth <= bounds[:, 1])))
        width = float(np.median(bounds[:, 1] - bounds[:, 0])) / (3.92 * spread or np.nan)
        off = error(held, len(bounds))
        least = LEAST if few else BAR[0]
        mark = " **low**" if held + off < least else " high" if held - off > BAR[1] else ""
        none = 1 - len(bounds) / len(rounds)
        yield (
            f"| {design.name} | {name} | {truth:.3f} | {held:.3f} ± {off:.3f}{mark} "
            f"| {width:.2f} | {f'{none:.1%}' if none else ''} |"
        )


def verdicts(design: Design, rounds: list[Round]) -> str:
    """Coverage of both intervals of the index, and how often it is told from its null."""
    truth = float(np.mean([one.numbers["RI"].value for one in rounds]))
    cells = []
    for bounds in (
        [one.numbers["RI"].interval for one in rounds],
        [one.recentered for one in rounds],
    ):
        known = [(b.low, b.high, r.null) for b, r in zip(bounds, rounds, strict=True) if b.low]
        low, high, null = np.array(known, float).reshape(-1, 3).T
        held = float(np.mean((low <= truth) & (truth <= high)))
        tissue, center = (low > null).sum() / len(rounds), (high < null).sum() / len(rounds)
        cells.append(f"{held:.3f} | {tissue:.1%} | {center:.1%}")
        if len(cells) == 1 and design.noise:
            wrong = float(tissue + center)
            if wrong - error(wrong, len(rounds)) > MOST_FALSE:
                cells[0] += " **false**"
    asked = [one.same for one in rounds if one.same is not None]
    apart = 1 - float(np.mean(asked)) if asked else float("nan")
    mark = " **size**" if asked and apart - error(apart, len(asked)) > MOST_LETTERS else ""
    null = rounds[0].null
    return (
        f"| {design.name} | {truth:.3f} | {null:.3f} | {' | '.join(cells)} "
        f"| {f'{apart:.1%}' if asked else ''}{mark} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--replicates", type=int, default=REPLICATES, help="of the bootstrap")
    parser.add_argument("--designs", type=int, nargs="+", help="numbers from 0; all by default")
    parser.add_argument("--probes", action="store_true", help="probes too, which take a second")
    given = parser.parse_args()
    import torch

    torch.set_num_threads(1)
    print(f"{given.rounds} rounds")
    print("| design | number | mean | coverage | width | no interval |\n|---|---|---|---|---|---|")
    told = []
    for design in [DESIGNS[i] for i in given.designs or range(len(DESIGNS))]:
        start = time.perf_counter()
        rounds = [
            measure(design, seed, probes=given.probes, letters=True, replicates=given.replicates)
            for seed in range(given.rounds)
        ]
        for line in lines(design, rounds, all_numbers=True):
            print(line, flush=True)
        told.append(verdicts(design, rounds))
        seconds = (time.perf_counter() - start) / len(rounds)
        print(f"{told[-1]} ({seconds:.2f} s a round)", flush=True)
    print(
        "\n| design | mean RI | null | coverage | by tissue | by center | recentered | by tissue "
        "| by center | letters |\n|---|---|---|---|---|---|---|---|---|---|"
    )
    print("\n".join(told))


if __name__ == "__main__":
    main()
