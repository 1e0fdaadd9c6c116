"""Whether a probe's probabilities come true, and the one temperature that makes them.

A probe is over-confident on slides that it has not seen: it is fitted until its own tiles are
told apart. Dividing its scores by one number, the temperature, changes no answer and brings the
probabilities near the share of answers that are right (Guo et al. 2017, arXiv:1706.04599). The
number is fitted on answers for slides that took no part in fitting.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pathgui.core.language.texts import say
from pathgui.core.metrics import probe
from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.metrics.probe import Probe
from pathgui.core.progress import ProgressFn, ignore_progress
from pathgui.core.system.json_records import Member

BINS = 15  # of the probability of the answer
TEMPERATURES = (0.05, 100.0)  # looked at; a probe that errs never would ask for 0

Codes = NDArray[np.intp]


@dataclass(frozen=True)
class ReliabilityBin:
    """Answers whose probability lies in a range: how probable on average, how many are right."""

    low: float  # below it or equal to it lies no answer of this bin, but for 0
    high: float
    n: int
    probability: float  # mean; 0 where there is no answer
    accuracy: float


class Reliability(Member, frozen=True):
    """How far the probabilities shown are those of being right. All but ``temperature`` 0..1.

    Measured on the reference tiles, each answered by a probe that saw no tile of its slide or
    patient. The temperature was fitted on the same answers.
    """

    temperature: float  # what the scores are divided by; above 1 the probe was over-confident
    n: int  # tiles answered
    n_groups: int  # slides (patients) that they are of
    accuracy: float  # share of right answers
    probability: float  # mean of the answers' probabilities
    error: float  # expected calibration error: mean |probability - accuracy| over the bins
    error_before: float  # at temperature 1
    bins: list[ReliabilityBin]


def calibrated_probe(
    embeddings: NDArray[np.floating],
    labels: NDArray[np.str_],
    groups: Codes,
    *,
    what: str,
    seed: int = 0,
    report: ProgressFn = ignore_progress,
) -> tuple[Probe, Reliability | NotAssessable]:
    """A probe for ``labels`` whose probabilities are calibrated.

    Parameters
    ----------
    embeddings : (n, d) float array
    labels : (n,) array
    groups : (n,) int array
        Slide or patient of each tile: tiles of one are never asked of a probe that saw others.
    what
        Of the labels, for progress and reasons: "tissue", "center".

    Returns
    -------
    Probe, Reliability or NotAssessable
        Not assessable where fewer than two labels are on two slides: the temperature is 1 then.
    """
    fitted = probe.fit_probe(embeddings, labels, seed=seed)
    codes = np.searchsorted(fitted.classes, labels)
    asked = probe.cross_validated(
        embeddings,
        codes,
        groups,
        seed=seed,
        report=report,
        stage=say("Calibrating the tissue probe")
        if what == "tissue"
        else say("Calibrating the center probe"),
    )
    there = asked.answers >= 0
    if not there.any():
        return fitted, NotAssessable(
            say(
                "Not calibrated: fewer than two tissues are on two slides or more, so no answer "
                "for a new slide can be tried."
            )
            if what == "tissue"
            else say(
                "Not calibrated: fewer than two centers are on two slides or more, so no answer "
                "for a new slide can be tried."
            )
        )
    scores = log_of(asked.probabilities[there])
    found = reliability(
        scores, codes[there], fit_temperature(scores, codes[there]), _count(groups[there])
    )
    return replace(fitted, temperature=found.temperature), found


def log_of(probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    """Logarithms; of 0, that of the smallest number there is."""
    return np.log(np.maximum(probabilities, np.finfo(np.float64).tiny))


def softened(scores: NDArray[np.float64], temperature: float) -> NDArray[np.float64]:
    """Probabilities (n, c) from scores, or logarithms of probabilities, at a temperature."""
    there = scores / temperature
    there -= there.max(axis=1, keepdims=True)
    np.exp(there, out=there)
    there /= there.sum(axis=1, keepdims=True)
    return there


def fit_temperature(scores: NDArray[np.float64], truth: Codes) -> float:
    """The temperature of the least Brier score.

    The likelihood would be the usual aim, but it is ruled by the few tiles, often of one odd
    slide, of which a probe is sure and wrong. Where a probe hardly errs, though, the Brier score
    is flat, so the temperature is at least half of the likelihood's. As if one answer in n + 2
    were any label's (Platt 1999): a probe that was right on all of n tiles is not thereby certain
    of the next.

    Parameters
    ----------
    scores : (n, c) float array
        Logarithms of probabilities, or scores that differ from them by a constant a row.
    truth : (n,) int array
        Column of the true label.
    """
    from scipy.optimize import minimize_scalar

    n, labels = scores.shape
    doubt = 1 / (n + 2)
    target = np.full(scores.shape, doubt / labels)
    target[np.arange(n), truth] += 1 - doubt

    def loss(log_temperature: float) -> float:
        return float(((softened(scores, float(np.exp(log_temperature))) - target) ** 2).mean())

    def unlikely(log_temperature: float) -> float:
        there = softened(scores, float(np.exp(log_temperature)))
        return -float((target * log_of(there)).sum())

    low, high = np.log(TEMPERATURES)
    likeliest = minimize_scalar(unlikely, bounds=(low, high), method="bounded").x
    low = likeliest - np.log(2)
    return float(np.exp(minimize_scalar(loss, bounds=(low, high), method="bounded").x))


def reliability(
    scores: NDArray[np.float64], truth: Codes, temperature: float, n_groups: int
) -> Reliability:
    """Reliability of the probabilities that ``scores`` (n, c) give at a temperature."""
    confidence, right = answers_of(softened(scores, temperature), truth)
    before, _ = answers_of(softened(scores, 1.0), truth)
    place = bin_of(confidence)
    sizes = np.bincount(place, minlength=BINS)
    divide = np.maximum(sizes, 1)
    probability = np.bincount(place, weights=confidence, minlength=BINS) / divide
    accuracy = np.bincount(place, weights=right, minlength=BINS) / divide
    edges = np.linspace(0, 1, BINS + 1)
    return Reliability(
        temperature=temperature,
        n=len(truth),
        n_groups=n_groups,
        accuracy=float(right.mean()),
        probability=float(confidence.mean()),
        error=calibration_error(confidence, right),
        error_before=calibration_error(before, right),
        bins=[
            ReliabilityBin(
                float(edges[b]),
                float(edges[b + 1]),
                int(sizes[b]),
                float(probability[b]),
                float(accuracy[b]),
            )
            for b in range(BINS)
        ],
    )


def answers_of(
    probabilities: NDArray[np.floating], truth: Codes
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Probability of each answer, and 1 where it is right, 0 where not; both (n,)."""
    confidence = np.asarray(probabilities.max(axis=1), np.float64)
    return confidence, (probabilities.argmax(axis=1) == truth).astype(np.float64)


def bin_of(confidence: NDArray[np.float64]) -> Codes:
    """Which of the bins of equal width each probability lies in."""
    place: Codes = np.clip(np.ceil(confidence * BINS).astype(np.intp) - 1, 0, BINS - 1)
    return place


def calibration_error(confidence: NDArray[np.float64], right: NDArray[np.float64]) -> float:
    """Expected calibration error: |mean probability - share of right answers|, over the bins.

    >>> calibration_error(np.array([0.9, 0.9, 0.9, 0.9]), np.array([1.0, 1.0, 1.0, 0.0]))
    0.15
    """
    gaps = np.bincount(bin_of(confidence), weights=right - confidence, minlength=BINS)
    return round(float(np.abs(gaps).sum() / len(right)), 12)


def _count(codes: Codes) -> int:
    return len(np.unique(codes))
