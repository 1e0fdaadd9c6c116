"""What cross-fitting costs, and whether what it says holds.

    python -m tests.benchmarks.correction cost --tiles 20400 --dim 1024 --halvings 10
    python -m tests.benchmarks.correction noise --sets 40
    python -m tests.benchmarks.correction balance --sets 14
    python -m tests.benchmarks.correction coverage --sets 100 --halvings 10 --design 'V .62'
    python -m tests.benchmarks.correction stain --sets 3

*cost*: CPU seconds over those of the matrix products of eight variants, in two halves of each
halving, each tile of a half with each other. *noise*: the index of embeddings in which neither
tissue nor center means anything, fitted on the slides that are judged, and cross-fitted. *balance*:
tissue that goes with center more and more. *coverage*: how often the interval of the difference
holds its mean over all sets, 95 % nominal, over designs unlike each other.
*stain*: corrections of tiles on phantoms whose centers differ in one thing only.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pathgui.core.corrections.registry import CORRECTIONS, TILE_CORRECTIONS, Correction
from pathgui.core.crossfit.cross_fit import PROBED, cross_fit
from pathgui.core.crossfit.results import Change, CorrectionEffect, Corrections
from pathgui.core.encoders.standard import standard_encoders
from pathgui.core.evaluation.correcting import embedded_set
from pathgui.core.evaluation.recoloring import Embedder, try_recolorings
from pathgui.core.metrics.neighbors import robustness_index as ri
from pathgui.core.metrics.neighbors.search import nearest
from pathgui.core.phantom.tissues import TISSUES
from pathgui.core.progress import Progress
from pathgui.core.reference.labels import TileLabels
from pathgui.core.system.devices import resolve_devices
from tests.core.crossfit.drawn import drawn
from tests.phantom_centers import DIFFERENCES, phantom_reference

K = 11
BALANCE = (  # slides of each tissue (row) at each center, and Cramér's V
    np.full((3, 3), 8),
    np.array([[14, 5, 5], [5, 14, 5], [5, 5, 14]]),
    np.array([[18, 3, 3], [3, 18, 3], [3, 3, 18]]),
)
DATA_SETS = {"slides": 8, "tiles": 6, "d": 24, "slide_effect": 0.5}

Drawn = tuple[Any, TileLabels]  # embeddings, labels


def product_seconds(n: int, d: int) -> float:
    """CPU seconds that the product of two halves with themselves takes, in the search's blocks."""
    import torch

    half = torch.randn(n // 2, d)
    for rows in (half[:1024],) * 2:
        _ = rows @ half.T
    start = time.process_time()
    for first in range(0, len(half), 1024):
        _ = half[first : first + 1024] @ half.T
    return 2 * (time.process_time() - start)


def cost(n: int, d: int, halvings: int) -> None:
    """Print the ratio and the memory.

    The product is measured before and after, since other work on the machine slows both.
    """
    import resource  # POSIX has it

    slides = 240
    values, labels = drawn(slides=slides // 9 + 1, tiles=max(1, n // (9 * (slides // 9 + 1))), d=d)
    seconds = product_seconds(len(values), d)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start, last = time.perf_counter(), [0.0]
    worked = time.process_time()

    def report(event: object) -> None:
        if isinstance(event, Progress) and time.perf_counter() - last[0] > 20:
            last[0] = time.perf_counter()
            print(f"  {event.done} of {event.total}, {last[0] - start:.0f} s", flush=True)

    cross_fit(values, labels, CORRECTIONS, K, halvings=halvings, report=report)
    took, worked = time.perf_counter() - start, time.process_time() - worked
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    must = 4 * halvings * (seconds + product_seconds(len(values), d))
    print(f"{len(values)} x {d}, {halvings} halvings: {worked / must:.2f} times the products")
    print(f"CPU seconds {worked:.1f} and {must:.1f}, {took:.1f} s by the clock")
    print(f"memory at most {peak / 1e6:.2f} GB, before {before / 1e6:.2f}")


def in_sample(values: Any, labels: Any, chosen: Correction | None) -> float:
    """The index on the tiles that the correction was fitted on."""
    tissue, center = (np.unique(c, return_inverse=True)[1] for c in (labels.tissue, labels.center))
    if chosen is not None:
        values = chosen.fit(values, center, tissue).apply(values, center)
    found = nearest(values, labels.groups, K)
    index = ri.robustness_index(
        ri.counts_by_anchor(ri.kinds_of(found, tissue, center), K).sum(axis=0)
    )
    assert index is not None
    return index


def rounds(
    sets: int, halvings: int, probed: int = PROBED, **design: Any
) -> Iterator[tuple[Any, Any, Corrections]]:
    """Data sets and what corrections do to them."""
    for seed in range(sets):
        values, labels = drawn(seed=seed, **{**DATA_SETS, **design})
        found = cross_fit(
            values, labels, CORRECTIONS, K, halvings=halvings, probed=probed, seed=seed
        )
        assert isinstance(found, Corrections)
        yield values, labels, found


def mean(values: Sequence[float]) -> str:
    """With two standard errors."""
    off = 2 * np.std(values, ddof=1) / len(values) ** 0.5
    return f"{np.mean(values):.3f} ± {off:.3f}"


def noise(sets: int, halvings: int) -> None:
    """In-sample and cross-fitted, without effects and with both; 2 x 2 as the truth is one half.

    Slides differ in both. Where they do not, a fit has less to gain on its own slides.
    """
    designs = {
        "noise": {"n": 2, "tissue_effect": 0.0, "center_effect": 0.0},
        "tissue and center": {"n": 3},
    }
    for name, design in designs.items():
        inside: dict[str, list[float]] = {}
        across: dict[str, list[float]] = {}
        for values, labels, found in rounds(sets, halvings, 0, **design):
            inside.setdefault("none", []).append(in_sample(values, labels, None))
            for chosen, effect in zip(CORRECTIONS, found.effects, strict=True):
                assert isinstance(effect.index, Change)
                inside.setdefault(chosen.name, []).append(in_sample(values, labels, chosen))
                across.setdefault(chosen.name, []).append(effect.index.after)
            across.setdefault("none", []).append(effect.index.before)
        print(f"{name}: in-sample, cross-fitted")
        for each, some in inside.items():
            print(f"  {each:16} {mean(some)}   {mean(across[each])}")


def balance(sets: int, halvings: int) -> None:
    """Index and tissue over Cramér's V."""
    for table in BALANCE:
        rows: dict[str, list[tuple[float, ...]]] = {}
        for _, _, found in rounds(sets, halvings, slides=table):
            for effect in found.effects:
                measures = effect.index, effect.tissue_new_slides, effect.tissue_new_center
                for name, way in ((effect.name, "after"), ("none", "before")):
                    if name != "none" or effect is found.effects[0]:
                        rows.setdefault(name, []).append(
                            tuple(getattr(measure, way, np.nan) for measure in measures)
                        )
        print(f"Cramér's V {found.cramers_v:.2f}: index, tissue on new slides, at a new center")
        for name, some in rows.items():
            print(f"  {name:16} " + "   ".join(mean(column) for column in zip(*some, strict=True)))


def several(
    seed: int, slides: int = 6, n: int = 3, tiles: int = 2, d: int = 16, centers: int | None = None
) -> Drawn:
    """Sets with ``n`` tissues at as many centers, all of them on each of ``slides`` a center."""
    rng, fixed = np.random.default_rng(seed), np.random.default_rng(5)
    of_tissue = 0.7 * fixed.standard_normal((n, d))
    of_center = 0.7 * fixed.standard_normal((centers or n, d))
    center = np.repeat(np.arange(centers or n), slides)
    slide = np.repeat(np.arange(len(center)), n * tiles)
    tissue = np.tile(np.repeat(np.arange(n), tiles), len(center))
    values = of_tissue[tissue] + of_center[center][slide]
    values += 0.3 * rng.standard_normal((len(center), d))[slide]
    values += rng.standard_normal(values.shape)
    names = [np.char.add(*each) for each in (
        ("tissue ", tissue.astype(str)),
        ("center ", center[slide].astype(str)),
        ("slide ", slide.astype(str)),
    )]  # fmt: skip
    return values.astype(np.float32), TileLabels(*names)


def unequal(seed: int) -> Drawn:
    """Five slides a cell, of 1 to 12 tiles, each slide with as many in every set."""
    values, labels = drawn(seed=seed, slides=5, tiles=12, d=16, effects_seed=5)
    tiles = np.random.default_rng(77).choice([1, 2, 3, 4, 8, 12], len(values) // 12)
    kept = np.flatnonzero(np.arange(len(values)) % 12 < np.repeat(tiles, 12))
    return values[kept], labels.take(kept)


def of_cells(slides: Any, **design: Any) -> Callable[[int], Drawn]:
    """Sets of slides of one tissue, of the same effects."""
    return lambda seed: drawn(
        seed=seed, **{"slides": slides, "tiles": 4, "d": 16, "effects_seed": 5, **design}
    )


NOTHING = {"tissue_effect": 0.0, "center_effect": 0.0, "slide_effect": 0.0}
DESIGNS: dict[str, Callable[[int], Drawn]] = {
    "3 x 3, 4 slides a cell": of_cells(4),
    "3 x 3, 8 slides a cell": of_cells(8),
    "3 x 3, 3 slides a cell": of_cells(3),
    "2 x 2, 4 slides a cell": of_cells(4, n=2),
    "2 x 2, 3 slides a cell": of_cells(3, n=2),
    "2 x 2, 2 slides a cell": of_cells(2, n=2),
    "weak effects, 4 slides a cell": of_cells(
        4, tissue_effect=0.3, center_effect=0.3, slide_effect=0.5
    ),
    "strong center effect, 4 a cell": of_cells(4, center_effect=1.5, slide_effect=0.6),
    "V .38, 5 to 14 a cell": of_cells(BALANCE[1], tiles=3),
    "V .62, 3 to 18 a cell": of_cells(BALANCE[2], tiles=3),
    "3 tissues a slide, 6 a center": several,
    "2 tissues a slide, 10 a center": lambda seed: several(seed, 10, 2, 3),
    "4 tissues a slide, 4 at each of 2 centers": lambda seed: several(seed, 4, 4, 3, centers=2),
    "1 to 12 tiles a slide, 5 a cell": unequal,
    "noise, 3 x 3, 4 a cell": of_cells(4, **NOTHING),
    "noise, 2 x 2, 8 a cell": of_cells(8, n=2, **NOTHING),
}


def coverage(sets: int, halvings: int, probed: int, designs: Sequence[str]) -> None:
    """Of the intervals of the differences: of the index, and of tissue where it is probed."""
    measures = ["index"]
    if probed:
        measures += ["tissue_new_slides", "tissue_new_center", "tissue_met_center", "center_probe"]
    for name, draw in DESIGNS.items():
        if designs and not any(part in name for part in designs):
            continue
        found: dict[str, list[Change]] = {}
        for seed in range(sets):
            one = cross_fit(
                *draw(seed), CORRECTIONS, K, halvings=halvings, probed=probed, seed=1000 * seed
            )
            assert isinstance(one, Corrections)
            for effect in one.effects:
                for measure in measures:
                    change = getattr(effect, measure)
                    if isinstance(change, Change):
                        found.setdefault(f"{effect.name}, {measure}", []).append(change)
        off = 2 * (0.95 * 0.05 / sets) ** 0.5
        print(f"{name}: coverage (± {off:.3f}), share of rises and falls, mean difference")
        for each, changes in found.items():
            truth = float(np.mean([change.difference for change in changes]))
            some = [c for c in changes if c.low is not None and c.high is not None]
            held = np.mean([c.low <= truth <= c.high for c in some])  # type: ignore[operator]
            up, down = (np.mean([getattr(c, way) for c in some]) for way in ("rises", "falls"))
            print(
                f"  {each:36} {held:.3f} of {len(some)}   {up:.2f} {down:.2f}   {truth:+.3f}",
                flush=True,
            )


def stain(sets: int, halvings: int) -> None:
    """What Reinhard and Macenko do to centers that differ in color, focus or thickness alone."""
    device = resolve_devices("cpu")
    for difference in DIFFERENCES:
        rows: dict[str, list[CorrectionEffect]] = {}
        for seed in range(sets):
            with tempfile.TemporaryDirectory() as folder:
                reference = phantom_reference(
                    Path(folder) / "set", difference, n_slides=8, n_tiles=2, tissues=TISSUES[:3],
                    seed=seed,
                )  # fmt: skip
                for name in ("color-statistics", "shell"):
                    spec = standard_encoders().encoder(name)
                    embedded = embedded_set(reference, spec, None, device="cpu")
                    found = try_recolorings(
                        embedded, TILE_CORRECTIONS, 5, Embedder(reference, device),
                        halvings=halvings, seed=seed,
                    )  # fmt: skip
                    assert isinstance(found, Corrections)
                    for effect in found.effects:
                        rows.setdefault(f"{name}, {effect.name}", []).append(effect)
        print(
            f"{difference}: index, tissue on new slides, at a new center, center probe", flush=True
        )
        for title, effects in rows.items():
            said = []
            for measure in ("index", "tissue_new_slides", "tissue_new_center", "center_probe"):
                some = [getattr(effect, measure) for effect in effects]
                up, down = (sum(getattr(each, way) for each in some) for way in ("rises", "falls"))
                before, after = (
                    np.mean([getattr(e, w) for e in some]) for w in ("before", "after")
                )
                said.append(f"{before:.3f} → {after:.3f} (+{up} -{down})")
            print(f"  {title:28} " + "   ".join(said), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "what",
        nargs="?",
        default="cost",
        choices=["cost", "noise", "balance", "coverage", "stain"],
    )
    parser.add_argument("--sets", type=int, default=20)
    parser.add_argument("--halvings", type=int, default=2)
    parser.add_argument("--tiles", type=int, default=20_400)
    parser.add_argument("--dim", type=int, default=1024)
    parser.add_argument("--probed", type=int, default=0, help="halvings, for coverage")
    parser.add_argument("--design", action="append", default=[], help="part of its name")
    given = parser.parse_args()
    if given.what == "cost":
        cost(given.tiles, given.dim, given.halvings)
    elif given.what == "coverage":
        coverage(given.sets, given.halvings, given.probed, given.design)
    else:
        {"noise": noise, "balance": balance, "stain": stain}[given.what](given.sets, given.halvings)


if __name__ == "__main__":
    main()
