"""Further columns in the center's role, on the embeddings and neighbors of the main one.

Which tiles are near to each other does not depend on what they are called, and the tiles of the own
slide or patient never count, whichever column is asked. So neighbors are found once, k is the main
column's, and per column remain counting, intervals and one probe. Tests by exchanging labels,
curves, clusters and the shortcut sweep are of the main column alone: run with another column first
to have them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pathgui.core.errors import EmbeddingsError
from pathgui.core.language.texts import say
from pathgui.core.measurement import index as index_sections
from pathgui.core.measurement import prediction
from pathgui.core.measurement.results import ConfounderMeasurement
from pathgui.core.measurement.sample import (
    ALL_ALIKE,
    Material,
    SingleCells,
    design_of,
    prepare,
)
from pathgui.core.measurement.slide_deletion import basis_of, without_slides
from pathgui.core.metrics.neighbors import tissue_by_center
from pathgui.core.metrics.neighbors.blocks import Rows
from pathgui.core.metrics.neighbors.search import Neighbors
from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.progress import ProgressFn
from pathgui.core.reference.labels import TextArray, TileLabels, tally


@dataclass(frozen=True)
class Association:
    """How far two columns go together over the slides."""

    one: str
    other: str
    cramers_v: float | None  # 0: independent, 1: one tells the other; None: one has a single value
    by_chance: float | None  # root mean square of V if the values were dealt out among the slides
    n_slides: int  # of which both say something


@dataclass(frozen=True)
class Factor:
    """A column that may make slides of one tissue look different."""

    column: str
    n_values: int
    n_slides: int  # that it says something of
    with_tissue: float | None  # Cramér's V over the tiles; None: one of the two has one value


def measure_confounders(
    main: Material,
    rejected: NDArray[np.intp],
    embeddings: NDArray[np.floating[Any]],
    labels: TileLabels,
    centers: Mapping[str, TextArray],
    *,
    single_cells: SingleCells,
    alike: NotAssessable | None,
    probes: bool,
    report: ProgressFn,
    device: str,
) -> list[ConfounderMeasurement]:
    """Measure each of some columns as the center was.

    Parameters
    ----------
    main, rejected
        What the center was measured on, and the rows whose embeddings cannot be used.
    embeddings, labels
        All that was given for the center.
    centers
        What each column says of each tile, "" for nothing; by the columns' names.
    alike
        Why nothing can be told, if all embeddings are alike.
    """
    found = []
    for column, values in centers.items():
        asked = replace(labels, center=values, columns=replace(labels.columns, center=column))
        labeled = (labels.tissue != "") & (values != "") & (labels.slide != "")
        usable = np.setdiff1d(np.flatnonzero(labeled), rejected)
        design = design_of(asked, usable, single_cells, None if alike is None else ALL_ALIKE)
        notices = list(design.notices)
        try:
            material, told = _material(main, embeddings, asked, design.rows, report, device)
        except EmbeddingsError as error:  # too few tiles are left, or too few for the k of all
            found.append(_not_measured(asked, say("Not assessable: {error}", error=error)))
            continue
        measured = _measured(material, asked, alike, probes, report)
        if design.why_no_index is not None:
            no = NotAssessable(
                say("Not assessable: {why_no_index}.", why_no_index=design.why_no_index)
            )
            measured = replace(measured, robustness_index=no, mari=no, counts=no)
        found.append(replace(measured, notices=notices + told))
    return found


def associations(labels: TileLabels, centers: Mapping[str, TextArray]) -> list[Association]:
    """How far the center and further columns go together, each two of them, slide by slide."""
    slides, first = np.unique(labels.slide, return_index=True)
    of_slide = {labels.columns.center: labels.center[first]}
    for column, values in centers.items():
        kept = np.array([_said_of(values[labels.slide == slide]) for slide in slides], np.str_)
        of_slide[column] = kept
    return associations_of(of_slide)


def associations_of(of_slide: Mapping[str, TextArray]) -> list[Association]:
    """How far each two columns of a table of slides go together; "" says nothing."""
    return [_association(of_slide, *pair) for pair in combinations(of_slide, 2)]


def factors_of(labels: TileLabels, columns: Mapping[str, TextArray]) -> list[Factor]:
    """How many values each of some columns has, and how far it goes with the tissue."""
    found = []
    for column, values in columns.items():
        known = (values != "") & (labels.tissue != "")
        codes = [
            np.unique(each[known], return_inverse=True)[1].ravel().astype(np.intp)
            for each in (labels.tissue, values)
        ]
        n_slides = len(np.unique(labels.slide[values != ""]))
        found.append(
            Factor(
                column,
                len(set(values[values != ""].tolist())),
                n_slides,
                tissue_by_center.cramers_v(*codes) if known.any() else None,
            )
        )
    return found


def _said_of(values: TextArray) -> str:
    """What a column says of a slide: of some of its tiles it may say nothing."""
    known = values[values != ""]
    return str(known[0]) if len(known) else ""


def _association(of_slide: Mapping[str, TextArray], one: str, other: str) -> Association:
    first, second = of_slide[one], of_slide[other]
    known = (first != "") & (second != "")
    n = int(np.count_nonzero(known))
    if n < 2:
        return Association(one, other, None, None, n)
    rows, columns = (np.unique(each[known], return_inverse=True)[1] for each in (first, second))
    value = tissue_by_center.cramers_v(rows.astype(np.intp), columns.astype(np.intp))
    free = [int(each.max()) for each in (rows, columns)]  # values less one
    # The mean of chi squared over all ways to deal the values out is n / (n - 1) times the
    # degrees of freedom.
    chance = None if value is None else min(1.0, float(np.sqrt(max(free) / (n - 1))))
    return Association(one, other, value, chance, n)


def _material(
    main: Material,
    embeddings: NDArray[np.floating[Any]],
    labels: TileLabels,
    rows: NDArray[np.intp],
    report: ProgressFn,
    device: str,
) -> tuple[Material, list[str]]:
    """The main column's material under this column's names; found anew where it has other rows."""
    if len(rows) < 2:
        raise EmbeddingsError(say("only {n_rows} tiles can be measured.", n_rows=len(rows)))
    if not np.array_equal(np.sort(main.rows), rows):
        part = _part(main, embeddings, labels, rows)
        if part is not None:
            return part, []
        return prepare(embeddings[rows], labels.take(rows), rows, main.k, main.seed, report, device)
    names, codes = np.unique(labels.center[main.rows], return_inverse=True)
    made = replace(main, center=codes.astype(np.intp), centers=names, columns=labels.columns)
    return made, []


def _part(
    main: Material,
    embeddings: NDArray[np.floating[Any]],
    labels: TileLabels,
    rows: NDArray[np.intp],
) -> Material | None:
    """The main column's neighbors among some of its rows; None where its lists do not hold them."""
    kept = np.flatnonzero(np.isin(main.rows, rows))
    if len(kept) < len(rows) or main.n_anchors < len(main):
        return None
    given = labels.take(rows)
    groups = given.groups
    both = np.unique(np.stack([main.groups[kept], groups]), axis=1).shape[1]
    if both != groups.max() + 1 or both != len(np.unique(main.groups[kept])):
        return None  # a patient's slides that these rows no longer link may be neighbors
    admissible = len(rows) - np.bincount(groups)[groups]
    depth = main.k + min(main.k + 30, int(np.bincount(groups).max()))  # as for all of them
    if admissible.min() < main.k:
        return None
    place = np.full(len(main) + 1, -1)  # the last one is that of -1, no neighbor
    place[kept] = np.arange(len(rows))
    indices = place[main.neighbors.indices[kept]]
    there = indices >= 0
    if (np.count_nonzero(there, axis=1) < np.minimum(depth, admissible)).any():
        return None
    first = np.argsort(~there, axis=1, kind="stable")[:, :depth]
    indices = np.take_along_axis(indices, first, axis=1)
    distances = np.take_along_axis(main.neighbors.distances[kept], first, axis=1)
    distances[indices < 0] = np.inf
    tissues, tissue = np.unique(given.tissue, return_inverse=True)
    centers, center = np.unique(given.center, return_inverse=True)
    slide_names, slides = np.unique(given.slide, return_inverse=True)
    values = embeddings[rows]
    return replace(
        main,
        values=values,
        ready=Rows(values),
        rows=rows,
        tissue=tissue.astype(np.intp),
        center=center.astype(np.intp),
        groups=groups,
        slides=slides.astype(np.intp),
        slide_names=slide_names,
        pair=given.pair,
        tissues=tissues,
        centers=centers,
        neighbors=Neighbors(indices, distances),
        columns=labels.columns,
    )


