"""Tests that exchange labels among slides."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from pathgui.core.language.texts import say
from pathgui.core.measurement.index import CROMA_TESTED_M, MOST_COUNTED, _ratio
from pathgui.core.measurement.results import PermutationTest, PermutationTests
from pathgui.core.measurement.sample import Material
from pathgui.core.metrics import permutation
from pathgui.core.metrics.neighbors import margin
from pathgui.core.metrics.neighbors import robustness_index as ri
from pathgui.core.metrics.neighbors.kinds import OS, SO, SS
from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.progress import Progress, ProgressFn


def exchanged(
    material: Material, weighted: margin.Margin | None, report: ProgressFn
) -> tuple[PermutationTests | NotAssessable, PermutationTests | NotAssessable]:
    """Tests against labels of slides dealt out anew: of centers, and of tissues."""
    report(Progress(say("Exchanging labels of slides"), 0, 3))
    tissue, center, groups = material.tissue, material.center, material.groups
    centers = permutation.units(tissue, center, groups)
    tissues = permutation.units(center, tissue, groups)
    asked, _ = permutation.margin_anchors(material.n_anchors, material.seed)
    near_by_tissue, near_by_center = permutation.nearest_by_label(
        material.ready,
        asked,
        groups,
        [
            (kept, permutation.margin_depth(units, CROMA_TESTED_M))
            for kept, units in ((tissue, centers), (center, tissues))
        ],
    )
    return (
        _exchanged(material, "center", centers, near_by_tissue, weighted, report),
        _exchanged(material, "tissue", tissues, near_by_center, weighted, report),
    )


def _exchanged(
    material: Material,
    what: Literal["center", "tissue"],
    units: permutation.Units,
    near: permutation.NearByLabel,
    weighted: margin.Margin | None,
    report: ProgressFn,
) -> PermutationTests | NotAssessable:
    of_center = what == "center"
    columns = material.columns
    dealt_as, kept_as = (
        (columns.of_center, columns.of_tissue)
        if of_center
        else (columns.of_tissue, columns.of_center)
    )
    stage = say("Exchanging {dealt_as_many} of slides", dealt_as_many=dealt_as.many)
    report(Progress(stage, 0, 3))
    kept, dealt = (
        (material.tissue, material.center) if of_center else (material.center, material.tissue)
    )
    if units.can_exchange and units.least_p > permutation.ALPHA:
        return NotAssessable(
            say(
                "Not assessable: the {dealt_as_many} of slides can be exchanged "
                "in only {exchanges} ways, so p cannot be below {least_p:.2g}.",
                dealt_as_many=dealt_as.many,
                exchanges=units.exchanges,
                least_p=units.least_p,
            )
        )
    null = permutation.permute(
        material.neighbors,
        kept,
        dealt,
        material.groups,
        material.k,
        material.seed,
        exchanged_is_center=of_center,
        weights=weighted.weights if weighted else None,
    )
    if null is None:
        return NotAssessable(
            say(
                "Not assessable: no two slides of the same {kept_as} differ in "
                "{dealt_as}, so nothing can be exchanged.",
                kept_as=kept_as,
                dealt_as=dealt_as,
            )
        )
    total = material.by_anchor.sum(axis=0)
    ss, so, os, oo = null.counts.T

    def test(value: float | None, permuted: NDArray[np.float64]) -> PermutationTest | NotAssessable:
        found = None if value is None else permutation.compare_with(value, permuted)
        return found or NotAssessable(say("Not defined: too few neighbors tell."))

    def beside(found: tuple[float, NDArray[np.float64]] | None) -> PermutationTest | NotAssessable:
        return test(None, np.zeros(0)) if found is None else test(*found)

    report(Progress(stage, 1, 3))
    votes = permutation.permuted_accuracies(material.neighbors, units, material.k, material.seed)
    report(Progress(stage, 2, 3))
    margins = permutation.permuted_margins(
        near,
        units,
        CROMA_TESTED_M,
        material.n_anchors,
        material.seed,
        exchanged_is_center=of_center,
    )
    report(Progress(stage, 3, 3))
    with np.errstate(invalid="ignore", divide="ignore"):
        older = np.where(ss + os > 0, (ss + so) / (ss + os), np.nan)
    return PermutationTests(
        permutations=len(null.counts),
        robustness_index=test(ri.robustness_index(total), _ratio(so, os)),
        robustness_index_2025=test(ri.robustness_index_2025(total), older),
        same_tissue_share=test(
            float((total[SS] + total[SO]) / total.sum()), _ratio(ss + so, os + oo)
        ),
        same_center_share=test(
            float((total[SS] + total[OS]) / total.sum()), _ratio(ss + os, so + oo)
        ),
        mari=(
            test(None, np.zeros(0))
            if weighted is None or null.weighted is None
            else test(weighted.value, _ratio(*null.weighted.T))
        ),
        croma=beside(margins),
        accuracy=beside(votes),
        exchanges=min(units.exchanges, MOST_COUNTED),
        least_p=units.least_p,
    )
