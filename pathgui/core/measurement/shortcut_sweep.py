"""The shortcut sweep: draw training sets, fit tissue probes, ask them.

No slide is trained on and tested on, or chooses the penalty, whatever tissues it has.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from pathgui.core.language.texts import noted, say
from pathgui.core.measurement.shortcut_draws import (
    MOST_ELSEWHERE,
    MOST_TRAINING,
    REPETITIONS,
    Codes,
    Draw,
    _cells,
    _draw,
    _generic_draws,
    _known_design,
    _smaller,
)
from pathgui.core.metrics import shortcut
from pathgui.core.metrics.neighbors.knn import balanced_accuracy
from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.metrics.results import PerformanceDrop, ShortcutSplit, ShortcutSweep
from pathgui.core.progress import ProgressFn, ignore_progress
from pathgui.core.reference.roles import USUAL, RoleColumns
from pathgui.core.system.background import in_parallel

REGULARIZATION = 10.0 ** np.linspace(-8, 4, 15)  # C of PathoROB, the strongest penalty first
RIDGE = 10.0 ** np.arange(2, -7, -1)  # penalties, in units of the mean variance of a feature
STAGE = say("Fitting probes on shortcuts")

PROBES = {
    "full": noted(
        "logistic regression, C chosen from 15 values on validation slides (as PathoROB)"
    ),
    "quick": noted("ridge classifier, penalty chosen from 9 values on validation slides"),
}
FIXED_PROBES = {  # where there are too few slides to choose by
    "full": noted("logistic regression, C = 1"),
    "quick": noted("ridge classifier, penalty of a hundredth of the mean variance"),
}
ALL_TRAINED = noted("Not assessable: all {centers} are trained on.")
NOT_ELSEWHERE = noted(
    "Not assessable: the other {centers} do not have all {tissues} that are trained on."
)


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
    columns: RoleColumns = USUAL,
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
                say(
                    "Not assessable: the slides of {design_title} cannot be "
                    "divided into training and test so that each {of_tissue} has "
                    "its share.",
                    design_title=design.title,
                    of_tissue=columns.of_tissue,
                )
            )
        draws = whole
    else:
        draws = _generic_draws(cells, tissue, center, groups, len(centers), effort, rng, columns)
    if isinstance(draws, NotAssessable):
        return draws
    fitted = _fit(draws, values, tissue, effort, report)
    return _summary(draws, *fitted, effort, tissues, centers, columns)


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
    columns: RoleColumns,
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
            else NotAssessable(
                columns.say(ALL_TRAINED if len(always) == len(centers) else NOT_ELSEWHERE)
            )
        ),
    )


def _drop(
    accuracies: NDArray[np.float64], cramers_v: list[float], chance: float
) -> PerformanceDrop | NotAssessable:
    drops = shortcut.performance_drops(accuracies)
    drops = drops[np.isfinite(drops)]
    if not len(drops):
        return NotAssessable(say("Not defined: no answer is right even in the balanced split."))
    bounds = shortcut.interval_of_mean(drops)
    return PerformanceDrop(
        apd=float(drops.mean()),
        low=bounds[0] if bounds else None,
        high=bounds[1] if bounds else None,
        nipd=shortcut.normalized_drop(accuracies, cramers_v, chance),
    )
