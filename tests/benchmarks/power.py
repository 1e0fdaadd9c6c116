"""Are intervals as wide as the power of a set says, and half as wide where it says so?

    python -m tests.benchmarks.power --rounds 20 --fresh 60
    ... --designs 0 3         # some of them, by number
    ... --phantom             # pictures of virtual hospitals, color statistics and EfficientNet

Each round draws a set, a *pilot*, and asks :mod:`pathgui.core.appraisal.power` for the width of
the 95 % interval of the robustness index at as many slides, twice and four times as many. *Seen* is
the median width of fresh sets with so many slides, with its Monte Carlo error (two standard errors,
by resampling the sets). *Power* and *root* are what pilots say, in parts of what was seen: the
median of the rounds, and the middle eight in ten. *Root* divides the pilot's own interval by the
root of the number of slides. *Half* is the width seen at the number of slides that the median pilot
calls for, in parts of the width that was seen at the pilots' number; it should be 0.5.

The sets are not drawn from the model that the prediction fits: tiles of several looks in unlike
shares, slides and spreads with heavy tails, pairs of tissue and center of their own, unequal
slides.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pathgui.core.appraisal import power as power_module
from pathgui.core.appraisal.power import TIMES, Power, index_of, power
from pathgui.core.measurement.design_limits import codes
from pathgui.core.metrics.jackknife import t_quantile, units_of
from pathgui.core.reference.labels import TileLabels

K, D = 11, 64
Drawn = tuple[Any, TileLabels]
Draw = Callable[[int, int], Drawn]  # slides of each kind, seed


@dataclass(frozen=True)
class Design:
    """Tissues, centers, slides, tiles; sizes of effects next to noise of 1."""

    name: str
    tissues: int
    centers: int
    slides: int  # a center where slides have all tissues, else a cell
    all_tissues: bool  # on each slide
    tiles: int | tuple[int, int]  # of a tissue on a slide
    effects: tuple[float, float, float] = (0.5, 0.5, 0.5)  # of tissue, center, slide
    looks: bool = False  # tiles of a tissue have three looks, in other shares on each slide
    heavy: bool = (
        False  # a few slides lie far out, some spread much wider; cells differ of their own
    )
    most_tiles: int = 0  # drawn at once, where fewer are to be drawn than there are


DESIGNS = [
    Design("one tissue a slide, 2 slides a pair", 2, 2, 2, False, 8),
    Design("one tissue, 5", 2, 2, 5, False, 8),
    Design("one tissue, 8", 2, 2, 8, False, 8),
    Design("one tissue, 5, 1 to 30 tiles", 2, 2, 5, False, (1, 30)),
    Design("one tissue, 5, 40 tiles, a fifth drawn at once", 2, 2, 5, False, 40, most_tiles=640),
    Design("both tissues, 3 slides a center", 2, 2, 3, True, 8),
    Design("both tissues, 5", 2, 2, 5, True, 8),
    Design("4 tissues x 3 centers, all on each slide, 5", 4, 3, 5, True, 4, (0.6, 0.4, 0.5)),
    Design("noise, one tissue, 5", 2, 2, 5, False, 8, (0.0, 0.0, 0.5)),
    Design("tissue alone, index near 1", 2, 2, 5, False, 8, (1.2, 0.4, 0.4)),
    Design("three looks a tissue, both tissues, 5", 2, 2, 5, True, 10, looks=True),
    Design("3 x 2, heavy tails, 4", 3, 2, 4, False, 8, heavy=True),
]


def draw(design: Design, slides: int, seed: int) -> Drawn:
    """Embeddings and labels of a fresh set with ``slides`` of each kind."""
    fixed, rng = np.random.default_rng(5), np.random.default_rng([seed, slides])
    tissue_effect, center_effect, slide_effect = design.effects
    falling, fallen = 1 / np.sqrt(1 + np.arange(D) / 3), 1 / np.sqrt(1 + np.arange(D) / 6)
    of_tissue = tissue_effect * fixed.standard_normal((design.tissues, D))
    of_center = center_effect * fixed.standard_normal((design.centers, D))
    of_cell = 0.5 * center_effect * fixed.standard_normal((design.tissues, design.centers, D))
    of_look = 0.8 * fixed.standard_normal((design.tissues, 3, D))
    middle = 2 * fixed.standard_normal(D)
    if design.all_tissues:
        n = design.centers * slides
        slide = np.repeat(np.arange(n), design.tissues)
        tissue, center = np.tile(np.arange(design.tissues), n), slide // slides
    else:
        n = design.tissues * design.centers * slides
        slide = np.arange(n)
        tissue, center = np.divmod(slide // slides, design.centers)
    if isinstance(design.tiles, tuple):
        times = rng.integers(design.tiles[0], design.tiles[1] + 1, len(slide))
    else:
        times = np.full(len(slide), design.tiles)
    slide, tissue, center = (np.repeat(column, times) for column in (slide, tissue, center))
    far, wide = np.ones((n, 1)), np.ones((n, 1))
    if design.heavy:
        far = 1.2 * np.sqrt(3 / rng.chisquare(5, (n, 1)))
        wide = rng.lognormal(0, 0.4, (n, 1))
    values = (of_tissue[tissue] + of_center[center]) * falling
    values += (slide_effect * far * rng.standard_normal((n, D)) * falling)[slide]
    values += wide[slide] * rng.standard_normal((len(slide), D)) * fallen
    if design.looks:
        shares = rng.dirichlet([1, 1, 1], n).cumsum(axis=1)[slide]
        look = (rng.random((len(slide), 1)) > shares[:, :2]).sum(axis=1)
        values += of_look[tissue, look] * falling
    if design.heavy:
        values += of_cell[tissue, center] * falling
    if design.looks or design.heavy:
        values += middle * falling  # embeddings of real encoders do not lie about 0
    names = (np.char.add(word, column.astype(np.str_)) for word, column in zip(
        ("tissue ", "center ", "slide "), (tissue, center, slide), strict=True
    ))  # fmt: skip
    return values.astype(np.float32), TileLabels(*names)


def measured(drawn: Drawn, k: int) -> tuple[float, float, int]:
    """Index, width of its interval (NaN where there is none), degrees of freedom."""
    values, labels = drawn
    tissue, center = codes(labels)
    index, bounds = index_of(values, tissue, center, labels.groups, k)
    wide = bounds.low is not None and bounds.high is not None
    width = bounds.high - bounds.low if wide else np.nan  # type: ignore[operator]
    return np.nan if index is None else index, width, units_of(labels.groups, tissue, center).df


def middle(values: Sequence[float]) -> str:
    """Median and the middle eight in ten."""
    there = np.array(values, float)
    there = there[np.isfinite(there)]
    if not len(there):
        return "–"
    low, half, high = np.quantile(there, [0.1, 0.5, 0.9])
    return f"{half:.2f} [{low:.2f} to {high:.2f}]"


def seen(take: Draw, slides: int, fresh: int, k: int) -> tuple[float, float, float, int]:
    """Mean index, median width, its Monte Carlo error, degrees of freedom, of fresh sets."""
    rows = [measured(take(slides, 10_000 + number), k) for number in range(fresh)]
    widths = np.array([width for _, width, _ in rows])
    widths = widths[np.isfinite(widths)]
    if len(widths) < 4:
        return float(np.nanmean([row[0] for row in rows])), np.nan, np.nan, rows[0][2]
    rng = np.random.default_rng(0)
    drawn = [np.median(rng.choice(widths, len(widths))) for _ in range(200)]
    index = float(np.nanmean([row[0] for row in rows]))
    return index, float(np.median(widths)), 2 * float(np.std(drawn)), rows[0][2]


def row_of(name: str, slides: int, take: Draw, rounds: int, fresh: int, k: int) -> str:
    """Lines of the table for one design."""
    truth = {times: seen(take, slides * times, fresh, k) for times in TIMES}
    said: dict[int, list[float]] = {times: [] for times in TIMES}
    rooted: dict[int, list[float]] = {times: [] for times in TIMES}
    needs = []
    start = time.process_time()
    for number in range(rounds):
        pilot = take(slides, number)
        _, own, df = measured(pilot, k)
        found = power(*pilot, k=k, seed=number)
        assert isinstance(found, Power)
        for times, each in zip(TIMES, found.expected, strict=True):
            said[times].append(np.nan if each.width is None else each.width / truth[times][1])
            scale = t_quantile(truth[times][3]) / t_quantile(df) / np.sqrt(times)
            rooted[times].append(own * scale / truth[times][1])
        if found.halved_by:
            needs.append(max(each.need for each in found.halved_by))
    each_s = (time.process_time() - start) / rounds
    half = "–"
    if needs:
        need = int(np.median(needs))
        _, width, error, _ = seen(take, need, fresh, k)
        base = truth[1][1]
        half = f"{width / base:.2f} ± {error / base:.2f} at {need}"
    cells = [
        f"{times} | {truth[times][0]:.3f} | {truth[times][1]:.3f} ± {truth[times][2]:.3f} "
        f"| {middle(said[times])} | {middle(rooted[times])}"
        for times in TIMES
    ]
    rows = [
        f"| {name if not i else ''} | x {cell} | {half if not i else ''} |"
        for i, cell in enumerate(cells)
    ]
    return "\n".join(rows) + f"\n<!-- {each_s:.1f} CPU s a pilot -->"


def phantom(encoder: str) -> tuple[Any, TileLabels]:
    """Embeddings of a large set of virtual hospitals, two tissues on each slide."""
    from pathgui.core.encoders.standard import standard_encoders
    from pathgui.core.phantom.reference import reference_tiles
    from pathgui.core.phantom.tissues import TISSUES

    tiles, labels = reference_tiles(0.8, n_slides=40, n_tiles=4, tissues=TISSUES[:3])
    run = standard_encoders().encoder(encoder).load("cpu", "fp32")
    blocks = [run(tiles[at : at + 32]) for at in range(0, len(tiles), 32)]
    return np.concatenate(blocks), labels


def some_slides(values: Any, labels: TileLabels, slides: int, seed: int) -> Drawn:
    """A set of ``slides`` slides of each center, drawn from a large one without replacement."""
    rng = np.random.default_rng([seed, slides])
    chosen: list[str] = []
    for center in np.unique(labels.center):
        there = np.unique(labels.slide[labels.center == center])
        chosen += rng.choice(there, slides, replace=False).tolist()
    rows = np.isin(labels.slide, chosen)
    return values[rows], labels.take(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--fresh", type=int, default=60)
    parser.add_argument("--designs", type=int, nargs="+", help="numbers from 0; all by default")
    parser.add_argument("--phantom", action="store_true", help="pictures of virtual hospitals")
    given = parser.parse_args()
    import torch

    torch.set_num_threads(1)
    print("| design | slides | index | seen | power / seen | root / seen | half |")
    print("|---|---|---|---|---|---|---|")
    if given.phantom:
        for encoder in ("color-statistics", "efficientnet-lite0"):
            values, labels = phantom(encoder)

            def take(slides: int, seed: int, known: Any = (values, labels)) -> Drawn:
                return some_slides(*known, slides, seed)

            print(row_of(f"pictures, {encoder}", 6, take, given.rounds, given.fresh, K), flush=True)
        return
    usual = power_module.MOST_TILES
    for number in given.designs or range(len(DESIGNS)):
        design = DESIGNS[number]
        power_module.MOST_TILES = design.most_tiles or usual

        def fresh(slides: int, seed: int, design: Design = design) -> Drawn:
            return draw(design, slides, seed)

        print(row_of(design.name, design.slides, fresh, given.rounds, given.fresh, K), flush=True)


if __name__ == "__main__":
    main()
