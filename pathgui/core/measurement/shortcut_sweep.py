"""The shortcut sweep: draw training sets, fit tissue probes, ask them.

No slide is trained on and tested on, or chooses the penalty, whatever tissues it has.
"""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from pathgui.core.metrics import shortcut
from pathgui.core.metrics.neighbors.knn import balanced_accuracy
from pathgui.core.metrics.probe import in_parallel
from pathgui.core.metrics.results import (
    NotAssessable,
    PerformanceDrop,
    ShortcutSplit,
    ShortcutSweep,
)
from pathgui.core.metrics.shortcut import PATHOROB, SweepDesign, two_center_schedule
from pathgui.core.progress import ProgressFn, ignore_progress

SweepEffort = Literal["none", "quick", "full"]

REPETITIONS = {"quick": 5, "full": 20}
MOST_TRAINING = {"quick": 2_000, "full": 10_000}  # tiles
MOST_ELSEWHERE = {"quick": 4_000, "full": 20_000}  # tiles of other centers that are asked
FEWEST_SLIDES = 3  # of a cell
ENOUGH_SPLITS = 3  # beyond which more tissues count for more than more splits
REGULARIZATION = 10.0 ** np.linspace(-8, 4, 15)  # C of PathoROB, the strongest penalty first
RIDGE = 10.0 ** np.arange(2, -7, -1)  # penalties, in units of the mean variance of a feature
ORDERS = 100  # of slides with several tissues that are tried to divide them
STAGE = "Fitting probes on shortcuts"

PROBES = {
    "full": "logistic regression, C chosen from 15 values on validation slides (as PathoROB)",
    "quick": "ridge classifier, penalty chosen from 9 values on validation slides",
}
FIXED_PROBES = {  # where there are too few slides to choose by
    "full": "logistic regression, C = 1",
    "quick": "ridge classifier, penalty of a hundredth of the mean variance",
}
ALL_TRAINED = "Not assessable: all centers are trained on."
NOT_ELSEWHERE = "Not assessable: the other centers do not have all tissues that are trained on."

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


