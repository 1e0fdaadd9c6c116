"""The neighbour metrics of one encoder, from the one search that :mod:`material` made."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from pathgui.core.measurement.results import (
    Croma,
    Curve,
    Deletions,
    Mari,
    NeighborCounts,
    NotAssessable,
    Part,
    PermutationTest,
    PermutationTests,
    Ranks,
    RobustnessIndex,
    RobustnessIndex2025,
    Squares,
)
from pathgui.core.measurement.sample import Material
from pathgui.core.measurement.slide_deletion import Without, interval_of, share_interval
from pathgui.core.metrics import attribution, jackknife, left_out, permutation
from pathgui.core.metrics.neighbors import knn, margin, tissue_by_center
from pathgui.core.metrics.neighbors import robustness_index as ri
from pathgui.core.metrics.results import Interval
from pathgui.core.progress import Progress, ProgressFn

DEFINITION = "SO / (SO + OS) among the k nearest tiles of other slides (Kömen et al. 2026)"
CROMA_M = (1, 5, 10)
CROMA_TESTED_M = 5
CROMA_SHORT = 0.01  # of the lists; with more cut short, the interval comes out too narrow
MOST_COUNTED = 10**9  # ways to exchange labels: more are recorded as so many
CURVE_K = (1, 3, 5, 7, 9, 11, 21, 31, 41, 51, 71, 101, 151, 201)
CURVE_ENTRIES = 5_000_000  # neighbours over all k, beyond which curves have no band
SQUARE_COST = 2.0  # of one search over all tiles, beyond which squares are not searched
WORST = 20


def robustness(
    material: Material, without: Without
) -> tuple[RobustnessIndex | NotAssessable, RobustnessIndex2025 | NotAssessable]:
    """Both indices with interval and null."""
    total = material.by_anchor.sum(axis=0)
    value, null = ri.robustness_index(total), ri.null_index(material.admissible)
    index: RobustnessIndex | NotAssessable
    if value is None or null is None:
        index = NotAssessable(
            f"Not defined: no tile has an SO or OS neighbour among its {material.k} nearest."
        )
    else:
        found = share_interval(material, value, without.sums.index(), material.by_anchor)
        held = ri.support(material.by_anchor).value
        index = RobustnessIndex(
            value=value,
            low=found.low,
            high=found.high,
            null=null,
            support=held,
            k=material.k,
            n_anchors=material.n_anchors,
            anchors_of=None if material.n_anchors == len(material) else len(material),
            definition=DEFINITION,
            adjusted=ri.adjusted_index(value, null),
            adjusted_low=ri.adjusted_index(found.low, null),
            adjusted_high=ri.adjusted_index(found.high, null),
            no_interval=found.reason,
            support_interval=share_interval(material, held, without.sums.support()),
        )
    older, older_null = ri.robustness_index_2025(total), ri.null_index_2025(material.admissible)
    if older is None or older_null is None:
        return index, NotAssessable("Not defined: no tile has a neighbour from its own center.")
    found = interval_of(material, older, without.sums.index_2025(), "ratio")
    return index, RobustnessIndex2025(older, older_null, found.low, found.high, found.reason)


def counts_of(total: NDArray[np.int64]) -> NeighborCounts:
    """Four counts under their names."""
    return NeighborCounts(*(int(count) for count in total))


def parts(material: Material, without: Without) -> tuple[list[Part], list[Part], list[Part]]:
    """The index by tissue, by center and by cell."""

    n = material.n_anchors

    def part(tissue: int | None, center: int | None) -> Part:
        anchors = np.ones(n, bool)
        if tissue is not None:
            anchors &= material.tissue[:n] == tissue
        if center is not None:
            anchors &= material.center[:n] == center
        total = material.by_anchor[anchors].sum(axis=0)
        null = ri.null_index(material.admissible[anchors])
        # Where one kind cannot occur, the index is 0 or 1 for every encoder and says nothing.
        value = None if null in (0.0, 1.0) else ri.robustness_index(total)
        bounds = Interval(None, None)
        if value is not None:
            cells = np.ones(len(without.cells), bool)
            if tissue is not None:
                cells &= without.cells[:, 0] == tissue
            if center is not None:
                cells &= without.cells[:, 1] == center
            bounds = share_interval(
                material, value, without.sums.index(cells), material.by_anchor[anchors], anchors
            )
        return Part(
            tissue=None if tissue is None else str(material.tissues[tissue]),
            center=None if center is None else str(material.centers[center]),
            n_anchors=int(anchors.sum()),
            n_slides=len(np.unique(material.slides[:n][anchors])),
            counts=counts_of(total),
            value=value,
            low=bounds.low,
            high=bounds.high,
            null=null,
            adjusted=ri.adjusted_index(value, null),
            support=ri.support(material.by_anchor[anchors]).value,
        )

    cells = np.unique(np.stack([material.tissue, material.center])[:, :n], axis=1).T.tolist()
    return (
        [part(tissue, None) for tissue in range(len(material.tissues))],
        [part(None, center) for center in range(len(material.centers))],
        [part(tissue, center) for tissue, center in cells],
    )


def margin_of(material: Material) -> margin.Margin | None:
    """MaRI at k, and its weights."""
    return margin.mari(material.neighbors, material.kinds, material.k)


def mari_of(
    material: Material, found: margin.Margin | None, without: Without
) -> Mari | NotAssessable:
    """MaRI with interval."""
    if found is None:
        if not material.by_anchor[:, [ri.SO, ri.OS]].any():
            return NotAssessable("Not defined: no tile has an SO or OS neighbor.")
        return NotAssessable(
            "Not defined: half of the SO and OS neighbors or more are only copies of their tile."
        )
    sums = without.sums.mari()
    bounds = share_interval(material, found.value, sums, material.by_anchor)
    return Mari(found.value, bounds.low, bounds.high, found.tau, material.k, bounds.reason)


def croma_of(material: Material, report: ProgressFn) -> tuple[list[Croma], str]:
    """CRoMa for each m that at least half of the anchors support, and why others are missing."""
    results: list[Croma] = []
    missing: list[str] = []
    for m in CROMA_M:
        report(Progress("Measuring margins", len(results), len(CROMA_M)))
        values = margin.croma_values(material.near, m)
        summary = margin.croma_summary(values)
        defined = np.isfinite(values)
        only_copies = (material.near.SO[:, :m] + material.near.OS[:, :m] == 0).all(axis=1)
        if only_copies.mean() > 0.5:
            missing.append(
                f"m = {m}: {int(only_copies.sum())} of {len(values)} tiles have only copies of "
                f"themselves for SO and OS tiles"
            )
            continue
        if summary is None or defined.mean() < 0.5:
            missing.append(
                f"m = {m}: only {int(defined.sum())} of {len(values)} tiles have {m} SO and {m} "
                f"OS tiles to be compared with"
            )
            continue
        median, q10, ltm10, f0 = _croma_intervals(material, m, summary, defined)
        order = np.argsort(np.where(defined, values, np.inf), kind="stable")
        results.append(
            Croma(
                m=m,
                value=summary.median,
                low=median.low,
                high=median.high,
                q10=summary.q10,
                ltm10=summary.ltm10,
                f0=summary.share_not_above_0,
                histogram=np.histogram(values[defined], bins=20, range=(-1, 1))[0].tolist(),
                n_anchors=int(defined.sum()),
                n_unsupported=int((~defined).sum()),
                worst_rows=material.rows[order[: min(WORST, int(defined.sum()))]].tolist(),
                no_interval=median.reason,
                q10_interval=q10,
                ltm10_interval=ltm10,
                f0_interval=f0,
            )
        )
    return results, "; ".join(missing)


def _croma_intervals(
    material: Material, m: int, summary: margin.CromaSummary, defined: NDArray[np.bool_]
) -> tuple[Interval, Interval, Interval, Interval]:
    """Of the median, q10, ltm10 and f0."""
    without = margin.croma_without(material.near, material.units, m)
    if without.short > CROMA_SHORT:
        no = Interval(
            None,
            None,
            material.units.df,
            f"slides have so many tiles alike that {without.short:.0%} of the lists of nearest "
            f"tiles end before {m} of another slide are found",
        )
        return no, no, no, no
    return (
        interval_of(material, summary.median, without.median, "signed"),
        interval_of(material, summary.q10, without.q10, "signed"),
        interval_of(material, summary.ltm10, without.ltm10, "signed"),
        share_interval(
            material,
            summary.share_not_above_0,
            without.share_not_above_0,
            anchors=defined,
        ),
    )


def exchanged(
    material: Material, weighted: margin.Margin | None, report: ProgressFn
) -> tuple[PermutationTests | NotAssessable, PermutationTests | NotAssessable]:
    """Tests against labels of slides dealt out anew: of centers, and of tissues."""
    report(Progress("Exchanging centers of slides", 0, 3))
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
    report(Progress(f"Exchanging {what}s of slides", 0, 3))
    of_center = what == "center"
    kept, dealt = (
        (material.tissue, material.center) if of_center else (material.center, material.tissue)
    )
    if units.can_exchange and units.least_p > permutation.ALPHA:
        return NotAssessable(
            f"Not assessable: the {what}s of slides can be exchanged in only {units.exchanges} "
            f"ways, so p cannot be below {units.least_p:.2g}."
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
        other = "tissue" if of_center else "center"
        return NotAssessable(
            f"Not assessable: no two slides of the same {other} differ in {what}, so nothing can "
            f"be exchanged."
        )
    total = material.by_anchor.sum(axis=0)
    ss, so, os, oo = null.counts.T

    def test(value: float | None, permuted: NDArray[np.float64]) -> PermutationTest | NotAssessable:
        found = None if value is None else permutation.compare_with(value, permuted)
        if found is None:
            return NotAssessable("Not defined: too few neighbours tell.")
        return PermutationTest(found.mean, found.sd, found.z, found.p)

    def beside(
        found: tuple[float, NDArray[np.float64]] | None,
    ) -> PermutationTest | NotAssessable:
        return test(None, np.zeros(0)) if found is None else test(*found)

    report(Progress(f"Exchanging {what}s of slides", 1, 3))
    votes = permutation.permuted_accuracies(material.neighbors, units, material.k, material.seed)
    report(Progress(f"Exchanging {what}s of slides", 2, 3))
    margins = permutation.permuted_margins(
        near,
        units,
        CROMA_TESTED_M,
        material.n_anchors,
        material.seed,
        exchanged_is_center=of_center,
    )
    report(Progress(f"Exchanging {what}s of slides", 3, 3))
    with np.errstate(invalid="ignore", divide="ignore"):
        older = np.where(ss + os > 0, (ss + so) / (ss + os), np.nan)
    return PermutationTests(
        permutations=len(null.counts),
        robustness_index=test(ri.robustness_index(total), _ratio(so, os)),
        robustness_index_2025=test(ri.robustness_index_2025(total), older),
        same_tissue_share=test(
            float((total[ri.SS] + total[ri.SO]) / total.sum()), _ratio(ss + so, os + oo)
        ),
        same_center_share=test(
            float((total[ri.SS] + total[ri.OS]) / total.sum()), _ratio(ss + os, so + oo)
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


def _ratio(part: NDArray[np.float64], rest: NDArray[np.float64]) -> NDArray[np.float64]:
    return jackknife.quotient(part, part + rest)


def ranks_of(material: Material) -> Ranks:
    """Neighbours of each kind at each rank that half of the tiles have."""
    by_rank = ri.counts_by_rank(material.kinds)[: max(material.k, material.limit)]
    return Ranks(*(by_rank[:, kind].tolist() for kind in range(4)))


def curve_of(material: Material, report: ProgressFn) -> Curve:
    """Everything that depends on k, over k."""
    depth = material.neighbors.depth
    marked = {material.k, *([] if material.own_k is None else [material.own_k])}
    ks = sorted({*(k for k in CURVE_K if k <= min(depth, material.limit)), *marked})
    tissue = knn.votes_by_k(material.neighbors, material.tissue, ks)
    center = knn.votes_by_k(material.neighbors, material.center, ks)
    curve = Curve(ks, [], [], [], [], [], [], [], [], [], [], [], [])
    # One tau for all k: one that moved with k would bend the curve by itself.
    chosen = margin_of(material)
    tau = chosen.tau if chosen else None
    n = material.n_anchors
    bands = len(material.units) > 1 and n * sum(ks) <= CURVE_ENTRIES
    for number, k in enumerate(ks):
        report(Progress("Drawing curves over k", number, len(ks)))
        by_anchor = ri.counts_by_anchor(material.kinds, k)
        total = by_anchor.sum(axis=0)
        value = ri.robustness_index(total)
        bounds = Interval(None, None)
        if bands and value is not None:
            counts = left_out.counts_without(
                material.neighbors, material.tissue, material.center, material.units, k
            )
            bounds = share_interval(
                material, value, _ratio(counts[:, ri.SO], counts[:, ri.OS]), by_anchor
            )
        wrong = attribution.confounders(
            material.neighbors, material.tissue, material.center, material.groups, tissue[k], k
        )
        curve.robustness_index.append(value)
        curve.low.append(bounds.low)
        curve.high.append(bounds.high)
        curve.robustness_index_2025.append(ri.robustness_index_2025(total))
        near = tau and margin.mari(material.neighbors, material.kinds, k, tau)
        curve.mari.append(near.value if near else None)
        curve.support.append(ri.support(by_anchor).value)
        curve.tissue_accuracy.append(knn.balanced_accuracy(material.tissue[:n], tissue[k]))
        curve.center_accuracy.append(knn.balanced_accuracy(material.center[:n], center[k]))
        curve.confounder_insensitivity.append(ri.confounder_insensitivity(total))
        curve.generalization_index.append(ri.generalization_index(total))
        curve.same_center_among_misleading.append(wrong.fraction)
        curve.expected_among_misleading.append(wrong.expected_fraction)
    return curve


def squares_of(material: Material, report: ProgressFn) -> Squares | NotAssessable:
    """The index over all complete parts of two tissues at two centers."""
    every = tissue_by_center.complete_squares(material.tissue, material.center)
    if not every:
        return NotAssessable(
            "Not assessable: no two tissues are both found at the same two centers."
        )
    chosen = every
    if len(every) > tissue_by_center.MOST_SQUARES:
        rng = np.random.default_rng(material.seed)
        picked = np.sort(rng.choice(len(every), tissue_by_center.MOST_SQUARES, replace=False))
        chosen = [every[i] for i in picked.tolist()]
    rows = tissue_by_center.square_rows(material.tissue, material.center, chosen)
    cost = sum(len(part) ** 2 for part in rows) / len(material) ** 2
    if cost > SQUARE_COST and len(material) > 3000:
        return NotAssessable(
            f"Not computed: the {len(chosen)} complete parts of the table would take {cost:.0f} "
            f"times as long as everything else."
        )
    smallest = min(int(np.median(len(part) - _sizes(material.groups[part]))) for part in rows)
    if smallest < 1:
        return NotAssessable("Not assessable: a part of the table is from one slide or patient.")
    return _searched(material, rows, min(material.k, smallest), len(every), report)


def _searched(
    material: Material,
    rows: list[NDArray[np.intp]],
    k: int,
    of: int,
    report: ProgressFn,
) -> Squares | NotAssessable:
    found = tissue_by_center.paired(
        material.values, material.tissue, material.center, material.groups, rows, k, report
    )
    if found is None:
        return NotAssessable("Not assessable: no part of the table has admissible neighbours.")
    return Squares(
        n_squares=found.n_subsets,
        of=of,
        k=found.k,
        pooled=found.index,
        mean=found.mean_index,
        sd=found.sd_index,
        croma_median=found.croma_median,
        tissue_accuracy=found.tissue_accuracy,
    )


def paired_of(
    material: Material,
    subsets: Mapping[str, NDArray[np.intp]],
    report: ProgressFn,
) -> tuple[Squares | NotAssessable, list[str]]:
    """The index over the subsets that were given (their rows of the input), and notices.

    As PathoROB evaluates TCGA: each subset is searched on its own, and the counts are pooled. k is
    that of all other numbers.
    """
    last = max([0, *(int(given.max(initial=0)) for given in subsets.values())])
    place = np.full(max(last, int(material.rows.max())) + 1, -1)
    place[material.rows] = np.arange(len(material))
    rows, odd = [], []
    for name, given in subsets.items():
        here = place[given]
        here = here[here >= 0].astype(np.intp)
        cells = np.unique(np.stack([material.tissue[here], material.center[here]]), axis=1)
        if cells.shape[1] == 4 and all(len(np.unique(labels)) == 2 for labels in cells):
            rows.append(here)
        else:
            odd.append(name)
    notices = []
    if odd:
        shown = ", ".join(odd[:3]) + (f" and {len(odd) - 3} more" if len(odd) > 3 else "")
        notices.append(
            f"{len(odd)} subset(s) left out: they are not two tissues at two centers ({shown})."
        )
    if not rows:
        return NotAssessable("Not assessable: no subset is two tissues at two centers."), notices
    least = min(int(np.median(len(part) - _sizes(material.groups[part]))) for part in rows)
    if least < 1:
        return NotAssessable("Not assessable: a subset is from one slide or patient."), notices
    if least < material.k:
        notices.append(f"The smallest subset allows k = {least}, which is used for all subsets.")
    return _searched(material, rows, min(material.k, least), len(subsets), report), notices


def _sizes(groups: NDArray[np.intp]) -> NDArray[np.intp]:
    _, inverse, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    return sizes[inverse].astype(np.intp)


def deletions_of(material: Material, without: Without) -> Deletions:
    """The index without each slide, and what tells whether another encoder's go with them."""
    strata = np.ascontiguousarray(without.units.strata, "<i4").tobytes()
    digest = hashlib.sha256(strata)
    for column in (
        material.rows,
        material.tissue,
        material.center,
        material.slides,
        material.groups,
        without.units.of_tile,
    ):
        digest.update(np.ascontiguousarray(column, np.int64).tobytes())
    # Slides that are named otherwise are other slides, however alike the tables are.
    for names in (
        material.tissues,
        material.centers,
        material.slide_names,
        material.patient_names,
    ):
        digest.update("\n".join([*names.tolist(), "\0"]).encode())
    values = without.sums.index().astype("<f8").tobytes()
    return Deletions(
        digest.hexdigest()[:16],
        base64.b64encode(strata).decode(),
        base64.b64encode(values).decode(),
    )
