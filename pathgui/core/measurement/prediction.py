"""Predicting tissue and center, and what the errors are due to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pathgui.core.language.texts import noted, say
from pathgui.core.measurement.results import (
    BalancedAccuracies,
    LabelScores,
    Prediction,
    SameCenterErrors,
)
from pathgui.core.measurement.sample import Material
from pathgui.core.measurement.slide_deletion import (
    Without,
    accuracy_interval,
    interval_of,
    judged_interval,
)
from pathgui.core.metrics import attribution, jackknife, left_out, probe
from pathgui.core.metrics import folds as prediction
from pathgui.core.metrics.neighbors import knn
from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.metrics.results import Interval
from pathgui.core.progress import ProgressFn
from pathgui.core.reference.roles import Noun

NO_NEIGHBOR = noted("Not assessable: no tile has a neighbor from another slide.")


def cannot_learn(what: Noun) -> str:
    """Why nobody can name labels, which are called ``what``, on new slides."""
    return say(
        "Not assessable: fewer than two {what_many} have two slides or more, "
        "so none can be learned on one slide and asked for on another.",
        what_many=what.many,
    )


def knn_accuracies(
    material: Material, without: Without, why_not: NotAssessable | None = None
) -> BalancedAccuracies:
    """Of the vote of the k nearest; ``why_not`` in place of both where there is nothing to vote."""
    chances = 1 / len(material.tissues), 1 / len(material.centers)
    if why_not is not None:
        return BalancedAccuracies(why_not, why_not, *chances)
    columns, votes = material.columns, without.sums
    tissue, of_tissue = vote_accuracy(
        material, material.tissue, columns.of_tissue, votes.tissue_votes
    )
    center, of_center = vote_accuracy(
        material, material.center, columns.of_center, votes.center_votes
    )
    return BalancedAccuracies(tissue, center, *chances, of_tissue, of_center)


def vote_accuracy(
    material: Material, labels: NDArray[np.intp], what: Noun, votes: NDArray[np.float64]
) -> tuple[float | NotAssessable, Interval | None]:
    """Balanced accuracy with which the k nearest vote for ``labels``, which are called ``what``.

    ``votes`` are those without each slide.
    """
    if labels.max() == 0:
        return NotAssessable(say("Not assessable: there is only one {what}.", what=what)), None
    if np.count_nonzero(probe.repeated_labels(labels, material.groups)) < 2:
        return NotAssessable(cannot_learn(what)), None
    truth = labels[: material.n_anchors]
    answers = knn.votes_by_k(material.neighbors, labels, [material.k])[material.k]
    value = knn.balanced_accuracy(truth, answers)
    if value is None:
        return NotAssessable(NO_NEIGHBOR), None
    left = left_out.accuracies(votes)
    return value, accuracy_interval(material, value, left, truth, answers)


@dataclass(frozen=True)
class Probed:
    """Out-of-fold answers of the probes; None where there can be none."""

    tissue: probe.CrossValidated | None
    center: probe.CrossValidated | None
    accuracies: BalancedAccuracies


def probed(material: Material, report: ProgressFn) -> Probed:
    """Fit probes for tissue and for center with whole slides held out; on the anchors."""
    n = material.n_anchors
    columns = material.columns
    tissue, of_tissue, tissues = ask_probe(material, material.tissue[:n], columns.of_tissue, report)
    center, of_center, centers = ask_probe(material, material.center[:n], columns.of_center, report)
    return Probed(
        tissue,
        center,
        BalancedAccuracies(
            of_tissue,
            of_center,
            1 / tissues,
            1 / centers,
            interval_of_probe(material, material.tissue[:n], tissue),
            interval_of_probe(material, material.center[:n], center),
        ),
    )


def ask_probe(
    material: Material, labels: NDArray[np.intp], what: Noun, report: ProgressFn
) -> tuple[probe.CrossValidated | None, float | NotAssessable, int]:
    """Fit a probe for ``labels`` of the anchors, called ``what``, with whole slides held out.

    Returns its answers, their balanced accuracy, and how many labels it was asked for.
    """
    n = material.n_anchors
    groups = material.groups[:n]
    asked = int(np.count_nonzero(probe.repeated_labels(labels, groups)))
    if asked < 2:
        return None, NotAssessable(cannot_learn(what)), len(np.unique(labels))
    done = probe.cross_validated(
        material.values[:n],
        labels,
        groups,
        seed=material.seed,
        report=report,
        stage=say("Fitting {what} probes", what=what),
    )
    value = knn.balanced_accuracy(labels, done.answers)
    return done, NotAssessable(cannot_learn(what)) if value is None else value, asked


def not_probed(material: Material, why_not: NotAssessable | None = None) -> Probed:
    """In place of :func:`probed`, where no probes were asked for, or could learn anything."""
    no = why_not or NotAssessable(say("Not computed: no probes were asked for."))
    chances = 1 / len(material.tissues), 1 / len(material.centers)
    return Probed(None, None, BalancedAccuracies(no, no, *chances))


def same_center_errors(
    material: Material, answers: probe.CrossValidated | None, without: Without
) -> SameCenterErrors | NotAssessable:
    """Who misled the tiles that the vote gets wrong, and does the probe err on the same tiles?"""
    votes = knn.votes_by_k(material.neighbors, material.tissue, [material.k])[material.k]
    found = attribution.confounders(
        material.neighbors, material.tissue, material.center, material.groups, votes, material.k
    )
    fraction, expected = found.fraction, found.expected_fraction
    if fraction is None or expected is None:
        return NotAssessable(say("Not defined: the vote of the neighbors makes no error."))
    if not expected:
        return NotAssessable(
            material.columns.say(
                say(
                    "Not defined: no {center} has a tile of the {tissues} that "
                    "its tiles are taken for."
                )
            )
        )
    slides = len(np.unique(material.units.of_tile[found.rows]))
    bounds = jackknife.bounded_ratio_interval(
        fraction / expected, without.sums.enrichment, material.units, 1 / expected, slides
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
        low=bounds.low,
        high=bounds.high,
        probe_error_if_right=rates[0],
        probe_error_if_center=rates[1],
        probe_error_if_other=rates[2],
        no_interval=bounds.reason,
    )


def prediction_of(
    material: Material, grouped: probe.CrossValidated | None, report: ProgressFn
) -> Prediction | NotAssessable:
    """Tissue prediction by how new the test tiles are to the probe."""
    n = material.n_anchors
    values, tissue, center = material.values[:n], material.tissue[:n], material.center[:n]
    if grouped is None:
        return NotAssessable(cannot_learn(material.columns.of_tissue))
    n_centers = len(material.centers)
    asked = grouped.answers >= 0
    random = probe.by_folds(
        values,
        tissue,
        _where(asked, probe.group_folds(tissue, np.arange(len(tissue)), 5, material.seed)),
        report,
        say("Fitting probes on random folds"),
    )
    elsewhere: probe.CrossValidated | None = None
    site: probe.CrossValidated | None = None
    if n_centers > 1:
        elsewhere = probe.by_folds(
            values,
            tissue,
            _where(asked, center),
            report,
            say("Fitting probes without one {of_center}", of_center=material.columns.of_center),
        )
        if n_centers > prediction.SITE_FOLDS:
            folds = prediction.site_folds(tissue, center, prediction.SITE_FOLDS, material.seed)
            site = probe.by_folds(
                values,
                tissue,
                _where(asked, folds),
                report,
                say(
                    "Fitting probes on folds of whole {of_center_many}",
                    of_center_many=material.columns.of_center.many,
                ),
            )
        else:  # as many centers as folds: each is a fold
            site = elsewhere
    by_center = [_scores(material, here, grouped, elsewhere) for here in range(n_centers)]
    out = [scores.left_out_accuracy for scores in by_center if scores.left_out_accuracy is not None]
    votes = knn.votes_by_k(material.neighbors, material.tissue, [material.k])[material.k]
    n_tissues = len(material.tissues)
    site_preserved, site_gap = _elsewhere(material, site, random)
    pooled, _ = _elsewhere(material, elsewhere, random)
    every_center: Interval | None = None
    if elsewhere is not None and not isinstance(pooled, NotAssessable):
        every_center = _mean_over_centers(material, elsewhere.answers, float(np.mean(out)))
    return Prediction(
        grouped=_or(
            knn.balanced_accuracy(tissue, grouped.answers), cannot_learn(material.columns.of_tissue)
        ),
        random=_or(
            knn.balanced_accuracy(tissue, random.answers), cannot_learn(material.columns.of_tissue)
        ),
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
        n_left_center_out=_n_asked(elsewhere),
        grouped_interval=judged_interval(material, tissue, grouped.answers),
        random_interval=judged_interval(material, tissue, random.answers),
        random_minus_grouped_interval=_gap_interval(material, random, grouped),
        site_preserved_interval=interval_of_probe(material, tissue, site),
        random_minus_site_preserved_interval=None
        if site is None
        else _gap_interval(material, random, site),
        left_center_out_interval=every_center,
    )


def _scores(
    material: Material,
    here: int,
    grouped: probe.CrossValidated,
    elsewhere: probe.CrossValidated | None,
) -> LabelScores:
    n = material.n_anchors
    tiles = material.center[:n] == here
    truth, answers = material.tissue[:n][tiles], grouped.answers[tiles]

    def sure(done: probe.CrossValidated) -> Interval:
        return judged_interval(material, material.tissue[:n], np.where(tiles, done.answers, -1))

    calibrated = prediction.calibration(truth, grouped.probabilities[tiles])
    return LabelScores(
        center=str(material.centers[here]),
        n_tiles=int(tiles.sum()),
        balanced_accuracy=knn.balanced_accuracy(truth, answers),
        left_out_accuracy=(
            None if elsewhere is None else knn.balanced_accuracy(truth, elsewhere.answers[tiles])
        ),
        calibration_error=calibrated.error if calibrated else None,
        confidence=calibrated.confidence if calibrated else None,
        accuracy=calibrated.accuracy if calibrated else None,
        brier=calibrated.brier if calibrated else None,
        confusion=prediction.confusion(truth, answers, len(material.tissues)).tolist(),
        balanced_accuracy_interval=sure(grouped),
        left_out_accuracy_interval=None if elsewhere is None else sure(elsewhere),
    )


def interval_of_probe(
    material: Material, truth: NDArray[np.intp], done: probe.CrossValidated | None
) -> Interval | None:
    return None if done is None else judged_interval(material, truth, done.answers)


def _mean_over_centers(material: Material, answers: NDArray[np.intp], value: float) -> Interval:
    """Of the mean of the centers' accuracies."""
    n = material.n_anchors
    tissue, center = material.tissue[:n], material.center[:n]
    by_center = [np.where(center == here, answers, -1) for here in range(len(material.centers))]
    without = [
        left_out.accuracies(left_out.judged_without(tissue, some, material.units))
        for some in by_center
    ]
    mean = jackknife.mean_of_defined(np.stack(without, axis=1))
    return accuracy_interval(material, value, mean, tissue, answers)


