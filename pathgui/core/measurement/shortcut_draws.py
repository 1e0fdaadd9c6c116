"""Which slides a shortcut sweep trains and tests on."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from pathgui.core.language.texts import say
from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.metrics.shortcut import PATHOROB, SweepDesign, two_center_schedule
from pathgui.core.reference.roles import RoleColumns

SweepEffort = Literal["none", "quick", "full"]

REPETITIONS = {"quick": 5, "full": 20}
MOST_TRAINING = {"quick": 2_000, "full": 10_000}  # tiles
MOST_ELSEWHERE = {"quick": 4_000, "full": 20_000}  # tiles of other centers that are asked
FEWEST_SLIDES = 3  # of a cell
ENOUGH_SPLITS = 3  # beyond which more tissues count for more than more splits
ORDERS = 100  # of slides with several tissues that are tried to divide them

Codes = NDArray[np.intp]
Cell = tuple[int, int]


@dataclass(frozen=True)
class Draw:
    """The slides of one repetition, as rows of tiles."""

    design: SweepDesign
    order: dict[Cell, list[Codes]]  # of each cell: the tiles of each slide, training slides first
    groups: Codes  # (n,) slide of each tile
    test: Codes
    elsewhere: Codes  # tiles of other centers; none where those lack a tissue
    tissues: tuple[int, ...]  # codes, in the order of the design
    centers: tuple[int, ...]
    validated: bool  # whether slides are left to choose the penalty by

    def training(self, split: int) -> tuple[Codes, Codes]:
        """Rows to train on and rows to choose the penalty by.

        As PathoROB: the validation tiles of a cell are the next after its training tiles, in
        proportion to them. But slides that are trained on for another tissue are passed over, so
        that there may be none.
        """
        table = self.design.schedule[split]
        train: list[Codes] = []
        for cell, slides in self.order.items():
            train += slides[: int(table[cell])]
        trained = {int(self.groups[rows[0]]) for rows in train}
        validation = []
        for cell, slides in self.order.items():
            n = int(table[cell])
            new = [rows for rows in slides[n:] if int(self.groups[rows[0]]) not in trained]
            if self.validated and n and new:
                validation.append(new[0][: n * self.design.tiles // self.design.most])
        none = [np.zeros(0, np.intp)]
        return np.concatenate(train or none), np.concatenate(validation or none)


def _cells(tissue: Codes, center: Codes, groups: Codes) -> dict[Cell, dict[int, Codes]]:
    """The tiles of each group in each cell; groups that are at several centers are left out."""
    order = np.lexsort((np.arange(len(groups)), groups, center, tissue))
    keys = np.stack([tissue, center, groups])[:, order]
    edges = np.flatnonzero((keys[:, 1:] != keys[:, :-1]).any(axis=0)) + 1
    of_group = np.unique(np.stack([groups, center]), axis=1)[0]
    names, times = np.unique(of_group, return_counts=True)
    torn = set(names[times > 1].tolist())
    cells: dict[Cell, dict[int, Codes]] = {}
    for rows in np.split(order, edges):
        first = rows[0]
        if int(groups[first]) not in torn:
            cell = cells.setdefault((int(tissue[first]), int(center[first])), {})
            cell[int(groups[first])] = rows
    return cells


def _known_design(
    tissues: Sequence[str], centers: Sequence[str], cells: dict[Cell, dict[int, Codes]]
) -> SweepDesign | None:
    """PathoROB's design, if these are its tissues and centers with slides enough."""
    for design in PATHOROB.values():
        if set(design.tissues) != set(tissues) or not set(design.centers) <= set(centers):
            continue
        enough = all(
            sum(
                len(rows) >= design.tiles
                for rows in cells.get(
                    (list(tissues).index(one), list(centers).index(other)), {}
                ).values()
            )
            >= design.slides
            for one, other in itertools.product(design.tissues, design.centers)
        )
        if enough:
            return design
    return None


