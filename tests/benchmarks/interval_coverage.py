"""Do intervals hold the true value as often as they say, and does noise go undecided?

    python -m tests.benchmarks.interval_coverage --rounds 400 --keep rounds.jsonl
    ... --rounds 200 --keep rounds.jsonl --probes --designs 1 7 8
    ... --rounds 0 --keep rounds.jsonl     # the tables alone

Each round draws new slides and tiles for the same tissues and centers; the true value of a number
is its mean over all rounds. *Coverage*: share of nominal 95 % intervals that hold it, with how far
that share is known from so many rounds (two standard errors). *By tissue*, *by center*: rounds in
which the interval of the index leaves out the null to that side; in noise both are false.
*Letters*: rounds in which two encoders of the same worth are told apart. Beside it stand two
intervals of a bootstrap over slides: as it was before, and recentered on the value. The tables are
those of docs/measurements.md. One search for neighbors serves everything. With ``--keep``, rounds
that the file has are not made again, so a long run can be made in pieces.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.special import expit, logit

from pathgui.core.metrics import attribution, jackknife, left_out, probe
from pathgui.core.metrics.neighbors import knn, margin
from pathgui.core.metrics.neighbors import robustness_index as ri
from pathgui.core.metrics.neighbors.kinds import OS, SO
from pathgui.core.metrics.neighbors.search import KindDistances, Neighbors
from pathgui.core.phantom.reference import pieces
from tests.benchmarks import bootstrap

BAR = (0.92, 0.99)  # of coverage, where strata have five slides or more
LEAST = 0.88  # everywhere else
MOST_FALSE = 0.04  # verdicts in noise
MOST_LETTERS = 0.07
FEW = 5  # slides a cell, below which only LEAST is asked for
REPLICATES = 300
MOST_WIDTH = 1000


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


Bounds = tuple[float | None, float | None]


@dataclass(frozen=True)
class Round:
    """Everything of one round."""

    null: float
    numbers: dict[str, tuple[float, float | None, float | None]]  # value and bounds
    recentered: Bounds
    before: Bounds
    same: bool  # whether two encoders of the same worth stay together


def search(values: Any, data: Data, depth: int, m: int) -> tuple[Neighbors, KindDistances]:
    """What ``nearest_with_kinds`` finds, faster for a few hundred tiles, no two alike."""
    unit = values / np.linalg.norm(values, axis=1, keepdims=True)
    far = 1 - unit @ unit.T
    same_tissue = data.tissue[:, None] == data.tissue
    same_center = data.center[:, None] == data.center
    own = data.groups[:, None] == data.groups

    def first(barred: Any, count: int) -> tuple[Any, Any]:
        left = np.where(barred, np.inf, far)
        if not count:
            return np.zeros((len(far), 0), np.intp), np.zeros((len(far), 0))
        rows = np.argpartition(left, count - 1, axis=1)[:, :count]
        order = np.take_along_axis(left, rows, axis=1).argsort(axis=1)
        rows = np.take_along_axis(rows, order, axis=1)
        distances = np.take_along_axis(left, rows, axis=1)
        return np.where(np.isfinite(distances), rows, -1), distances

    so_rows, so = first(own | ~same_tissue | same_center, m)
    os_rows, os = first(own | same_tissue | ~same_center, m)
    return Neighbors(*first(own, depth)), KindDistances(so, os, so_rows, os_rows)


def measure(design: Design, seed: int, *, probes: bool, replicates: int) -> Round:
    data = draw(design, seed)
    tissue, center, groups, k = data.tissue, data.center, data.groups, design.k
    units = jackknife.units_of(groups, tissue, center)
    values = data.pair[0]
    largest = int(np.bincount(groups).max())
    depth = min(2 * k + 30, len(values) - largest)
    found, near = search(values, data, depth, min(10 + largest, len(values) - largest))
    kinds = ri.kinds_of(found, tissue, center)
    by_anchor = ri.counts_by_anchor(kinds, k)
    total = by_anchor.sum(axis=0)
    weighted = margin.mari(found, kinds, k)
    assert weighted is not None
    parts = tissue * design.centers + center
    without = left_out.leave_out(
        found, tissue, center, groups, units, k, parts, int(parts.max()) + 1, weighted.weights
    )
    numbers: dict[str, tuple[float, float | None, float | None]] = {}

    def keep(
        name: str,
        value: float | None,
        left: Any,
        scale: jackknife.Scale,
        bearing: int | None = None,
    ) -> None:
        if value is not None:
            bounds = jackknife.interval(value, left, units, scale, bearing)
            numbers[name] = value, bounds.low, bounds.high

    telling = by_anchor[:, SO] + by_anchor[:, OS] > 0
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
        value, largest = wrong.fraction / wrong.expected_fraction, 1 / wrong.expected_fraction
        slides = len(np.unique(groups[wrong.rows]))
        bounds = jackknife.bounded_ratio_interval(value, without.enrichment, units, largest, slides)
        numbers["enrichment"] = value, bounds.low, bounds.high
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
    before, moved = drawn_slides(found, kinds, data, units, k, index, replicates, seed)
    same = same_worth(data, units, design, index, without.index())
    return Round(null, numbers, moved, before, same)


def drawn_slides(
    found: Neighbors,
    kinds: Any,
    data: Data,
    units: jackknife.Units,
    k: int,
    value: float,
    replicates: int,
    seed: int,
) -> tuple[Bounds, Bounds]:
    """The percentiles of a bootstrap: as they were before, and recentered on the value.

    Recentered, slides are drawn from the strata that the jackknife has.
    """
    groups = data.groups
    cells = bootstrap.strata_of(groups, data.tissue, data.center)
    bounds = []
    for strata in (cells, units.strata):
        draws = bootstrap.resampling_weights(strata, replicates, seed)
        counts = bootstrap.resample(found, kinds, groups, 0 * groups, k, draws).counts[0]
        drawn = jackknife.quotient(counts[:, SO], counts[:, SO] + counts[:, OS])
        low, high = np.nanquantile(drawn, [0.025, 0.975])
        bounds.append((float(low), float(high), float(np.nanmean(drawn))))
    (low, high, _), (lower, higher, mean) = bounds
    return (low, high), (lower - mean + value, higher - mean + value)


def same_worth(data: Data, units: Any, design: Design, index: float, left: Any) -> bool:
    """Whether the two encoders, which differ by noise of their own, get the same letter."""
    tissue, center, groups, k = data.tissue, data.center, data.groups, design.k
    largest = int(np.bincount(groups).max())
    depth = min(2 * k + 30, len(groups) - largest)
    found, _ = search(data.pair[1], data, depth, 0)
    other = ri.robustness_index(
        ri.counts_by_anchor(ri.kinds_of(found, tissue, center), k).sum(axis=0)
    )
    counts = left_out.counts_without(found, tissue, center, units, k)
    without = jackknife.quotient(counts[:, SO], counts[:, SO] + counts[:, OS])
    assert other is not None
    apart = jackknife.interval(index - other, left - without, units, "any")
    return apart.low is None or apart.high is None or apart.low <= 0 <= apart.high


def error(share: float, rounds: int) -> float:
    """Two Monte Carlo standard errors of a share."""
    return 2 * float(np.sqrt(max(share * (1 - share), 0.25 / rounds) / rounds))


def share(hits: Any) -> str:
    """A share of rounds and two Monte Carlo errors, in percent."""
    part = float(np.mean(hits))
    return f"{part:.1%} ± {error(part, len(hits)):.1%}"


@dataclass(frozen=True)
class Held:
    """How often the interval of a number holds its mean over the rounds."""

    truth: float
    share: float  # of the rounds that have an interval
    width: float  # median, in 3.92 standard deviations of the number
    rounds: int
    without: int  # rounds that have no interval

    @property
    def cell(self) -> str:
        """For a table."""
        if not self.rounds:
            return "no interval"
        return f"{self.share:.3f} ± {error(self.share, self.rounds):.3f}"

    @property
    def relative_width(self) -> str:
        """For a table; nothing where the number hardly differs between rounds."""
        return f"{self.width:.2f}" if self.width < MOST_WIDTH else ""

    def mark(self, design: Design) -> str:
        """What misses its bar."""
        if not self.rounds:
            return ""
        off = error(self.share, self.rounds)
        if self.share + off < (LEAST if design.slides < FEW else BAR[0]):
            return " **low**"
        return " high" if self.share - off > BAR[1] else ""


def held(rounds: list[Round], name: str) -> Held | None:
    """Of one number; None where it was not asked for."""
    found = [one.numbers[name] for one in rounds if name in one.numbers]
    if not found:
        return None
    values = np.array([value for value, _, _ in found])
    truth, spread = float(values.mean()), float(values.std())
    low, high = np.array([b for _, *b in found if b[0] is not None], float).reshape(-1, 2).T
    if not len(low):
        return Held(truth, float("nan"), float("nan"), 0, len(found))
    return Held(
        truth,
        float(np.mean((low <= truth) & (truth <= high))),
        float(np.median(high - low)) / (3.92 * spread or np.nan),
        len(low),
        len(found) - len(low),
    )


def outside(bounds: list[Bounds], rounds: list[Round]) -> tuple[Any, Any]:
    """Rounds in which the null lies below the interval of the index, and above it."""
    low, high = np.array(bounds, float).T  # no bounds: NaN, which nothing is above or below
    null = np.array([one.null for one in rounds])
    return low > null, high < null


def as_short(rounds: list[Round], coverage: float, truth: float) -> list[Bounds]:
    """Our interval of the index, stretched on the logit to hold the truth in so many rounds."""
    value, _, high = np.array([one.numbers["RI"] for one in rounds], float).T
    with np.errstate(divide="ignore", invalid="ignore"):
        middle, reach = logit(value), logit(high) - logit(value)
    # The factor with which each interval just holds the truth.
    enough = np.abs(logit(truth) - middle) / reach
    if not np.isfinite(enough).all():
        return [one.numbers["RI"][1:] for one in rounds]
    factor = float(np.quantile(enough, coverage))
    low, high = expit(middle - factor * reach), expit(middle + factor * reach)
    return list(zip(low.tolist(), high.tolist(), strict=True))


def index_rows(told: dict[str, list[Round]]) -> Iterator[str]:
    """The index: coverage, width and verdicts."""
    yield "| design | rounds | mean RI | null | coverage | width | by tissue | by center |"
    yield "|---|---|---|---|---|---|---|---|"
    for design in DESIGNS:
        if not (rounds := told.get(design.name, [])):
            continue
        found = held(rounds, "RI")
        assert found is not None
        sides = outside([one.numbers["RI"][1:] for one in rounds], rounds)
        wrong = float((sides[0] | sides[1]).mean())
        false = design.noise and wrong - error(wrong, len(rounds)) > MOST_FALSE
        yield (
            f"| {design.name} | {len(rounds)} | {found.truth:.3f} | {rounds[0].null:.3f} "
            f"| {found.cell}{found.mark(design)} | {found.relative_width} "
            f"| {share(sides[0])} | {share(sides[1])}{' **false**' if false else ''} |"
        )


def other_rows(told: dict[str, list[Round]]) -> Iterator[str]:
    """Both bootstraps, how much more often the recentered one decides, and letters.

    *At its coverage*: the same with our interval made as short as its coverage allows, since a
    shorter interval decides more often whatever it is worth.
    """
    yield (
        "| design | recentered: coverage | by tissue | by center | decides more often "
        "| at its coverage | before: coverage | by tissue | by center | letters |"
    )
    yield "|---|---|---|---|---|---|---|---|---|---|"
    for design in DESIGNS:
        if not (rounds := told.get(design.name, [])):
            continue
        truth = float(np.mean([one.numbers["RI"][0] for one in rounds]))
        own = [one.numbers["RI"][1:] for one in rounds]
        cells = []
        for bounds in ([one.recentered for one in rounds], [one.before for one in rounds]):
            low, high = np.array(bounds, float).T
            sides = outside(bounds, rounds)
            inside = float(np.mean((low <= truth) & (truth <= high)))
            cells += [f"{inside:.3f}", *(f"{side.mean():.1%}" for side in sides)]
            if len(cells) == 3:
                for ours in (own, as_short(rounds, inside, truth)):
                    more = np.logical_or(*sides) * 1.0 - np.logical_or(*outside(ours, rounds))
                    off = 2 * float(more.std()) / len(more) ** 0.5
                    cells.append(f"{more.mean():+.1%} ± {off:.1%}")
        apart = np.array([not one.same for one in rounds])
        size = float(apart.mean())
        mark = " **size**" if size - error(size, len(apart)) > MOST_LETTERS else ""
        yield f"| {design.name} | {' | '.join(cells)} | {share(apart)}{mark} |"


def number_rows(told: dict[str, list[Round]]) -> Iterator[str]:
    """Coverage of every number, a line each."""
    yield "| design | number | rounds | mean | coverage | width | no interval |"
    yield "|---|---|---|---|---|---|---|"
    for design in DESIGNS:
        rounds = told.get(design.name, [])
        for name in dict.fromkeys(name for one in rounds for name in one.numbers):
            found = held(rounds, name)
            assert found is not None
            yield (
                f"| {design.name} | {name} | {found.rounds + found.without} | {found.truth:.3f} "
                f"| {found.cell}{found.mark(design)} | {found.relative_width} "
                f"| {found.without or ''} |"
            )


def kept_rounds(path: Path | None) -> dict[str, dict[int, Round]]:
    """Rounds that a file has, by design and seed; of two of a seed, the one with more numbers."""
    told: dict[str, dict[int, Round]] = defaultdict(dict)
    for line in path.read_text().splitlines() if path and path.exists() else []:
        one = json.loads(line)
        numbers = {name: tuple(three) for name, three in one["numbers"].items()}
        bounds = (tuple(one[what]) for what in ("recentered", "before"))
        found = Round(one["null"], numbers, *bounds, one["same"])
        there = told[one["design"]].get(one["seed"])
        if there is None or len(there.numbers) < len(found.numbers):
            told[one["design"]][one["seed"]] = found
    return told


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--replicates", type=int, default=REPLICATES, help="of the bootstrap")
    parser.add_argument("--designs", type=int, nargs="+", help="numbers from 0; all by default")
    parser.add_argument("--probes", action="store_true", help="probes too, which take a second")
    parser.add_argument("--keep", type=Path, help="file that rounds are kept in")
    given = parser.parse_args()
    import torch

    torch.set_num_threads(1)
    told = kept_rounds(given.keep)
    for number in given.designs or range(len(DESIGNS)):
        design = DESIGNS[number]
        start = time.process_time()
        for seed in range(given.rounds):
            there = told[design.name].get(seed)
            if there is not None and ("probe tissue" in there.numbers or not given.probes):
                continue
            one = measure(design, seed, probes=given.probes, replicates=given.replicates)
            told[design.name][seed] = one
            if given.keep:
                line = json.dumps({"design": design.name, "seed": seed, **asdict(one)})
                with given.keep.open("a") as file:
                    file.write(line + "\n")
        print(f"{design.name}: {time.process_time() - start:.0f} CPU s", flush=True)
    by_design = {name: list(rounds.values()) for name, rounds in told.items()}
    for rows in (index_rows, other_rows, number_rows):
        print("", *rows(by_design), sep="\n")


if __name__ == "__main__":
    main()