def _gap_interval(
    material: Material, one: probe.CrossValidated, other: probe.CrossValidated
) -> Interval | None:
    """Of the difference of two accuracies, the same slides left out of both."""
    truth = material.tissue[: material.n_anchors]
    value = _gap(truth, one, other)
    if isinstance(value, NotAssessable):
        return None
    both = (one.answers >= 0) & (other.answers >= 0)
    first, second = (
        left_out.accuracies(
            left_out.judged_without(truth, np.where(both, done.answers, -1), material.units)
        )
        for done in (one, other)
    )
    return interval_of(material, value, first - second, "signed")


def _where(asked: NDArray[np.bool_], folds: NDArray[np.intp]) -> NDArray[np.intp]:
    return np.where(asked, folds, -1)


def _or(value: float | None, reason: str) -> float | NotAssessable:
    return NotAssessable(reason) if value is None else value


def _n_asked(done: probe.CrossValidated | None) -> int:
    return 0 if done is None else int(np.count_nonzero(done.answers >= 0))


def _elsewhere(
    material: Material, done: probe.CrossValidated | None, random: probe.CrossValidated
) -> tuple[float | NotAssessable, float | NotAssessable]:
    """The accuracy at new centers, and by how much random folds exceed it."""
    tissue = material.tissue[: material.n_anchors]
    named = material.columns.say
    if done is None:
        only = NotAssessable(named(say("Not assessable: there is only one {center}.")))
        return only, only
    value = knn.balanced_accuracy(tissue, done.answers)
    if value is None or len(np.unique(tissue[done.answers >= 0])) < 2:
        no = NotAssessable(
            named(
                say(
                    "Not assessable: fewer than two {tissues} can be learned "
                    "without the {center} that they are asked for at."
                )
            )
        )
        return no, no
    return value, _gap(tissue, random, done)


def _gap(
    tissue: NDArray[np.intp], one: probe.CrossValidated, other: probe.CrossValidated
) -> float | NotAssessable:
    """The difference of two accuracies, on the tiles that both were asked about."""
    both = (one.answers >= 0) & (other.answers >= 0)
    first = knn.balanced_accuracy(tissue[both], one.answers[both])
    second = knn.balanced_accuracy(tissue[both], other.answers[both])
    if first is None or second is None:
        return NotAssessable(say("Not assessable: one of the two accuracies is not."))
    return first - second
