"""What altered tiles did, as it is kept."""

from __future__ import annotations

from dataclasses import dataclass

from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.system.json_records import from_json, to_json
from pathgui.core.what_if.results import (
    CenterEffect,
    Curve,
    CurvePoint,
    Mean,
    TileEffects,
    WhatIf,
)

SHARE, SHIFT, UP = Mean(0.2, 0.1, 0.3), Mean(0.5, 0.45, 0.55), Mean(0.4, 0.3, 0.5)
FOUND = WhatIf(
    n_tiles=3,
    n_squares=2,
    seed=0,
    tissues_apart=1.5,
    centers=[
        CenterEffect("Bonn", SHIFT, SHARE, 0.1, 0.5, UP, (70.0, 9.0, -4.0, 12.0, 6.0, 4.0)),
        CenterEffect("Ulm", Mean(0.1, 0.0, 0.2), Mean(0.0, 0.0, 0.7), 0.9, 0.9, Mean(0.0)),
    ],
    moved=SHIFT,
    flipped=SHARE,
    followed=UP,
    curves=[
        Curve("blur", [CurvePoint(0.5, SHIFT, SHARE), CurvePoint(2.0, SHIFT, SHARE)]),
        Curve("scale", [CurvePoint(-0.2, SHIFT, SHARE), CurvePoint(0.2, SHIFT, SHARE)]),
    ],
    tiles=TileEffects([0, 1, 9], [0, 0, 4], [0.1, 0.2, 0.9], [0, 1, 1], [1, 0, 1]),
    tissue_accuracy=0.87,
    center_accuracy=NotAssessable("one slide"),
    n_centers=2,
    notices=[],
    own_center="Ulm",
    look=(60.0, 20.0, -9.0, 15.0, 8.0, 5.0),
)


@dataclass(frozen=True)
class Holder:
    found: WhatIf


def test_it_is_read_back_as_it_was_written():
    assert from_json(Holder, to_json(Holder(FOUND))).found == FOUND
