"""The neighbor metrics of one encoder, from the one search that :mod:`material` made."""

from __future__ import annotations

import base64
import hashlib

import numpy as np
from numpy.typing import NDArray

from pathgui.core.language.texts import noted, say
from pathgui.core.measurement.results import (
    Croma,
    Curve,
    Deletions,
    Mari,
    NeighborCounts,
    Part,
    Ranks,
    RobustnessIndex,
    RobustnessIndex2025,
)
from pathgui.core.measurement.sample import Material
from pathgui.core.measurement.slide_deletion import Without, interval_of, share_interval
from pathgui.core.metrics import attribution, jackknife, left_out
from pathgui.core.metrics.neighbors import knn, margin
from pathgui.core.metrics.neighbors import robustness_index as ri
from pathgui.core.metrics.neighbors.kinds import OS, SO
from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.metrics.results import Interval
from pathgui.core.progress import Progress, ProgressFn

DEFINITION = noted("SO / (SO + OS) among the k nearest tiles of other slides (Kömen et al. 2026)")
CROMA_M = (1, 5, 10)
CROMA_TESTED_M = 5
CROMA_SHORT = 0.01  # of the lists; with more cut short, the interval comes out too narrow
MOST_COUNTED = 10**9  # ways to exchange labels: more are recorded as so many
CURVE_K = (1, 3, 5, 7, 9, 11, 21, 31, 41, 51, 71, 101, 151, 201)
CURVE_ENTRIES = 5_000_000  # neighbors over all k, beyond which curves have no band
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
            say(
                "Not defined: no tile has an SO or OS neighbor among its {k} nearest.", k=material.k
            )
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
    older = ri.robustness_index_2025(total)
    older_null = ri.robustness_index_2025(material.admissible.sum(axis=0))
    if older is None or older_null is None:
        return index, NotAssessable(
            say(
                "Not defined: no tile has a neighbor from its own {of_center}.",
                of_center=material.columns.of_center,
            )
        )
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
        if not material.by_anchor[:, [SO, OS]].any():
            return NotAssessable(say("Not defined: no tile has an SO or OS neighbor."))
        return NotAssessable(
            say(
                "Not defined: half of the SO and OS neighbors or more are only "
                "copies of their tile."
            )
        )
    sums = without.sums.mari()
    bounds = share_interval(material, found.value, sums, material.by_anchor)
    return Mari(found.value, bounds.low, bounds.high, found.tau, material.k, bounds.reason)


def croma_of(material: Material, report: ProgressFn) -> tuple[list[Croma], str]:
    """CRoMa for each m that at least half of the anchors support, and why others are missing."""
    results: list[Croma] = []
    missing: list[str] = []
    for m in CROMA_M:
        report(Progress(say("Measuring margins"), len(results), len(CROMA_M)))
        values = margin.croma_values(material.near, m)
        summary = margin.croma_summary(values)
        defined = np.isfinite(values)
        only_copies = (material.near.SO[:, :m] + material.near.OS[:, :m] == 0).all(axis=1)
        if only_copies.mean() > 0.5:
            missing.append(
                say(
                    "m = {m}: {sum} of {n_values} tiles have only copies of "
                    "themselves for SO and OS tiles",
                    m=m,
                    sum=int(only_copies.sum()),
                    n_values=len(values),
                )
            )
            continue
        if summary is None or defined.mean() < 0.5:
            missing.append(
                say(
                    "m = {m}: only {sum} of {n_values} tiles have {m} SO and {m} "
                    "OS tiles to be compared with",
                    m=m,
                    sum=int(defined.sum()),
                    n_values=len(values),
                )
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
            say(
                "slides have so many tiles alike that {short:.0%} of the lists "
                "of nearest tiles end before {m} of another slide are found",
                short=without.short,
                m=m,
            ),
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


def _ratio(part: NDArray[np.float64], rest: NDArray[np.float64]) -> NDArray[np.float64]:
    return jackknife.quotient(part, part + rest)


def ranks_of(material: Material) -> Ranks:
    """Neighbors of each kind at each rank that half of the tiles have."""
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
        report(Progress(say("Drawing curves over k"), number, len(ks)))
        by_anchor = ri.counts_by_anchor(material.kinds, k)
        total = by_anchor.sum(axis=0)
        value = ri.robustness_index(total)
        bounds = Interval(None, None)
        if bands and value is not None:
            counts = left_out.counts_without(
                material.neighbors, material.tissue, material.center, material.units, k
            )
            bounds = share_interval(
                material, value, _ratio(counts[:, SO], counts[:, OS]), by_anchor
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
