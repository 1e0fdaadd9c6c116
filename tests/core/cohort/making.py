"""Cohorts and slides that the tests of this room make for themselves."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pathgui.core.cohort.opened import Cohort, OpenCohort, make_cohort, open_cohort
from pathgui.core.cohort.slide_table import SlideTable
from pathgui.core.tables.read import Sheet
from tests.core.slide_factory import noise, write_slide

SQUARE = ((0.0, 0.0), (40.0, 0.0), (40.0, 40.0), (0.0, 40.0))


def slide(path: Path, seed: int = 0, mpp: float | None = 0.5) -> Path:
    """A small slide; another seed is another content."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return write_slide(path, noise(256, 256, seed), mpp=mpp)


def table(*rows: Mapping[str, str]) -> SlideTable:
    """A table of slides."""
    return SlideTable().with_rows(rows)


def opened(folder: Path, *rows: Mapping[str, str]) -> OpenCohort:
    """A cohort with these rows, open. Its places are kept beside it."""
    if not folder.exists():
        make_cohort(folder)
    found = open_cohort(folder, folder.parent / "places")
    if rows:
        found.save(Cohort(found.cohort.info, table(*rows)))
    return found


def sheet(headings: str, *rows: str, **more: Any) -> Sheet:
    """A table as it is read: columns parted by commas."""
    cells = [row.split(",") for row in rows]
    columns = tuple([row[i] for row in cells] for i in range(len(headings.split(","))))
    return Sheet(Path("t.csv"), tuple(headings.split(",")), columns, **more)


def geojson(path: Path, *features: Mapping[str, Any]) -> Path:
    """A file of QuPath's."""
    path.write_text(json.dumps({"type": "FeatureCollection", "features": list(features)}))
    return path


def feature(kind: str | None = "Tumor", side: float = 40, **geometry: Any) -> dict[str, Any]:
    """One annotation: a square from the corner, if no geometry is given."""
    ring = [[0, 0], [side, 0], [side, side], [0, side], [0, 0]]
    shape = {"type": "Polygon", "coordinates": [ring], **geometry}
    named = None if kind is None else {"name": kind, "color": [200, 0, 0]}
    properties = {"objectType": "annotation", "classification": named}
    return {"type": "Feature", "geometry": shape, "properties": properties}
