"""Cases in place of tiles: whole slides as the mean of their tiles, found again and predicted."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pathgui.core.language.texts import say
from pathgui.core.measurement.prediction import cannot_learn
from pathgui.core.measurement.sample import Material
from pathgui.core.metrics import probe
from pathgui.core.metrics.neighbors import knn
from pathgui.core.metrics.neighbors import robustness_index as ri
from pathgui.core.metrics.neighbors.blocks import row_norms
from pathgui.core.metrics.neighbors.kinds import OS, SO, SS
from pathgui.core.metrics.neighbors.search import nearest
from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.metrics.results import Cases
from pathgui.core.progress import ProgressFn, ignore_progress
from pathgui.core.reference.roles import Noun

BLOCK = 4096  # rows
RETRIEVED = (1, 5, 10)  # nearest cases that are looked at


def cases(
    material: Material, probes: bool, report: ProgressFn = ignore_progress
) -> Cases | NotAssessable:
    """Retrieval and prediction of cases: the tiles of one tissue on one slide, as their mean.

    Cases of the own slide (or patient) are never retrieved, and never in training.
    """
    columns = np.stack([material.slides, material.tissue, material.center, material.groups])
    pieces, of_tile = np.unique(columns, axis=1, return_inverse=True)
    means = _means(material.values, of_tile.ravel().astype(np.intp), pieces.shape[1])
    norms = row_norms(means)
    kept = norms > 1e-12 * norms.max(initial=0.0)  # a mean of 0 points nowhere
    if not kept.any():
        return NotAssessable(say("Not assessable: the tiles of every slide cancel out."))
    means = means[kept]
    slides, tissue, center, groups = (column[kept].astype(np.intp) for column in pieces)
    admissible = ri.admissible_counts(tissue, center, groups)
    most = int(admissible.sum(axis=1).min())
    ks = [k for k in RETRIEVED if k <= most]
    if not ks:
        return NotAssessable(say("Not assessable: no slide has another one to be compared with."))
    found = nearest(means, groups, ks[-1])
    alike = tissue[found.indices] == tissue[:, None], center[found.indices] == center[:, None]
    total = admissible.sum(axis=1)
    return Cases(
        n_cases=len(means),
        n_slides=len(np.unique(slides)),
        k=ks,
        same_tissue=[float(alike[0][:, :k].mean()) for k in ks],
        same_center=[float(alike[1][:, :k].mean()) for k in ks],
        tissue_by_chance=float(((admissible[:, SS] + admissible[:, SO]) / total).mean()),
        center_by_chance=float(((admissible[:, SS] + admissible[:, OS]) / total).mean()),
        tissue_probe=_probed(
            material, means, tissue, groups, material.columns.of_tissue, probes, report
        ),
        center_probe=_probed(
            material, means, center, groups, material.columns.of_center, probes, report
        ),
        tissue_chance=_chance(tissue, groups),
        center_chance=_chance(center, groups),
    )


def _means(
    values: NDArray[np.floating[Any]], codes: NDArray[np.intp], n_codes: int
) -> NDArray[np.float64]:
    """Mean row of each code, float64; blocks of rows are widened in turn."""
    from scipy import sparse

    total = np.zeros((n_codes, values.shape[1]))
    for start in range(0, len(values), BLOCK):
        some = codes[start : start + BLOCK]
        hot = (np.ones(len(some)), (some, np.arange(len(some))))
        total += sparse.csr_matrix(hot, shape=(n_codes, len(some))) @ values[
            start : start + BLOCK
        ].astype(np.float64)
    return total / np.bincount(codes, minlength=n_codes)[:, None]


def _probed(
    material: Material,
    means: NDArray[np.float64],
    labels: NDArray[np.intp],
    groups: NDArray[np.intp],
    what: Noun,
    probes: bool,
    report: ProgressFn,
) -> float | NotAssessable:
    """Balanced accuracy of a linear probe on cases, whole slides (patients) held out."""
    if not probes:
        return NotAssessable(say("Not computed: no probes were asked for."))
    if np.count_nonzero(probe.repeated_labels(labels, groups)) < 2:
        return NotAssessable(cannot_learn(what))
    done = probe.cross_validated(
        means,
        labels,
        groups,
        seed=material.seed,
        report=report,
        stage=say("Fitting {what} on cases", what=what),
    )
    value = knn.balanced_accuracy(labels, done.answers)
    return NotAssessable(cannot_learn(what)) if value is None else value


def _chance(labels: NDArray[np.intp], groups: NDArray[np.intp]) -> float:
    asked = int(np.count_nonzero(probe.repeated_labels(labels, groups)))
    return 1 / max(asked, 1)
