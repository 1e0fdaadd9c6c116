"""Linear probes: what a straight line can read out of an embedding.

Multinomial logistic regression with an L2 penalty (C = 1) on features standardized by the
training tiles alone. Written on scipy's L-BFGS: the same optimum as scikit-learn's, without the
seconds that importing it takes, and many fits at a time on one core each.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pathgui.core.language.texts import say
from pathgui.core.progress import ProgressFn, ignore_progress
from pathgui.core.system.background import in_parallel

C = 1.0
ITERATIONS = 200
TOLERANCE = 1e-4  # largest component of the gradient of the mean loss

Floats = NDArray[np.floating[Any]]
Codes = NDArray[np.intp]


@dataclass(frozen=True)
class Probe:
    """A fitted probe."""

    classes: NDArray[Any]  # (c,) sorted labels
    mean: NDArray[np.float64]  # (d,) of the training tiles
    scale: NDArray[np.float64]  # (d,) their standard deviation, 1 where it is 0
    weights: NDArray[np.float64]  # (d, c)
    bias: NDArray[np.float64]  # (c,)
    temperature: float = 1.0  # what scores are divided by; see calibration.py

    def predict_proba(self, embeddings: Floats) -> NDArray[np.float64]:
        """Probability of each class for each tile, shape (n, c); rows sum to 1."""
        if len(self.classes) == 1:
            return np.ones((len(embeddings), 1))
        # The standardization is folded into the weights: no copy of the embeddings is scaled.
        weights = self.weights / self.scale[:, None]
        scores = np.asarray(embeddings, np.float64) @ weights + (self.bias - self.mean @ weights)
        scores -= scores.max(axis=1, keepdims=True)
        scores /= self.temperature
        np.exp(scores, out=scores)
        scores /= scores.sum(axis=1, keepdims=True)
        return scores

    def predict(self, embeddings: Floats) -> NDArray[Any]:
        """The most probable class of each tile, shape (n,)."""
        answers: NDArray[Any] = self.classes[self.predict_proba(embeddings).argmax(axis=1)]
        return answers


def fit_probe(embeddings: Floats, labels: NDArray[Any], seed: int = 0) -> Probe:
    """Fit a probe for ``labels`` (n,) on ``embeddings`` (n, d).

    The optimum is unique and the start is zero, so ``seed`` changes nothing; it is taken so that
    a probe with chance in it can stand in. With one class, that class is always the answer.
    """
    from scipy.optimize import minimize

    classes, codes = np.unique(labels, return_inverse=True)
    n, d = embeddings.shape
    mean = embeddings.mean(axis=0, dtype=np.float64)
    # float32 products are enough for the few digits of the optimum that matter; what is
    # subtracted before must not be rounded, or features far from zero lose theirs.
    data = np.empty((n, d), np.float32)
    for start in range(0, n, 1024):
        np.subtract(
            embeddings[start : start + 1024],
            mean,
            out=data[start : start + 1024],
            dtype=np.float64,
            casting="same_kind",
        )
    scale = np.sqrt(np.einsum("ij,ij->j", data, data, dtype=np.float64) / max(n, 1))
    scale[scale <= 1e-12 * np.abs(mean)] = 1.0  # constant but for rounding
    scale[scale == 0] = 1.0
    data /= scale.astype(np.float32)
    if len(classes) < 2:
        return Probe(classes, mean, scale, np.zeros((d, 1)), np.zeros(1))
    c = len(classes)
    truth = np.zeros((n, c), np.float32)
    truth[np.arange(n), codes] = 1
    # Two classes: two opposite weight vectors share the penalty of the one that a binomial
    # regression has.
    penalty = (2.0 if c == 2 else 1.0) / (C * n)

    def loss(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        parameters = flat.reshape(d + 1, c)
        weights = parameters[:d]
        scores = data @ weights.astype(np.float32) + parameters[d].astype(np.float32)
        scores -= scores.max(axis=1, keepdims=True)
        right = float(np.einsum("ij,ij->", scores, truth, dtype=np.float64))
        np.exp(scores, out=scores)
        total = scores.sum(axis=1, keepdims=True)
        value = float(np.log(total).sum(dtype=np.float64)) - right
        scores /= total
        scores -= truth
        slope = np.empty((d + 1, c))
        slope[:d] = data.T @ scores
        slope[d] = scores.sum(axis=0, dtype=np.float64)
        slope /= n
        slope[:d] += penalty * weights
        return value / n + 0.5 * penalty * float(np.einsum("ij,ij->", weights, weights)), (
            slope.ravel()
        )

    solution = minimize(
        loss,
        np.zeros((d + 1) * c),
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": ITERATIONS, "gtol": TOLERANCE, "ftol": 1e-10},
    ).x.reshape(d + 1, c)
    return Probe(classes, mean, scale, solution[:d], solution[d])


def group_folds(labels: Codes, groups: Codes, folds: int, seed: int) -> Codes:
    """The fold of each tile, shape (n,): groups stay whole, labels are spread evenly.

    Groups are dealt out one after the other, the most uneven first, each to the fold where the
    shares of the labels differ least between folds afterward (as scikit-learn's
    StratifiedGroupKFold). ``seed`` shuffles groups that are alike.
    """
    n_groups, n_labels = int(groups.max()) + 1, int(labels.max()) + 1
    table = np.zeros((n_groups, n_labels))
    np.add.at(table, (groups, labels), 1)
    total = np.maximum(table.sum(axis=0), 1)
    shuffled = np.random.default_rng(seed).permutation(n_groups)
    order = shuffled[np.argsort(-table[shuffled].std(axis=1), kind="stable")]
    dealt = np.zeros((folds, n_labels))
    fold_of = np.zeros(n_groups, np.intp)
    for group in order:
        shares = (dealt[None] + np.eye(folds)[:, :, None] * table[group]) / total
        spread = shares.std(axis=1).mean(axis=1)
        sizes = dealt.sum(axis=1)
        best = min(range(folds), key=lambda fold: (spread[fold].round(12), sizes[fold]))
        dealt[best] += table[group]
        fold_of[group] = best
    return fold_of[groups]


@dataclass(frozen=True)
class CrossValidated:
    """Out-of-fold answers."""

    answers: Codes  # (n,) label codes; -1 where a tile could not be asked
    probabilities: NDArray[np.float64]  # (n, c) over all label codes; 0 where not asked
    folds: int


def cross_validated(
    embeddings: Floats,
    labels: Codes,
    groups: Codes,
    folds: int = 5,
    seed: int = 0,
    report: ProgressFn = ignore_progress,
    stage: str = say("Fitting probes"),
) -> CrossValidated:
    """Answer for each tile by a probe that saw no tile of its group.

    Labels that only one group has cannot be learned without it: their tiles are not asked (-1)
    and not trained on. Fewer folds than asked for where the rarest label has fewer groups.
    """
    askable = repeated_labels(labels, groups)
    rows = np.flatnonzero(askable[labels])
    if not len(rows) or np.count_nonzero(askable) < 2:
        return CrossValidated(
            np.full(len(labels), -1, np.intp), np.zeros((len(labels), len(askable))), 0
        )
    within = np.unique(groups[rows], return_inverse=True)[1]
    folds = min(folds, int(within.max()) + 1)
    fold_of = np.full(len(labels), -1, np.intp)
    fold_of[rows] = group_folds(labels[rows], within, folds, seed)
    return by_folds(embeddings, labels, fold_of, report, stage)


def by_folds(
    embeddings: Floats,
    labels: Codes,
    fold_of: Codes,
    report: ProgressFn = ignore_progress,
    stage: str = say("Fitting probes"),
) -> CrossValidated:
    """Answer for the tiles of each fold by a probe trained on the other folds.

    ``fold_of`` (n,): -1 for tiles that are neither asked nor trained on. Tiles whose label the
    other folds do not have are not asked, nor is anyone where those have one label alone: no
    answer could be right, or none wrong.
    """
    n_labels = int(labels.max(initial=0)) + 1
    answers = np.full(len(labels), -1, np.intp)
    probabilities = np.zeros((len(labels), n_labels))
    used = fold_of >= 0
    names = np.unique(fold_of[used])

    def answer(fold: int) -> None:
        train = np.flatnonzero(used & (fold_of != fold))
        learned = np.unique(labels[train])
        test = np.flatnonzero((fold_of == fold) & np.isin(labels, learned))
        if len(learned) < 2 or not len(test):
            return
        probe = fit_probe(embeddings[train], labels[train])
        probabilities[np.ix_(test, probe.classes.astype(np.intp))] = probe.predict_proba(
            embeddings[test]
        )
        answers[test] = probabilities[test].argmax(axis=1)

    in_parallel([lambda fold=int(fold): answer(fold) for fold in names], report, stage)  # type: ignore[misc]
    return CrossValidated(answers, probabilities, len(names))


def repeated_labels(labels: Codes, groups: Codes) -> NDArray[np.bool_]:
    """For each label code, whether at least two groups have it."""
    pairs = np.unique(np.stack([labels, groups]), axis=1)
    return np.bincount(pairs[0], minlength=int(labels.max(initial=0)) + 1) >= 2