def _smaller(design: SweepDesign, most_training: int) -> SweepDesign:
    """With fewer tiles a slide, so that not more than ``most_training`` train in a split."""
    return replace(design, tiles=max(1, min(design.tiles, most_training // design.training_slides)))


def _generic_draws(
    cells: dict[Cell, dict[int, Codes]],
    tissue: Codes,
    center: Codes,
    groups: Codes,
    n_centers: int,
    effort: Literal["quick", "full"],
    rng: np.random.Generator,
    columns: RoleColumns,
) -> list[Draw] | NotAssessable:
    """Pairs of centers in turn, an even number of their tissues each time."""
    tiles = _tiles_per_slide(cells)
    cells = {
        cell: {group: rows for group, rows in of.items() if len(rows) >= tiles}
        for cell, of in cells.items()
    }
    found = _candidates(cells, n_centers)
    if not found:
        return NotAssessable(
            say(
                "Not assessable: no two {of_tissue_many} have {FEWEST_SLIDES} "
                "slides each at the same two {of_center_many}.",
                of_tissue_many=columns.of_tissue.many,
                FEWEST_SLIDES=FEWEST_SLIDES,
                of_center_many=columns.of_center.many,
            )
        )
    n_tissues, n_slides, validated, pairs = found
    n_test = _test_slides(min(least for _, shared in pairs for least in shared.values()))
    most = 2 * n_slides
    design = SweepDesign(
        title=say(
            "{count} at pairs of {of_center_many}, in turn",
            count=columns.of_tissue.counted(n_tissues),
            of_center_many=columns.of_center.many,
        ),
        tissues=(),
        centers=(),
        slides=most + n_test + int(validated),
        most=most,
        tiles=tiles,
        schedule=two_center_schedule(n_tissues, n_slides),
    )
    design = _smaller(design, MOST_TRAINING[effort])
    draws: list[Draw] = []
    n_draws = REPETITIONS[effort]
    pairs = [pairs[i] for i in rng.permutation(len(pairs))]
    # A slide with several tissues may spoil a draw; others are tried in its place.
    for attempt in range(4 * n_draws):
        (one, other), shared = pairs[attempt % len(pairs)]
        chosen = sorted(shared, key=lambda t: (-shared[t], rng.random()))[:n_tissues]
        codes = tuple(int(t) for t in rng.permutation(chosen))
        draw = _draw(
            design,
            codes,
            (one, other),
            cells,
            tissue,
            center,
            groups,
            rng,
            MOST_ELSEWHERE[effort],
            validated=validated,
        )
        if draw is not None:
            draws.append(draw)
        if len(draws) == n_draws:
            break
    if not draws:
        return NotAssessable(
            columns.say(
                say(
                    "Not assessable: slides have several {tissues}, and cannot "
                    "be divided into training and test so that each {tissue} has "
                    "enough of both."
                )
            )
        )
    return draws


def _tiles_per_slide(cells: dict[Cell, dict[int, Codes]]) -> int:
    """As many as the smallest slide has that is not far smaller than the others."""
    sizes = np.array([len(rows) for of in cells.values() for rows in of.values()])
    return int(sizes[sizes >= np.median(sizes) / 2].min()) if len(sizes) else 1


def _test_slides(least: int) -> int:
    return max(1, least // 6)


def _training_slides(least: int) -> tuple[int, bool]:
    """Slides of each cell in the balanced split, and whether one is left for validation."""
    pool = least - _test_slides(least)
    n = max(1, (pool - 1) // 2)
    return n, pool > 2 * n


def _candidates(
    cells: dict[Cell, dict[int, Codes]], n_centers: int
) -> tuple[int, int, bool, list[tuple[Cell, dict[int, int]]]] | None:
    """How many tissues, slides and which pairs of centers: the most splits, then tissues.

    Of each pair, the slides that the smaller of its two cells has, by tissue.
    """
    choices = []
    for one, other in itertools.combinations(range(n_centers), 2):
        shared = {
            t: min(len(cells[t, one]), len(cells[t, other]))
            for t, c in cells
            if c == one and (t, other) in cells
        }
        shared = {t: least for t, least in shared.items() if least >= FEWEST_SLIDES}
        ranked = sorted(shared.values(), reverse=True)
        for n_tissues in range(2, len(ranked) + 1, 2):
            n, validated = _training_slides(ranked[n_tissues - 1])
            score = (validated, min(n, ENOUGH_SPLITS), n_tissues)
            of_these = {t: s for t, s in shared.items() if s >= ranked[n_tissues - 1]}
            choices.append((score, n, (one, other), of_these))
    if not choices:
        return None
    best = max(score for score, *_ in choices)
    taken = [choice for choice in choices if choice[0] == best]
    n = min(n for _, n, _, _ in taken)
    return best[2], n, best[0], [(pair, shared) for _, _, pair, shared in taken]


def _draw(
    design: SweepDesign,
    codes: tuple[int, ...],
    places: tuple[int, ...],
    cells: dict[Cell, dict[int, Codes]],
    tissue: Codes,
    center: Codes,
    groups: Codes,
    rng: np.random.Generator,
    most_elsewhere: int,
    *,
    validated: bool = True,
) -> Draw | None:
    """Divide the slides and put them in order; None where they cannot be divided."""
    order: dict[Cell, list[Codes]] = {}
    test: list[Codes] = []
    n_test = design.slides - design.most - int(validated)
    trained: set[int] = set()
    for column, place in enumerate(places):
        slides_of = [
            {group: rows for group, rows in cells[code, place].items() if len(rows) >= design.tiles}
            for code in codes
        ]
        slides = list(rng.permutation(sorted(set().union(*slides_of))).tolist())
        chosen = _test_groups(slides, slides_of, n_test, design.most + int(validated), rng)
        if chosen is None:
            return None
        for row, of in enumerate(slides_of):
            pool = [group for group in slides if group in of and group not in chosen]
            trained.update(pool)
            order[row, column] = [of[group][: design.tiles] for group in pool]
            test += [of[group][: design.tiles] for group in slides if group in chosen & of.keys()]
    asked = np.isin(tissue, codes) & ~np.isin(center, places)
    asked &= ~np.isin(groups, list(trained))
    elsewhere = np.flatnonzero(asked)
    if len(elsewhere) > most_elsewhere:
        elsewhere = np.sort(rng.choice(elsewhere, most_elsewhere, replace=False))
    # Of fewer tissues the accuracy by chance is another, and drops would not compare.
    if len(np.unique(tissue[elsewhere])) < len(codes):
        elsewhere = elsewhere[:0]
    return Draw(design, order, groups, np.concatenate(test), elsewhere, codes, places, validated)


def _test_groups(
    slides: list[int],
    slides_of: list[dict[int, Codes]],
    n_test: int,
    n_pool: int,
    rng: np.random.Generator,
) -> set[int] | None:
    """Slides for the test, so that each tissue has ``n_test`` of them and ``n_pool`` others.

    A slide with several tissues counts for each, so several orders are tried; more than
    ``n_test`` are taken only where no order leads to that number.
    """
    having = {group: [t for t, of in enumerate(slides_of) if group in of] for group in slides}
    total = np.array([len(of) for of in slides_of])
    for spare in range(int(total.max())):
        most = np.minimum(n_test + spare, total - n_pool)
        if (most < n_test).any():
            return None
        for _ in range(ORDERS):
            counts = np.zeros(len(total), int)
            chosen = set()
            for group in rng.permutation(slides).tolist():
                here = having[group]
                if (counts[here] < n_test).any() and (counts[here] < most[here]).all():
                    counts[here] += 1
                    chosen.add(group)
            if (counts >= n_test).all():
                return chosen
            if all(len(here) == 1 for here in having.values()):
                break
    return None
