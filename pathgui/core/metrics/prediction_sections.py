"""Predicting tissue and center, and what the errors are due to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pathgui.core import probe
from pathgui.core.metrics import attribution, intervals, knn, prediction
from pathgui.core.metrics.material import Material
from pathgui.core.metrics.results import (
    BalancedAccuracies,
    LabelScores,
    NotAssessable,
    Prediction,
    SameCenterErrors,
)
from pathgui.core.progress import ProgressFn

ENRICHMENT_REPLICATES = 300
NO_NEIGHBOR = "Not assessable: no tile has a neighbour from another slide."
CANNOT_LEARN = (
    "Not assessable: fewer than two {}s have two slides or more, so none can be learned on one "
    "slide and asked for on another."
)
ONE_CENTER = "Not assessable: there is only one center."
NOT_ELSEWHERE = (
    "Not assessable: fewer than two tissues can be learned without the center that they are asked "
    "for at."
)


def knn_accuracies(material: Material, why_not: NotAssessable | None = None) -> BalancedAccuracies:
    """Of the vote of the k nearest; ``why_not`` in place of both where there is nothing to vote."""

    def accuracy(labels: NDArray[np.intp], what: str) -> float | NotAssessable:
        if why_not is not None:
            return why_not
        if labels.max() == 0:
            return NotAssessable(f"Not assessable: there is only one {what}.")
        if np.count_nonzero(probe.repeated_labels(labels, material.groups)) < 2:
            return NotAssessable(CANNOT_LEARN.format(what))
        answers = knn.votes_by_k(material.neighbors, labels, [material.k])[material.k]
        value = knn.balanced_accuracy(labels[: material.n_anchors], answers)
        return NotAssessable(NO_NEIGHBOR) if value is None else value

    return BalancedAccuracies(
        accuracy(material.tissue, "tissue"),
        accuracy(material.center, "center"),
        1 / len(material.tissues),
        1 / len(material.centers),
    )


@dataclass(frozen=True)
class Probed:
    """Out-of-fold answers of the probes; None where there can be none."""

    tissue: probe.CrossValidated | None
    center: probe.CrossValidated | None
    accuracies: BalancedAccuracies


def probed(material: Material, report: ProgressFn) -> Probed:
    """Fit probes for tissue and for center with whole slides held out; on the anchors."""
    n = material.n_anchors
    groups = material.groups[:n]

    def ask(
        labels: NDArray[np.intp], what: str
    ) -> tuple[probe.CrossValidated | None, float | NotAssessable, int]:
        asked = int(np.count_nonzero(probe.repeated_labels(labels, groups)))
        if asked < 2:
            return None, NotAssessable(CANNOT_LEARN.format(what)), len(np.unique(labels))
        done = probe.cross_validated(
            material.values[:n],
            labels,
            groups,
            seed=material.seed,
            report=report,
            stage=f"Fitting {what} probes",
        )
        value = knn.balanced_accuracy(labels, done.answers)
        return done, NotAssessable(CANNOT_LEARN.format(what)) if value is None else value, asked

    tissue, of_tissue, tissues = ask(material.tissue[:n], "tissue")
    center, of_center, centers = ask(material.center[:n], "center")
    return Probed(
        tissue, center, BalancedAccuracies(of_tissue, of_center, 1 / tissues, 1 / centers)
    )


def not_probed(material: Material, why_not: NotAssessable | None = None) -> Probed:
    """In place of :func:`probed`, where no probes were asked for, or could learn anything."""
    no = why_not or NotAssessable("Not computed: no probes were asked for.")
    chances = 1 / len(material.tissues), 1 / len(material.centers)
    return Probed(None, None, BalancedAccuracies(no, no, *chances))


def same_center_errors(
    material: Material, answers: probe.CrossValidated | None, report: ProgressFn
) -> SameCenterErrors | NotAssessable:
    """Who misled the tiles that the vote gets wrong, and does the probe err on the same tiles?"""
    votes = knn.votes_by_k(material.neighbors, material.tissue, [material.k])[material.k]
    found = attribution.confounders(
        material.neighbors, material.tissue, material.center, material.groups, votes, material.k
    )
    fraction, expected = found.fraction, found.expected_fraction
    if fraction is None or expected is None:
        return NotAssessable("Not defined: the vote of the neighbours makes no error.")
    if not expected:
        return NotAssessable(
            "Not defined: no center has a tile of the tissues that its tiles are taken for."
        )
    bounds = None
    if len(np.unique(material.groups[found.rows])) > 1:
        bounds = intervals.percentile_interval(
            fraction
            / expected
            * attribution.enrichment_replicates(
                material.neighbors,
                material.tissue,
                material.center,
                material.groups,
                material.k,
                material.draws[:ENRICHMENT_REPLICATES],
                material.seed,
                report,
            )
        )
    rates: list[float | None] = [None, None, None]
    if answers is not None:
        asked = answers.answers >= 0
        wrong = answers.answers != material.tissue[: material.n_anchors]
        by_center = np.zeros(material.n_anchors, bool)
        by_center[found.rows[2 * found.same_center > found.misleading]] = True
        errors = np.zeros(material.n_anchors, bool)
        errors[found.rows] = True
        for slot, tiles in enumerate(((votes >= 0) & ~errors, by_center, errors & ~by_center)):
            if (tiles & asked).any():
                rates[slot] = float(wrong[tiles & asked].mean())
    return SameCenterErrors(
        k=material.k,
        n_errors=len(found.rows),
        misleading=int(found.misleading.sum()),
        same_center=int(found.same_center.sum()),
        fraction=fraction,
        expected=expected,
        enrichment=fraction / expected,
        low=bounds[0] if bounds else None,
        high=bounds[1] if bounds else None,
        probe_error_if_right=rates[0],
        probe_error_if_center=rates[1],
        probe_error_if_other=rates[2],
    )


def prediction_of(
    material: Material, grouped: probe.CrossValidated | None, report: ProgressFn
) -> Prediction | NotAssessable:
    """Tissue prediction by how new the test tiles are to the probe."""
    n = material.n_anchors
    values, tissue, center = material.values[:n], material.tissue[:n], material.center[:n]
    if grouped is None:
        return NotAssessable(CANNOT_LEARN.format("tissue"))
    n_centers = len(material.centers)
    asked = grouped.answers >= 0
    random = probe.by_folds(
        values,
        tissue,
        _where(asked, probe.group_folds(tissue, np.arange(len(tissue)), 5, material.seed)),
        report,
        "Fitting probes on random folds",
    )
    left_out: probe.CrossValidated | None = None
    site: probe.CrossValidated | None = None
    if n_centers > 1:
        left_out = probe.by_folds(
            values,
            tissue,
            _where(asked, center),
            report,
            "Fitting probes without one center",
        )
        if n_centers > prediction.SITE_FOLDS:
            folds = prediction.site_folds(tissue, center, prediction.SITE_FOLDS, material.seed)
            site = probe.by_folds(
                values,
                tissue,
                _where(asked, folds),
                report,
                "Fitting probes on site-preserved folds",
            )
        else:  # as many centers as folds: each is a fold
            site = left_out
    by_center = [_scores(material, here, grouped, left_out) for here in range(n_centers)]
    out = [scores.left_out_accuracy for scores in by_center if scores.left_out_accuracy is not None]
    votes = knn.votes_by_k(material.neighbors, material.tissue, [material.k])[material.k]
    n_tissues = len(material.tissues)
    site_preserved, site_gap = _elsewhere(tissue, site, random)
    pooled, _ = _elsewhere(tissue, left_out, random)
    return Prediction(
        grouped=_or(knn.balanced_accuracy(tissue, grouped.answers), CANNOT_LEARN.format("tissue")),
        random=_or(knn.balanced_accuracy(tissue, random.answers), CANNOT_LEARN.format("tissue")),
        random_minus_grouped=_gap(tissue, random, grouped),
        site_preserved=site_preserved,
        random_minus_site_preserved=site_gap,
        left_center_out=pooled if isinstance(pooled, NotAssessable) else float(np.mean(out)),
        tissues=material.tissues.tolist(),
        confusion_probe=prediction.confusion(tissue, grouped.answers, n_tissues).tolist(),
        confusion_knn=prediction.confusion(tissue, votes, n_tissues).tolist(),
        by_center=by_center,
        n_grouped=int(asked.sum()),
        n_site_preserved=_n_asked(site),
        n_left_center_out=_n_asked(left_out),
    )


def _scores(
    material: Material,
    here: int,
    grouped: probe.CrossValidated,
    left_out: probe.CrossValidated | None,
) -> LabelScores:
    n = material.n_anchors
    tiles = material.center[:n] == here
    truth, answers = material.tissue[:n][tiles], grouped.answers[tiles]
    calibrated = prediction.calibration(truth, grouped.probabilities[tiles])
    return LabelScores(
        center=str(material.centers[here]),
        n_tiles=int(tiles.sum()),
        balanced_accuracy=knn.balanced_accuracy(truth, answers),
        left_out_accuracy=(
            None if left_out is None else knn.balanced_accuracy(truth, left_out.answers[tiles])
        ),
        calibration_error=calibrated.error if calibrated else None,
        confidence=calibrated.confidence if calibrated else None,
        accuracy=calibrated.accuracy if calibrated else None,
        brier=calibrated.brier if calibrated else None,
        confusion=prediction.confusion(truth, answers, len(material.tissues)).tolist(),
    )


def _where(asked: NDArray[np.bool_], folds: NDArray[np.intp]) -> NDArray[np.intp]:
    return np.where(asked, folds, -1)


def _or(value: float | None, reason: str) -> float | NotAssessable:
    return NotAssessable(reason) if value is None else value


def _n_asked(done: probe.CrossValidated | None) -> int:
    return 0 if done is None else int(np.count_nonzero(done.answers >= 0))


def _elsewhere(
    tissue: NDArray[np.intp], done: probe.CrossValidated | None, random: probe.CrossValidated
) -> tuple[float | NotAssessable, float | NotAssessable]:
    """The accuracy at new centers, and by how much random folds exceed it."""
    if done is None:
        return NotAssessable(ONE_CENTER), NotAssessable(ONE_CENTER)
    value = knn.balanced_accuracy(tissue, done.answers)
    if value is None or len(np.unique(tissue[done.answers >= 0])) < 2:
        return NotAssessable(NOT_ELSEWHERE), NotAssessable(NOT_ELSEWHERE)
    return value, _gap(tissue, random, done)


def _gap(
    tissue: NDArray[np.intp], one: probe.CrossValidated, other: probe.CrossValidated
) -> float | NotAssessable:
    """The difference of two accuracies, on the tiles that both were asked about."""
    both = (one.answers >= 0) & (other.answers >= 0)
    first = knn.balanced_accuracy(tissue[both], one.answers[both])
    second = knn.balanced_accuracy(tissue[both], other.answers[both])
    if first is None or second is None:
        return NotAssessable("Not assessable: one of the two accuracies is not.")
    return first - second