def sweep(
    values: NDArray[np.floating[Any]],
    tissue: Codes,
    center: Codes,
    groups: Codes,
    tissues: Sequence[str],
    centers: Sequence[str],
    *,
    effort: Literal["quick", "full"] = "quick",
    seed: int = 0,
    report: ProgressFn = ignore_progress,
) -> ShortcutSweep | NotAssessable:
    """Accuracy of a tissue probe as tissue and center go together more and more in training.

    Parameters
    ----------
    values : (n, d) float array
    tissue, center, groups : (n,) int arrays
        Codes; ``tissues`` and ``centers`` are their names. No group is split between training and
        test.
    effort : "quick" or "full"
        "full": PathoROB's procedure, 20 repetitions of logistic regressions with the best of 15
        penalties. "quick": 5 repetitions of ridge classifiers, at most 2,000 training tiles.

    Returns
    -------
    ShortcutSweep
        PathoROB's design where the set is one of PathoROB's three, and otherwise pairs of centers
        that have the same tissues, taken in turn by the repetitions.
    """
    cells = _cells(tissue, center, groups)
    known = _known_design(tissues, centers, cells)
    rng = np.random.default_rng(seed)
    n_draws = REPETITIONS[effort]
    draws: list[Draw] | NotAssessable
    if known is not None:
        design = _smaller(known, MOST_TRAINING[effort])
        codes = tuple(list(tissues).index(name) for name in design.tissues)
        places = tuple(list(centers).index(name) for name in design.centers)
        found = [
            _draw(design, codes, places, cells, tissue, center, groups, rng, MOST_ELSEWHERE[effort])
            for _ in range(n_draws)
        ]
        whole = [draw for draw in found if draw is not None]
        if not whole:
            return NotAssessable(
                f"Not assessable: the slides of {design.title} cannot be divided into training and "
                f"test so that each tissue has its share."
            )
        draws = whole
    else:
        draws = _generic_draws(cells, tissue, center, groups, len(centers), effort, rng)
    if isinstance(draws, NotAssessable):
        return draws
    return _summary(draws, *_fit(draws, values, tissue, effort, report), effort, tissues, centers)


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
            f"Not assessable: no two tissues have {FEWEST_SLIDES} slides each at the same two "
            f"centers."
        )
    n_tissues, n_slides, validated, pairs = found
    n_test = _test_slides(min(least for _, shared in pairs for least in shared.values()))
    most = 2 * n_slides
    design = SweepDesign(
        title=f"{n_tissues} tissues at pairs of centers, in turn",
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
            "Not assessable: slides have several tissues, and cannot be divided into training and "
            "test so that each tissue has enough of both."
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


def _fit(
    draws: list[Draw],
    values: NDArray[np.floating[Any]],
    tissue: Codes,
    effort: Literal["quick", "full"],
    report: ProgressFn,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Balanced accuracies in and out of domain, shape (splits, repetitions); NaN where none."""
    from sklearn.exceptions import ConvergenceWarning

    n_splits = len(draws[0].design.schedule)
    within = np.full((n_splits, len(draws)), np.nan)
    without = np.full((n_splits, len(draws)), np.nan)
    fit = _logistic if effort == "full" else _ridge

    def one(split: int, number: int) -> None:
        draw = draws[number]
        train, validation = draw.training(split)
        tests = [draw.test, draw.elsewhere]
        answers = fit(values, tissue, train, validation, tests)
        for scores, rows, answered in zip((within, without), tests, answers, strict=True):
            value = balanced_accuracy(tissue[rows], answered) if len(rows) else None
            scores[split, number] = np.nan if value is None else value

    works = [
        lambda split=split, number=number: one(split, number)
        for number in range(len(draws))
        for split in range(n_splits)
    ]
    with warnings.catch_warnings():
        # That 100 iterations do not always converge is part of PathoROB's procedure.
        warnings.simplefilter("ignore", ConvergenceWarning)
        in_parallel(works, report, STAGE)
    return within, without


def _logistic(
    values: NDArray[np.floating[Any]],
    tissue: Codes,
    train: Codes,
    validation: Codes,
    tests: list[Codes],
) -> list[Codes]:
    """Answers of scikit-learn's logistic regression with the C that is best in validation."""
    from sklearn.linear_model import LogisticRegression

    data = np.asarray(values[train], np.float64)
    best, highest = 1.0, -1.0
    if len(validation):
        asked = np.asarray(values[validation], np.float64)
        for c in REGULARIZATION.tolist():
            answers = LogisticRegression(C=c).fit(data, tissue[train]).predict(asked)
            score = balanced_accuracy(tissue[validation], answers)
            if score is not None and score > highest:
                best, highest = c, score
    model = LogisticRegression(C=best).fit(data, tissue[train])
    return [
        model.predict(np.asarray(values[rows], np.float64)).astype(np.intp) if len(rows) else rows
        for rows in tests
    ]


def _ridge(
    values: NDArray[np.floating[Any]],
    tissue: Codes,
    train: Codes,
    validation: Codes,
    tests: list[Codes],
) -> list[Codes]:
    """Answers of a ridge classifier; all penalties from one decomposed Gram matrix."""
    classes, codes = np.unique(tissue[train], return_inverse=True)
    data = np.asarray(values[train], np.float64)
    mean = data.mean(axis=0)
    data = data - mean
    hot = np.eye(len(classes))[codes]
    offset = hot.mean(axis=0)
    n, d = data.shape
    wide = d > n
    gram = data @ data.T if wide else data.T @ data
    unit = max(float(np.trace(gram)) / d, np.finfo(np.float64).tiny)
    # Not scipy's, which holds up every other thread meanwhile.
    squares, basis = np.linalg.eigh(gram)
    squares = np.maximum(squares, 0.0)
    right = basis.T @ ((hot - offset) if wide else data.T @ (hot - offset))
    toward = data.T @ basis if wide else basis  # (d, m): from a direction back to the features

    def shrunk(penalty: float) -> NDArray[np.float64]:
        return np.asarray(right / (squares + penalty * unit)[:, None])

    def answers(scores: NDArray[np.float64]) -> Codes:
        return np.asarray(classes[(scores + offset).argmax(axis=1)], np.intp)

    best, highest = 0.01, -1.0
    if len(validation):
        asked = (np.asarray(values[validation], np.float64) - mean) @ toward
        for penalty in RIDGE.tolist():
            score = balanced_accuracy(tissue[validation], answers(asked @ shrunk(penalty)))
            if score is not None and score > highest:
                best, highest = penalty, score
    weights = toward @ shrunk(best)
    return [
        answers((np.asarray(values[rows], np.float64) - mean) @ weights) if len(rows) else rows
        for rows in tests
    ]


def _summary(
    draws: list[Draw],
    within: NDArray[np.float64],
    without: NDArray[np.float64],
    effort: Literal["quick", "full"],
    tissues: Sequence[str],
    centers: Sequence[str],
) -> ShortcutSweep:
    design = draws[0].design
    chance = 1 / len(draws[0].tissues)
    asked_elsewhere = np.isfinite(without).all(axis=0)
    without = without[:, asked_elsewhere]
    splits = []
    for number, v in enumerate(design.cramers_v):
        here, there = within[number], without[number]
        splits.append(
            ShortcutSplit(
                cramers_v=v,
                in_domain=float(here.mean()),
                in_domain_sd=float(here.std(ddof=1)) if len(here) > 1 else None,
                out_of_domain=float(there.mean()) if len(there) else None,
                out_of_domain_sd=float(there.std(ddof=1)) if len(there) > 1 else None,
            )
        )
    used = {code for draw in draws for code in draw.tissues}
    trained = {code for draw in draws for code in draw.centers}
    # Where pairs of centers take turns, each is elsewhere to the others.
    always = set.intersection(*(set(draw.centers) for draw in draws))
    return ShortcutSweep(
        design=design.title,
        tissues=[str(name) for code, name in enumerate(tissues) if code in used],
        centers=[str(name) for code, name in enumerate(centers) if code in trained],
        other_centers=[str(name) for code, name in enumerate(centers) if code not in always],
        probe=(PROBES if draws[0].validated else FIXED_PROBES)[effort],
        repetitions=len(draws),
        slides_per_cell=design.training_slides // design.schedule[0].size,
        tiles_per_slide=design.tiles,
        n_train=design.training_slides * design.tiles,
        chance=chance,
        splits=splits,
        in_domain=_drop(within, design.cramers_v, chance),
        out_of_domain=(
            _drop(without, design.cramers_v, chance)
            if without.shape[1]
            else NotAssessable(ALL_TRAINED if len(always) == len(centers) else NOT_ELSEWHERE)
        ),
    )


def _drop(
    accuracies: NDArray[np.float64], cramers_v: list[float], chance: float
) -> PerformanceDrop | NotAssessable:
    drops = shortcut.performance_drops(accuracies)
    drops = drops[np.isfinite(drops)]
    if not len(drops):
        return NotAssessable("Not defined: no answer is right even in the balanced split.")
    bounds = shortcut.interval_of_mean(drops)
    return PerformanceDrop(
        apd=float(drops.mean()),
        low=bounds[0] if bounds else None,
        high=bounds[1] if bounds else None,
        nipd=shortcut.normalized_drop(accuracies, cramers_v, chance),
    )
