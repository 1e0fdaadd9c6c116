"""Recoloring on the phantom: who looks at colors moves, who looks at shapes hardly."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from pathgui.core.corrections.stain import color_counts, lab_look
from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.metrics.probe import fit_probe
from pathgui.core.phantom.reference import reference_tiles
from pathgui.core.what_if.alterations import STAIN, Alteration
from pathgui.core.what_if.effects import tissues_apart, what_if
from pathgui.core.what_if.recoloring import recoloring
from tests.known import encoder

SIZE_PX, MPP = 128, 0.5


def embedded(name, pictures):
    spec = encoder(name)
    if not spec.readiness().ready:
        pytest.skip(f"{name} is not ready")
    side = (spec.input_px(SIZE_PX * MPP),) * 2
    fitted = [np.asarray(Image.fromarray(each).resize(side)) for each in pictures]
    return spec.load("cpu", "fp32")(np.stack(fitted))


def test_a_change_of_color_flips_color_statistics_and_hardly_shell():
    pictures, labels = reference_tiles(1.0, n_slides=2, n_tiles=1, size_px=SIZE_PX)
    here, there, *_ = np.unique(labels.center)
    known = np.isin(labels.center, [here, there])
    known &= np.isin(labels.tissue, np.unique(labels.tissue)[1:])  # four tell enough
    pictures, labels = pictures[known], labels.take(np.flatnonzero(known))
    own = labels.center == here
    looks = [lab_look(color_counts(pictures[mask])) for mask in (own, ~own)]
    change = recoloring(*looks)
    recolored = np.stack([change(each) for each in pictures[own]])
    found = {}
    for name in ("color-statistics", "shell"):
        values = embedded(name, [*pictures, *recolored])
        before, after = values[: len(pictures)], values[len(pictures) :]
        found[name] = what_if(
            before[own],
            {Alteration(STAIN, center=there): after},
            np.column_stack([np.arange(own.sum()) * 8, np.zeros(own.sum(), int)]),
            apart=tissues_apart(before, labels.tissue, labels.center),
            tissue_of=fit_probe(before, labels.tissue).predict,
            center_of=fit_probe(before, labels.center).predict,
            n_centers=2,
            tissue_accuracy=NotAssessable("fitted on the same tiles"),
            center_accuracy=NotAssessable("fitted on the same tiles"),
        )
    colors, shapes = found["color-statistics"], found["shell"]
    assert colors.moved.low > shapes.moved.value
    assert colors.flipped.value > shapes.flipped.value
    assert colors.followed.low > 0
