"""Intervals of one encoder's numbers: its material without each slide."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pathgui.core.language.texts import say
from pathgui.core.measurement.results import IntervalBasis
from pathgui.core.measurement.sample import Material
from pathgui.core.metrics import jackknife, left_out
from pathgui.core.metrics.neighbors import knn
from pathgui.core.metrics.neighbors.kinds import OS, SO
from pathgui.core.metrics.results import Interval
from pathgui.core.progress import ProgressFn, ignore_progress
from pathgui.core.reference.roles import USUAL, RoleColumns

ENOUGH_SLIDES = 8  # in the smallest cell, below which intervals come with a caution


@dataclass(frozen=True)
class Without:
    """What rests on the k nearest neighbors, without each slide."""

    cells: NDArray[np.intp]  # (cells, 2) tissue and center of each part of the anchors
    sums: left_out.LeftOut
    units: jackknife.Units


def without_slides(
    material: Material, weights: NDArray[np.float64] | None, report: ProgressFn = ignore_progress
) -> Without:
    """Leave out slides one after the other."""
    cells, cell = np.unique(
        np.stack([material.tissue, material.center]), axis=1, return_inverse=True
    )
    sums = left_out.leave_out(
        material.neighbors,
        material.tissue,
        material.center,
        material.groups,
        material.units,
        material.k,
        cell.ravel()[: material.n_anchors].astype(np.intp),
        cells.shape[1],
        weights,
        report,
    )
    return Without(cells.T, sums, material.units)


def basis_of(material: Material) -> IntervalBasis | None:
    """What the intervals rest on, and a caution where that is little."""
    units = material.units
    if len(units) < 2:
        return None
    what = say("patients") if len(material.patient_names) else say("slides")
    few = jackknife.fewest_slides(material.groups, (material.tissue, material.center))
    caution = few_slides_text(few, what, material.columns) if few < ENOUGH_SLIDES else ""
    if units.df < jackknife.FEWEST_DF:
        caution = say(
            "{n_groups} {what} in all are too few for intervals, so every number can be chance.",
            n_groups=units.n_groups,
            what=what,
        )
    return IntervalBasis(
        units=len(units),
        of=what if len(units) == units.n_groups else say("sets of {what}", what=what),
        strata=len(units.sizes),
        df=units.df,
        fewest=few,
        caution=caution,
    )


def few_slides_text(fewest: int, what: str, columns: RoleColumns = USUAL) -> str:
    """What intervals are worth where a cell has few slides."""
    have = (
        say("only {fewest} {what}", fewest=fewest, what=what)
        if fewest > 1
        else say("only one patient")
        if what == say("patients")
        else say("only one slide")
    )
    return say(
        "The smallest {of_tissue}-{of_center} pair has {have}. With fewer "
        "than {ENOUGH_SLIDES}, intervals are wide, and how wide is itself "
        "uncertain: take them for a rough guide.",
        of_tissue=columns.of_tissue,
        of_center=columns.of_center,
        have=have,
        ENOUGH_SLIDES=ENOUGH_SLIDES,
    )


def interval_of(
    material: Material,
    value: float,
    without: NDArray[np.float64],
    scale: jackknife.Scale,
    bearing: int | None = None,
) -> Interval:
    """From the values without each slide, shape (u,)."""
    return jackknife.interval(value, without, material.units, scale, bearing)


def share_interval(
    material: Material,
    value: float,
    without: NDArray[np.float64],
    by_anchor: NDArray[np.int64] | None = None,
    anchors: NDArray[np.bool_] | slice = slice(None),
) -> Interval:
    """Of a share of anchors, or of the telling neighbors ``by_anchor`` that some have."""
    unit = material.units.of_tile[: material.n_anchors][anchors]
    if by_anchor is not None:
        unit = unit[by_anchor[:, SO] + by_anchor[:, OS] > 0]
    bearing = int(np.count_nonzero(np.bincount(unit)))
    return interval_of(material, value, without, "share", bearing)


def judged_interval(
    material: Material, truth: NDArray[np.intp], answers: NDArray[np.intp]
) -> Interval:
    """Of a balanced accuracy: slides left out among the tiles that are judged."""
    value = knn.balanced_accuracy(truth, answers)
    if value is None:
        return Interval(None, None, None, say("nobody was asked"))
    without = left_out.accuracies(left_out.judged_without(truth, answers, material.units))
    return accuracy_interval(material, value, without, truth, answers)


def accuracy_interval(
    material: Material,
    value: float,
    without: NDArray[np.float64],
    truth: NDArray[np.intp],
    answers: NDArray[np.intp],
) -> Interval:
    """Of a balanced accuracy, a mean over labels: it rests on the slides of the rarest."""
    asked = answers >= 0
    if not asked.any():
        return Interval(None, None, None, say("nobody was asked"))
    unit = material.units.of_tile[: len(answers)]
    bearing = min(len(np.unique(unit[asked & (truth == label)])) for label in set(truth[asked]))
    return interval_of(material, value, without, "share", bearing)
