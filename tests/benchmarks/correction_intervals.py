"""Whether intervals of what corrections change hold, over many sets in little time.

    python -m tests.benchmarks.correction_intervals --sets 240 --design 'V .62'
    python -m tests.benchmarks.correction_intervals tiles --sets 200

The sums, variances and intervals are those of the program. In place of its logistic probes stand
least squares with a ridge, which take a hundredth of the time: what varies is the slides that they
learn from, and how those are dealt. ``correction.py coverage`` tries the probes themselves on fewer
sets. Printed is how often the 95 % interval of the difference held its mean over all sets, the
lowest and the highest of the corrections, with two Monte Carlo errors, and the median half width
over the standard deviation (1.96 is what a known normal spread would need).

*tiles*: corrections of tiles. Half of the components stand for color: those of each slide are
brought to the mean and spread of half the slides of one center, as Reinhard does with pixels. On
embeddings of phantoms whose centers differ in color, embedded by color statistics, the target is
one shift of all slides, too.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np

from pathgui.core.corrections.erasure import fit_leace
from pathgui.core.corrections.fitted import Fitted
from pathgui.core.corrections.means import fit_center_mean
from pathgui.core.corrections.projections import fit_mean_projection, fit_within_tissue
from pathgui.core.crossfit import halves
from pathgui.core.crossfit.cross_fit import PROBED
from pathgui.core.crossfit.material import Tiles, tiles_of
from pathgui.core.crossfit.results import Change
from pathgui.core.crossfit.tally import (
    LEAST_HALVINGS_WHERE_FITTED,
    Judged,
    Kinds,
    change,
    change_of_answers,
)
from pathgui.core.metrics.neighbors.search import Neighbors
from tests.benchmarks.correction import DESIGNS, K

HALVINGS = 10
RIDGE = 5.0
FOLDS = 3
FITS: dict[str, Callable[..., Fitted]] = {
    "within-tissue": fit_within_tissue,
    "leace": fit_leace,
    "mean-projection": fit_mean_projection,
    "center-mean": fit_center_mean,
}
NEEDS_CENTER = ("center-mean",)
MEASURES = ("index", "new slides", "new center", "slides met", "center probe")
Rows = Any


def nearest(values: Rows, groups: Rows, depth: int) -> Neighbors:
    """The nearest tiles of other slides, by cosine."""
    unit = values / np.linalg.norm(values, axis=1, keepdims=True)
    alike = unit @ unit.T
    alike[groups[:, None] == groups] = -9
    order = np.argsort(-alike, axis=1, kind="stable")[:, :depth]
    found = np.take_along_axis(alike, order, axis=1)
    return Neighbors(np.where(found > -5, order, -1), 1 - found)


def least_squares(values: Rows, labels: Rows) -> Callable[[Rows], Rows]:
    """Answers of a linear classifier."""
    mean, spread = values.mean(axis=0), values.std(axis=0) + 1e-9
    rows, classes = (values - mean) / spread, np.unique(labels)
    truth = (labels[:, None] == classes).astype(float)
    share = truth.mean(axis=0)
    weights = np.linalg.solve(
        rows.T @ rows + RIDGE * np.eye(rows.shape[1]), rows.T @ (truth - share)
    )
    return lambda asked: classes[((asked - mean) / spread @ weights + share).argmax(axis=1)]


class Variant:
    """What is counted of one correction; None: before any."""

    def __init__(self, tiles: Tiles) -> None:
        units, tissues, centers = len(tiles.units), len(tiles.tissues), len(tiles.centers)
        self.kinds = Kinds.nothing(units)
        self.new = Judged.nothing(units, 1, tissues)
        self.new_center = Judged.nothing(units, centers, tissues)
        self.met = Judged.nothing(units, centers, tissues)
        self.center = Judged.nothing(units, 1, centers)

    def probe(
        self,
        after: tuple[Rows, Rows],
        fit: Tiles,
        judged: Tiles,
        fold: Rows,
        without: Callable[[int], tuple[Rows, Rows]] | None,
    ) -> None:
        """Ask probes about the judged half; ``without`` a center: both embeddings so fitted."""
        learned, asked = after
        nobody = np.full(len(judged), -1)
        place = np.zeros(len(judged), np.intp)
        answers = least_squares(learned, fit.tissue)(asked)
        self.new.add(judged.tissue, answers, place, judged.units)
        answers = nobody.copy()
        for one in range(FOLDS):
            there, rest = fold == one, fold != one
            if there.any() and len(np.unique(judged.center[rest])) == len(judged.centers):
                answers[there] = least_squares(asked[rest], judged.center[rest])(asked[there])
        self.center.add(judged.center, answers, place, judged.units)
        for found, ways in ((self.met, lambda here: after), (self.new_center, without)):
            answers = nobody.copy()
            for here in range(len(judged.centers)) if ways is not None else ():
                one, other = ways(here)
                rows, at = fit.center != here, judged.center == here
                answers[at] = least_squares(one[rows], fit.tissue[rows])(other[at])
                answers[at & ~np.isin(judged.tissue, fit.tissue[rows])] = -1
            found.add(judged.tissue, answers, judged.center, judged.units)
        for each in (self.new, self.new_center, self.met, self.center):
            each.end_half()


def folds_of(judged: Tiles, rng: np.random.Generator) -> Rows:
    """The fold of each tile: slides dealt in turn within centers."""
    fold = np.zeros(int(judged.groups.max()) + 1, np.intp)
    for here in range(len(judged.centers)):
        slides = rng.permutation(np.unique(judged.groups[judged.center == here]))
        fold[slides] = (np.arange(len(slides)) + rng.integers(FOLDS)) % FOLDS
    return fold[judged.groups]


def count(found: Variant, values: Rows, judged: Tiles) -> None:
    """Neighbors by kind."""
    depth = K + int(np.bincount(judged.units.of_tile).max())
    near = nearest(values, judged.groups, depth)
    found.kinds.add(near, judged.tissue, judged.center, judged.units, K)


def applied(name: str, fit: Tiles, judged: Tiles, rows: Rows) -> tuple[Rows, Rows]:
    """Embeddings of both after the correction that is fitted on some rows of one."""
    if name not in FITS:
        return fit.values, judged.values
    how = FITS[name](fit.values[rows], fit.center[rows], fit.tissue[rows])
    return how.apply(fit.values, fit.center), how.apply(judged.values, judged.center)


def applied_without(name: str, fit: Tiles, judged: Tiles, here: int) -> tuple[Rows, Rows]:
    """... that is fitted without a center."""
    return applied(name, fit, judged, fit.center != here)


def one_set(tiles: Tiles, seed: int) -> Iterator[tuple[str, str, Change]]:
    """Corrections, measures and changes of one set."""
    found = {name: Variant(tiles) for name in ("none", *FITS)}
    rng = np.random.default_rng(seed)
    for number in range(HALVINGS):
        first = halves.halve(tiles.groups, tiles.tissue, tiles.center, seed + number)
        for side in (first, ~first):
            fit, judged = tiles.take(np.flatnonzero(side)), tiles.take(np.flatnonzero(~side))
            fold = folds_of(judged, rng)
            for name, variant in found.items():
                after = applied(name, fit, judged, np.ones(len(fit), bool))
                count(variant, after[1], judged)
                if number < PROBED:
                    alone = name == "none" or len(tiles.centers) > 2
                    without = partial(applied_without, name, fit, judged)
                    known = name in NEEDS_CENTER or not alone
                    variant.probe(after, fit, judged, fold, None if known else without)
    was = found.pop("none")
    many = LEAST_HALVINGS_WHERE_FITTED
    for name, now in found.items():
        both = (was.kinds.value(), now.kinds.value())
        changes = [
            change(*both, tiles.units, ""),
            change_of_answers(was.new.value(), now.new.value(), tiles.units, ""),
            change_of_answers(was.new_center.value(), now.new_center.value(), tiles.units, ""),
            change_of_answers(
                was.new_center.value(), now.met.value(), tiles.units, "", many, fitted_there=True
            ),
            change_of_answers(was.center.value(), now.center.value(), tiles.units, "", many),
        ]
        for measure, each in zip(MEASURES, changes, strict=True):
            if isinstance(each, Change) and not (
                measure == "slides met" and name == "within-tissue"
            ):
                yield name, measure, each


def recolored(values: Rows, tiles: Tiles, like: Rows) -> Rows:
    """Each slide with mean and spread of the tiles ``like`` in the first half of components."""
    after, color = np.array(values, np.float64), slice(0, values.shape[1] // 2)
    target = values[like, color]
    for group in np.unique(tiles.groups):
        rows = np.flatnonzero(tiles.groups == group)
        own = values[rows, color]
        # A slide of few tiles shows little of its spread; pixels, of which there are many, do.
        spread = own.std(axis=0) if len(rows) > 7 else np.ones(own.shape[1])
        wide = target.std(axis=0) if len(rows) > 7 else np.ones(own.shape[1])
        after[rows, color] = (own - own.mean(axis=0)) / spread * wide + target.mean(axis=0)
    return after


def one_recoloring(tiles: Tiles, seed: int) -> Iterator[tuple[str, str, Change]]:
    """The same of a correction of tiles to the colors of the first center."""
    was, now = Variant(tiles), Variant(tiles)
    rng = np.random.default_rng(seed)
    firsts = halves.halvings(tiles.groups, tiles.tissue, tiles.center, HALVINGS, seed, 0)
    at_target = tiles.center == 0
    tables = [recolored(tiles.values, tiles, at_target & h) for h in (firsts[0], ~firsts[0])]
    for number, first in enumerate(firsts):
        for side, table in zip((first, ~first), tables, strict=True):
            rows = np.flatnonzero(side), np.flatnonzero(~side)
            fit, judged = (tiles.take(each) for each in rows)
            fold = folds_of(judged, rng)
            for variant, values in ((was, tiles.values), (now, table)):
                after = values[rows[0]], values[rows[1]]
                count(variant, after[1], judged)
                if number < PROBED:
                    variant.probe(after, fit, judged, fold, None)
    yield "colors", "index", _known(change(was.kinds.value(), now.kinds.value(), tiles.units, ""))
    for measure, one, other, many in (
        ("new slides", was.new, now.new, 2),
        ("new center", was.met, now.met, 2),
        ("center probe", was.center, now.center, LEAST_HALVINGS_WHERE_FITTED),
    ):
        found = change_of_answers(one.value(), other.value(), tiles.units, "", many)
        yield "colors", measure, _known(found)


def _known(found: object) -> Change:
    assert isinstance(found, Change)
    return found


def print_coverage(
    name: str, sets: int, found: dict[tuple[str, str], list[Change]], measures: Sequence[str]
) -> None:
    """One line a measure: the lowest and the highest of the corrections."""
    off = 2 * (0.95 * 0.05 / sets) ** 0.5
    print(f"{name}, {sets} sets: lowest and highest share that held (± {off:.3f}), width")
    for measure in measures:
        held, widths = [], []
        for (_, which), changes in found.items():
            if which != measure:
                continue
            values = np.array([each.difference for each in changes])
            truth, spread = values.mean(), max(float(values.std(ddof=1)), 1e-12)
            some = [(each.low, each.high) for each in changes if each.low is not None]
            low, high = np.array(some, float).T
            held.append(float(np.mean((low <= truth) & (truth <= high))))
            widths.append(float(np.median(high - low)) / 2 / spread)
        if held:
            print(
                f"  {measure:13} {min(held):.3f} to {max(held):.3f}   {np.mean(widths):.2f}",
                flush=True,
            )


def main() -> None:
    """Print a block a design."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", nargs="?", default="embeddings", choices=["embeddings", "tiles"])
    parser.add_argument("--sets", type=int, default=240)
    parser.add_argument("--design", action="append", default=[], help="part of its name")
    given = parser.parse_args()
    simulate = one_set if given.what == "embeddings" else one_recoloring
    for name, draw in DESIGNS.items():
        if given.design and not any(part in name for part in given.design):
            continue
        found: dict[tuple[str, str], list[Change]] = {}
        for seed in range(given.sets):
            tiles = tiles_of(*draw(seed))
            assert isinstance(tiles, Tiles)
            for correction, measure, each in simulate(tiles, 1000 * seed):
                found.setdefault((correction, measure), []).append(each)
        print_coverage(name, given.sets, found, MEASURES)


if __name__ == "__main__":
    main()
