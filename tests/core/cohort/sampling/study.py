"""A cohort of small slides that the tests of sampling make for themselves."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from pathgui.core.cohort.labeled_regions import add_regions
from pathgui.core.cohort.opened import REGIONS_FOLDER, OpenCohort
from pathgui.core.reference.sampling_plan import SamplingPlan
from pathgui.core.slides.region_files import Area
from tests.core.cohort.making import opened
from tests.core.slide_factory import noise, tissue_picture, write_slide

# 64 level-0 pixels of the slides below, stored as 64 px; no tissue mask is made
SMALL = SamplingPlan(edge_um=32.0, mpp=0.5, min_tissue=0.0)


def box(left: float, top: float, right: float, bottom: float) -> tuple[tuple[float, float], ...]:
    """A ring."""
    return ((left, top), (right, top), (right, bottom), (left, bottom))


def slide(
    path: Path, seed: int = 0, mpp: float | None = 0.5, *, tissue: bool = False, size: int = 512
) -> Path:
    """A slide whose tiles all differ; with ``tissue``, an ellipse of it on glass."""
    picture = tissue_picture(size, size, seed=seed)[0] if tissue else noise(size, size, seed)
    return write_slide(path, np.ascontiguousarray(picture), mpp=mpp)


def spoiled_slide(path: Path, seed: int = 0, black: int = 256) -> Path:
    """A slide of 64 tiles, of which those in the upper left square are black."""
    picture = noise(512, 512, seed)
    picture[:black, :black] = 3
    picture[0, :black:64] = np.arange(8)[: -(-black // 64), None]  # no two tiles are alike
    return write_slide(path, picture)


def row(name: str, center: str = "North", **more: str) -> dict[str, str]:
    """A row of slides.csv; the slide lies beside the cohort."""
    return {"slide_id": name, "file": f"../{name}.tif", "center": center, **more}


def study(
    folder: Path, *rows: Mapping[str, str], regions: Mapping[str, list[Area]] | None = None
) -> OpenCohort:
    """A cohort C in ``folder``, with a slide of its own for each row that has none there yet."""
    folder.mkdir(exist_ok=True)
    for number, each in enumerate(rows):
        path = folder / f"{each['slide_id']}.tif"
        if not path.exists():
            slide(path, number)
    found = opened(folder / "C.pgcohort", *rows)
    for name, areas in (regions or {}).items():
        add_regions(found.folder / REGIONS_FOLDER, name, areas)
    return found


def area(kind: str, *rings: Any) -> Area:
    """A labeled region."""
    return Area(rings, kind)
