"""Do the probabilities shown for a slide come true, and is what lies outside found?

    python -m tests.benchmarks.calibration                       # 40 new slides; minutes on a CPU
    python -m tests.benchmarks.calibration --rounds 4 --encoder color-statistics

The reference set is the demo's (virtual hospitals, seed 0); new slides are drawn by other seeds:
other patients and preparations at the same hospitals, 40 slides (960 tiles) a round. Everything
goes through :class:`pathgui.core.evaluation.slide_judge.SlideJudge`, as in an evaluation.

First, of known centers: accuracy, mean probability and expected calibration error (15 bins) of
what the judge gives, with its standard error over resampled slides, and what a perfectly
calibrated probe would show on as many tiles: so much of the error is chance.

Then each center is left out of the reference set in turn. Beside the two rules of the judge stand
other statistics of a tile, each with its threshold at 5 % false alarms on reference slides. All
numbers are of new slides: share of foreign tiles found / share of known tiles alarmed.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pathgui.core.evaluation.reference_fit import ReferenceFit
from pathgui.core.evaluation.slide_judge import SlideJudge
from pathgui.core.metrics.calibration import answers_of, calibration_error
from pathgui.core.metrics.neighbors.search import ReferenceSearch, nearest
from pathgui.core.metrics.outside import SlideSums
from pathgui.core.metrics.probe import fit_probe
from pathgui.core.phantom.demo_to_evaluate import DEMO_ENCODERS
from pathgui.core.phantom.reference import reference_tiles
from pathgui.core.reference.labels import TileLabels
from pathgui.core.reference.reference_set import ReferenceInfo, ReferenceSet
from tests.known import encoder

ALARMS = 0.05
K = 11
DRAWS = 200  # of slides, for the standard error

Floats = NDArray[np.floating]


def embedded(names: Sequence[str], seed: int) -> tuple[dict[str, NDArray[np.float32]], TileLabels]:
    """Tiles of a seed, as each encoder sees them."""
    tiles, labels = reference_tiles(seed=seed)
    values = {}
    for name in names:
        run = encoder(name).load("cpu", "fp32")
        parts = [run(tiles[start : start + 32]) for start in range(0, len(tiles), 32)]
        values[name] = np.concatenate(parts)
    return values, labels


def judge_of(values: NDArray[np.float32], labels: TileLabels, n_tiles: int) -> SlideJudge:
    info = ReferenceInfo(1, "phantom", "", "", "", "", 112.0, "", 0)
    names = tuple(str(row) for row in range(len(labels)))
    reference = ReferenceSet(Path(), info, labels, names, names)
    fit = ReferenceFit(values, labels, reference=reference, k=K, seed=0)
    return SlideJudge("e", fit, n_tiles=n_tiles, center=None, tissue=None)


def calibration(
    values: NDArray[np.float32], labels: TileLabels, new: NDArray[np.float32], truth: TileLabels
) -> None:
    judge = judge_of(values, labels, len(new))
    judge(np.arange(len(new)), new)
    groups = np.unique(truth.slide, return_inverse=True)[1]
    rows = [np.flatnonzero(groups == group) for group in range(groups.max() + 1)]
    for what, probabilities in (
        ("tissue", judge.tissue_probabilities),
        ("center", judge.center_probabilities),
    ):
        names = np.unique(getattr(labels, what))
        codes = np.searchsorted(names, getattr(truth, what))
        confidence, right = answers_of(probabilities.astype(np.float64), codes)
        rng = np.random.default_rng(0)
        again, chance = [], []
        for _ in range(DRAWS):
            drawn = np.concatenate([rows[i] for i in rng.integers(0, len(rows), len(rows))])
            again.append(calibration_error(confidence[drawn], right[drawn]))
            come_true = (rng.random(len(confidence)) < confidence).astype(float)
            chance.append(calibration_error(confidence, come_true))
        by_center = "  ".join(
            f"{calibration_error(confidence[here], right[here]):.3f}"
            for here in (truth.center == name for name in np.unique(truth.center))
        )
        print(
            f"  {what:7s} ECE {calibration_error(confidence, right):.3f} ± {np.std(again):.3f} "
            f"(chance alone {np.mean(chance):.3f})  accuracy {right.mean():.3f}  mean probability "
            f"{confidence.mean():.3f}  by center {by_center}",
            flush=True,
        )


def tile_statistics(
    values: NDArray[np.float32], labels: TileLabels, new: NDArray[np.float32], own: bool
) -> dict[str, Floats]:
    """Statistics of ``new`` tiles against reference tiles; the higher, the more unlike.

    With ``own`` they are the reference tiles themselves, their slides left out.
    """
    if own:
        groups = labels.groups
        found = nearest(values, groups, K)
        indices, distances = found.indices, found.distances
        scores = np.zeros((len(new), 2))
        fold = np.random.default_rng(0).permutation(groups.max() + 1)[groups] % 5
        for each in range(5):
            here = fold == each
            scores[here] = _probe_scores(values[~here], labels.center[~here], new[here])
        spread = np.zeros(len(new))
        for each in range(5):
            here = fold == each
            spread[here] = _mahalanobis(values[~here], labels.take(~here), new[here])
    else:
        found = ReferenceSearch(values)(new, K)
        indices, distances = found.indices, found.distances
        scores = _probe_scores(values, labels.center, new)
        spread = _mahalanobis(values, labels, new)
    usual = nearest(values, labels.groups, 1).distances[:, 0]
    codes = np.unique(labels.tissue, return_inverse=True)[1][indices]
    votes = np.array([np.bincount(row).argmax() for row in codes])
    within = np.where(codes == votes[:, None], distances, np.inf).min(axis=1)
    return {
        "nearest distance": distances[:, 0],
        "mean of 11 nearest": distances.mean(axis=1),
        "nearest of voted tissue": within,
        "ratio to neighbor's own": distances[:, 0] / np.maximum(usual[indices[:, 0]], 1e-12),
        "Mahalanobis, 50 PCs": spread,
        "center probe, energy": scores[:, 0],
        "center probe, entropy": scores[:, 1],
    }


def _probe_scores(values: Floats, center: NDArray[np.str_], new: Floats) -> Floats:
    probe = fit_probe(values, center)
    weights = probe.weights / probe.scale[:, None]
    scores = new @ weights + (probe.bias - probe.mean @ weights)
    probabilities = probe.predict_proba(new)
    top = scores.max(axis=1)
    energy = -top - np.log(np.exp(scores - top[:, None]).sum(axis=1))
    entropy = -(probabilities * np.log(probabilities + 1e-12)).sum(axis=1)
    return np.column_stack([energy, entropy])


def _mahalanobis(values: Floats, labels: TileLabels, new: Floats) -> Floats:
    """To the nearest tissue at a center, in the 50 first principal components."""
    mean = values.mean(axis=0)
    axes = np.linalg.svd(values - mean, full_matrices=False)[2][:50].T
    here, there = (values - mean) @ axes, (new - mean) @ axes
    cells = np.unique(np.char.add(labels.tissue, labels.center), return_inverse=True)[1]
    means = np.stack([here[cells == cell].mean(axis=0) for cell in range(cells.max() + 1)])
    inverse = np.linalg.pinv(np.atleast_2d(np.cov((here - means[cells]).T)))
    apart = there[:, None] - means
    return np.einsum("nci,ij,ncj->nc", apart, inverse, apart).min(axis=1)


def slides_flagged(
    judge: SlideJudge, new: NDArray[np.float32], truth: TileLabels
) -> NDArray[np.bool_]:
    """Tiles whose slide the judge finds to be of no known center."""
    judge(np.arange(len(new)), new)
    edge, far = judge.edge, judge.far()
    assert edge is not None
    flagged = np.zeros(len(new), bool)
    n_tissues = judge.tissue_probabilities.shape[1]
    for slide in np.unique(truth.slide):
        rows = np.flatnonzero(truth.slide == slide)
        near, everything = (SlideSums(n_tissues, new.shape[1]) for _ in range(2))
        everything.add(new[rows], judge.tissue[rows])
        near.add(new[rows[~far[rows]]], judge.tissue[rows[~far[rows]]])
        flagged[rows] = bool(edge.of(far[rows], near, everything).no_known_center)
    return flagged


def outside(
    values: NDArray[np.float32], labels: TileLabels, new: NDArray[np.float32], truth: TileLabels
) -> None:
    found: dict[str, list[tuple[float, float]]] = {}
    for center in np.unique(labels.center):
        kept = labels.center != center
        some, theirs = values[kept], labels.take(kept)
        foreign = truth.center == center
        known = tile_statistics(some, theirs, some, own=True)
        asked = tile_statistics(some, theirs, new, own=False)
        for name, scores in asked.items():
            beyond = scores > np.quantile(known[name], 1 - ALARMS)
            found.setdefault(name, []).append((beyond[foreign].mean(), beyond[~foreign].mean()))
        flagged = slides_flagged(judge_of(some, theirs, len(new)), new, truth)
        found.setdefault("the slide as a whole", []).append(
            (flagged[foreign].mean(), flagged[~foreign].mean())
        )
    for name, rates in found.items():
        each = "  ".join(f"{hit:.2f}/{alarm:.2f}" for hit, alarm in rates)
        hits, alarms = np.mean(rates, axis=0)
        print(f"  {name:24s} {hits:.2f} / {alarms:.3f}   by center {each}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=1, help="of 40 new slides")
    parser.add_argument("--encoder", action="append", choices=DEMO_ENCODERS)
    given = parser.parse_args()
    names = given.encoder or list(DEMO_ENCODERS)
    values, labels = embedded(names, 0)
    rounds = [embedded(names, seed) for seed in range(1, given.rounds + 1)]
    truth = TileLabels(
        *(np.concatenate([getattr(each, what) for _, each in rounds])
          for what in ("tissue", "center")),
        np.concatenate([np.char.add(each.slide, f"/{i}") for i, (_, each) in enumerate(rounds)]),
    )  # fmt: skip
    for name in names:
        new = np.concatenate([each[name] for each, _ in rounds])
        print(f"{name}: {len(new)} tiles of {len(np.unique(truth.slide))} new slides")
        calibration(values[name], labels, new, truth)
        outside(values[name], labels, new, truth)


if __name__ == "__main__":
    main()
