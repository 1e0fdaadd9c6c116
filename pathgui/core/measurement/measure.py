"""Every measurement on one encoder's embeddings of a reference set, in one object.

The formulas are in :mod:`pathgui.core.metrics`; here is the order of the steps.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pathgui.core.language.texts import in_english, say
from pathgui.core.measurement import index as index_sections
from pathgui.core.measurement import prediction as prediction_sections
from pathgui.core.measurement import shortcut_sweep, squares
from pathgui.core.measurement.cases import cases
from pathgui.core.measurement.confounders import measure_confounders
from pathgui.core.measurement.exchanged import exchanged
from pathgui.core.measurement.geometry import geometry as embedding_geometry
from pathgui.core.measurement.results import (
    INTERVALS,
    ReferenceMeasurement,
    RobustnessIndex,
    Squares,
    Undefined,
)
from pathgui.core.measurement.sample import (
    ALL_ALIKE,
    FoundNeighbors,
    Material,
    SingleCells,
    find_neighbors,
    prepare,
    select,
)
from pathgui.core.measurement.sensitivity import sensitivity
from pathgui.core.measurement.shortcut_draws import SweepEffort
from pathgui.core.measurement.slide_deletion import Without, basis_of, without_slides
from pathgui.core.metrics.neighbors import robustness_index as ri
from pathgui.core.metrics.neighbors import tissue_by_center
from pathgui.core.metrics.neighbors.k_rule import KRule, resolve_k
from pathgui.core.metrics.neighbors.margin import Margin
from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.metrics.results import Sensitivity, ShortcutSweep
from pathgui.core.progress import Part, ProgressFn, during, ignore_progress
from pathgui.core.reference.labels import TextArray, TileLabels, tally


@in_english()
def measure(
    embeddings: NDArray[np.floating[Any]],
    labels: TileLabels,
    *,
    k: KRule = "auto",
    seed: int = 0,
    report: ProgressFn = ignore_progress,
    single_cells: SingleCells = "drop",
    device: str = "cpu",
    probes: bool = True,
    shortcut: SweepEffort = "quick",
    geometry: bool = True,
    subsets: Mapping[str, NDArray[np.intp]] | None = None,
    k_rule: str = "",
    found: FoundNeighbors | None = None,
    confounders: Mapping[str, TextArray] | None = None,
    factors: Mapping[str, TextArray] | None = None,
) -> ReferenceMeasurement:
    """Measure one encoder on a reference set.

    Parameters
    ----------
    embeddings : (n, d) float array
        One row per tile. Rows that are zero or not finite are left out and listed.
    labels : TileLabels
        Of the same n tiles. Tiles without tissue, center or slide ("") are left out and listed.
    k : int, "auto" or a preset
        Neighbors per tile; "auto": this encoder's own best (see
        :func:`pathgui.core.metrics.neighbors.knn.best_k`); presets are in
        :mod:`pathgui.core.metrics.neighbors.k_rule`. Encoders that are to stand side by side are
        measured at one k, see
        :mod:`pathgui.core.metrics.neighbors.shared_k`.
    seed : int
        For permutations and folds. The same seed gives the same numbers.
    single_cells : "drop" or "keep"
        What to do with a tissue that one center alone has (no SO neighbor is possible, so it
        pulls the index down) and with a center that has one tissue alone (no OS neighbor is
        possible, so it pulls up). "drop" leaves their tiles out and says how many, and gives the
        index with them beside; "keep" measures as PathoROB and croma do.
    device : str
        Where the search for neighbors runs: "cpu", "cuda".
    probes : bool
        False leaves out whatever needs linear probes to be fitted, the shortcut sweep too.
    shortcut : "none", "quick" or "full"
        The shortcut sweep: 5 repetitions of a fast probe, or 20 of PathoROB's, which takes minutes.
    geometry : bool
        False leaves out how tissue and center lie in the embedding as a whole.
    subsets : mapping of names to rows, optional
        Parts of two tissues at two centers that are also evaluated each on its own and pooled, as
        PathoROB does for TCGA. A tile may be in several.
    k_rule : str
        How a number ``k`` came about, in words; by default that it was asked for.
    found : FoundNeighbors, optional
        What :func:`find_k` found for the same embeddings, labels and seed, to be used again.
    confounders : mapping of columns to (n,) text, optional
        Further columns that are measured in the center's place, on the same neighbors.
    factors : mapping of columns to (n,) text, optional
        What may differ between slides of one piece of tissue, as scanner and stain: paired tiles
        are split by it. By default the center and ``confounders``.

    Raises
    ------
    EmbeddingsError
        If fewer than two tiles are left, if embeddings and labels differ in number, or if k is
        larger than the number of admissible neighbors that half of the tiles have.
    """
    report = during(Part.MEASURING, report)
    selected = select(embeddings, labels, single_cells)
    rows = selected.rows
    # All rows are the embeddings themselves: a copy of them would be most of the memory.
    values = embeddings if len(rows) == len(embeddings) else embeddings[rows]
    material, notices = prepare(values, labels.take(rows), rows, k, seed, report, device, found)
    alike = (
        NotAssessable(say("Not assessable: {ALL_ALIKE}.", ALL_ALIKE=ALL_ALIKE))
        if selected.alike
        else None
    )
    weighted = index_sections.margin_of(material)
    without = without_slides(material, weighted.weights if weighted else None, report)
    probed = (
        prediction_sections.probed(material, report)
        if probes and alike is None
        else prediction_sections.not_probed(material, alike)
    )
    patients = labels.patient
    by = {labels.columns.center: labels.center, **(confounders or {})}
    split = {name: each[material.rows] for name, each in (factors or by).items()}
    held = ri.support(material.by_anchor)
    why_not = selected.why_no_index
    paired: Squares | NotAssessable | None = None
    if subsets and alike is not None:
        paired = alike
    elif subsets:
        paired, told = squares.paired_of(material, subsets, report)
        notices += told
    return ReferenceMeasurement(
        n_tiles=len(labels),
        n_slides=len(np.unique(labels.slide[labels.slide != ""])),
        n_patients=None if patients is None else len(np.unique(patients[patients != ""])),
        tissues=tally(labels.tissue),
        centers=tally(labels.center),
        knn=prediction_sections.knn_accuracies(material, without, alike),
        probe=probed.accuracies,
        notices=selected.notices + notices,
        n_used=len(material),
        k=material.k,
        rejected_rows=selected.rejected.tolist(),
        unlabeled_rows=selected.unlabeled.tolist(),
        dropped_tissues=selected.dropped_tissues,
        dropped_centers=selected.dropped_centers,
        k_rule=k_rule or resolve_k(k)[1],
        own_k=material.own_k,
        cramers_v=tissue_by_center.cramers_v(material.tissue, material.center),
        undefined=Undefined(held.mostly_SS, held.mostly_OO, held.mixed, held.none),
        same_center_errors=alike
        or prediction_sections.same_center_errors(material, probed.tissue, without),
        prediction=(
            alike or prediction_sections.prediction_of(material, probed.tissue, report)
            if probes
            else None
        ),
        with_single_cells=(
            _kept_index(embeddings, labels, material.k, seed, report, device)
            if selected.dropped_tissues or selected.dropped_centers
            else None
        ),
        geometry=(
            embedding_geometry(material, report, alike, split, _calls(probed)) if geometry else None
        ),
        cases=alike or cases(material, probes, report),
        paired=paired,
        sensitivity=_sensitivity(material, why_not, report) if geometry else None,
        shortcut=_shortcut(material, shortcut, report, alike) if probes else None,
        interval_basis=basis_of(material),
        intervals=INTERVALS,
        columns=labels.columns,
        confounders=measure_confounders(
            material,
            selected.rejected,
            embeddings,
            labels,
            confounders or {},
            single_cells=single_cells,
            alike=alike,
            probes=probes,
            report=report,
            device=device,
        ),
        **(
            _neighbor_metrics(material, weighted, without, report)
            if why_not is None
            else _no_neighbor_metrics(why_not)
        ),
    )


def _calls(found: prediction_sections.Probed) -> NDArray[np.intp] | None:
    return None if found.tissue is None else found.tissue.answers


@in_english()
def find_k(
    embeddings: NDArray[np.floating[Any]],
    labels: TileLabels,
    *,
    seed: int = 0,
    single_cells: SingleCells = "drop",
    report: ProgressFn = ignore_progress,
    device: str = "cpu",
) -> FoundNeighbors:
    """What one encoder says about k, and the neighbors that say so; arguments as of ``measure``.

    Raises
    ------
    EmbeddingsError
        If fewer than two tiles are left, or embeddings and labels differ in number.
    """
    report = during(Part.MEASURING, report)
    selected = select(embeddings, labels, single_cells)
    rows = selected.rows
    values = embeddings if len(rows) == len(embeddings) else embeddings[rows]
    found = find_neighbors(values, labels.take(rows), rows, seed, report, device)
    return found if selected.why_no_index is None else replace(found, least_k=None)


def _sensitivity(
    material: Material, why_not: str | None, report: ProgressFn
) -> Sensitivity | NotAssessable:
    if why_not is not None:
        return NotAssessable(say("Not assessable: {why_not}.", why_not=why_not))
    return sensitivity(material, report)


def _shortcut(
    material: Material, effort: SweepEffort, report: ProgressFn, alike: NotAssessable | None
) -> ShortcutSweep | NotAssessable | None:
    if effort == "none":
        return None
    if alike is not None:
        return alike
    return shortcut_sweep.sweep(
        material.values,
        material.tissue,
        material.center,
        material.groups,
        material.tissues.tolist(),
        material.centers.tolist(),
        effort=effort,
        seed=material.seed,
        report=report,
        columns=material.columns,
    )


def _neighbor_metrics(
    material: Material, weighted: Margin | None, without: Without, report: ProgressFn
) -> dict[str, Any]:
    """What rests on telling tissue from center, by field of :class:`ReferenceMeasurement`."""
    total = material.by_anchor.sum(axis=0)
    index, older = index_sections.robustness(material, without)
    croma, croma_reason = index_sections.croma_of(material, report)
    by_tissue, by_center, by_cell = index_sections.parts(material, without)
    centers_exchanged, tissues_exchanged = exchanged(material, weighted, report)
    return {
        "robustness_index": index,
        "robustness_index_2025": older,
        "counts": index_sections.counts_of(total),
        "confounder_insensitivity": _defined(ri.confounder_insensitivity(total)),
        "generalization_index": _defined(ri.generalization_index(total)),
        "mari": index_sections.mari_of(material, weighted, without),
        "croma": croma,
        "croma_reason": croma_reason,
        "centers_exchanged": centers_exchanged,
        "tissues_exchanged": tissues_exchanged,
        "by_tissue": by_tissue,
        "by_center": by_center,
        "by_cell": by_cell,
        "ranks": index_sections.ranks_of(material),
        "curve": index_sections.curve_of(material, report),
        "squares": squares.squares_of(material, report),
        "deletions": index_sections.deletions_of(material, without),
    }


def _no_neighbor_metrics(why_not: str) -> dict[str, Any]:
    no = NotAssessable(say("Not assessable: {why_not}.", why_not=why_not))
    names = (
        "robustness_index",
        "robustness_index_2025",
        "counts",
        "confounder_insensitivity",
        "generalization_index",
        "mari",
        "centers_exchanged",
        "tissues_exchanged",
        "squares",
    )
    return {**dict.fromkeys(names, no), "croma_reason": no.reason}


def _kept_index(
    embeddings: NDArray[np.floating[Any]],
    labels: TileLabels,
    k: int,
    seed: int,
    report: ProgressFn,
    device: str,
) -> RobustnessIndex | NotAssessable:
    """The index with nothing dropped, as PathoROB and croma would give it, at the same k."""
    selected = select(embeddings, labels, "keep")
    if selected.why_no_index is not None:
        return NotAssessable(
            say("Not assessable: {why_no_index}.", why_no_index=selected.why_no_index)
        )
    rows = selected.rows
    material, _ = prepare(embeddings[rows], labels.take(rows), rows, k, seed, report, device)
    return index_sections.robustness(material, without_slides(material, None, report))[0]


def _defined(value: float | None) -> float | NotAssessable:
    if value is None:
        return NotAssessable(
            say("Not defined: kinds of neighbors that it divides by do not occur.")
        )
    return value