def _measured(
    material: Material,
    labels: TileLabels,
    alike: NotAssessable | None,
    probes: bool,
    report: ProgressFn,
) -> ConfounderMeasurement:
    noun = labels.columns.of_center
    weighted = index_sections.margin_of(material)
    without = without_slides(material, weighted.weights if weighted else None, report)
    index, _ = index_sections.robustness(material, without)
    center = material.center[: material.n_anchors]
    probe: float | NotAssessable = alike or NotAssessable(
        say("Not computed: no probes were asked for.")
    )
    interval, asked = None, len(material.centers)
    if probes and alike is None:
        done, probe, asked = prediction.ask_probe(material, center, noun, report)
        interval = prediction.interval_of_probe(material, center, done)
    vote, of_vote = prediction.vote_accuracy(
        material, material.center, noun, without.sums.center_votes
    )
    return ConfounderMeasurement(
        column=labels.columns.center,
        n_used=len(material),
        n_slides=len(np.unique(material.slides)),
        values=tally(labels.center),
        n_unlabeled=int(np.count_nonzero(labels.center == "")),
        robustness_index=index,
        mari=index_sections.mari_of(material, weighted, without),
        counts=index_sections.counts_of(material.by_anchor.sum(axis=0)),
        knn=alike or vote,
        probe=probe,
        knn_chance=1 / len(material.centers),
        probe_chance=1 / asked,
        cramers_v=tissue_by_center.cramers_v(material.tissue, material.center),
        knn_interval=None if alike else of_vote,
        probe_interval=interval,
        interval_basis=basis_of(material),
    )


def _not_measured(labels: TileLabels, why: str) -> ConfounderMeasurement:
    no, values = NotAssessable(why), tally(labels.center)
    chance = 1 / max(1, len(values))
    return ConfounderMeasurement(
        column=labels.columns.center,
        n_used=0,
        n_slides=0,
        values=values,
        n_unlabeled=int(np.count_nonzero(labels.center == "")),
        robustness_index=no,
        mari=no,
        counts=no,
        knn=no,
        probe=no,
        knn_chance=chance,
        probe_chance=chance,
        cramers_v=None,
    )
