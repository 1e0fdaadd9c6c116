"""Cohorts of small slides that tests evaluate, each with the two tissues of ``tests.material``."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from pathgui.core.cohort.opened import OpenCohort, make_cohort, open_cohort
from pathgui.core.encoders.facts.registry import EncoderSpec
from pathgui.core.evaluation.cohort_slides import cohort_facts, slides_of
from pathgui.core.reference.reference_set import ReferenceSet
from pathgui.core.runs.options import new_settings
from pathgui.core.runs.request import EvaluationRequest
from tests.core.slide_factory import write_slide
from tests.material import CENTER_TINTS, TISSUE_COLORS

SIDE = 384  # pixels of 0.5 µm: 6 x 6 tiles of the reference set's 32 µm
CENTERS = (*CENTER_TINTS, "Far Away")  # the last one is not in the reference set


def draw_slide(path: Path, seed: int, *, side: int = SIDE, mpp: float | None = 0.5) -> Path:
    """A slide whose left part is stroma and whose right part is tumor, with a rim of glass."""
    rng = np.random.default_rng(seed)
    tint = list(CENTER_TINTS.values())[seed % 2]
    picture = np.full((side, side, 3), 243.0)
    rim, split = side // 12, side // 3 + seed % 5 * side // 12
    for (left, right), color in zip(
        ((rim, split), (split, side - rim)), TISSUE_COLORS.values(), strict=True
    ):
        shape = (side - 2 * rim, right - left, 3)
        picture[rim : side - rim, left:right] = np.array(color) + tint + rng.normal(0, 14, shape)
    return write_slide(path, picture.clip(0, 255).astype(np.uint8), mpp=mpp, factors=(1, 2))


def make_study(folder: Path, n: int = 6, *, side: int = SIDE, broken: bool = False) -> OpenCohort:
    """A cohort of ``n`` slides ``S-01``, ... of two centers and one that no set has.

    Two slides in a row are of one patient. ``broken`` adds one without mpp, one that is no slide,
    one whose file is gone, and one that is the first under another name.
    """
    folder.mkdir(parents=True, exist_ok=True)
    rows: list[dict[str, str]] = []
    for i in range(n):
        draw_slide(folder / f"s {i + 1}.tif", i, side=side + 64 * (i % 3))
        rows.append(
            {
                "slide_id": f"S-{i + 1:02d}",
                "file": f"../s {i + 1}.tif",
                "center": CENTERS[i % 2] if i != 4 else CENTERS[2],
                "patient_id": f"P-{i // 2 + 1}",
                "scanner": ("Aperio", "Hamamatsu")[i % 2],
                "remark": "seen by Dr. Meyer",
            }
        )
    if broken:
        draw_slide(folder / "no scale.tif", 90, mpp=None)
        (folder / "no slide.tif").write_bytes(b"II*\0 and no more")
        (folder / "twin.tif").write_bytes((folder / "s 1.tif").read_bytes())
        names = {"A-no scale": "no scale.tif", "B-no slide": "no slide.tif", "C-gone": "gone.tif"}
        for name, file in {**names, "D-twin": "twin.tif"}.items():
            rows.append({"slide_id": name, "file": f"../{file}", "center": CENTERS[0]})
    cohort = folder / "study.pgcohort"
    make_cohort(cohort)
    columns = ["slide_id", "file", "center", "patient_id", "tissue", "scanner", "mpp", "remark"]
    with (cohort / "slides.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, columns, restval="")
        table.writeheader()
        table.writerows(rows)
    return open_cohort(cohort, folder / "places", to_change=False)


def ask_for(
    opened: OpenCohort,
    reference: ReferenceSet,
    encoders: Sequence[EncoderSpec],
    *,
    only: Sequence[str] = (),
    **settings: object,
) -> EvaluationRequest:
    """A request for the slides of a cohort, quick to carry out unless ``settings`` say else."""
    chosen = {"device": "cpu", "k": 5, "maps": False, "shortcut": "none", **settings}
    run = new_settings(**chosen)
    return EvaluationRequest(
        reference=reference.place,
        specs=tuple(encoders),
        settings=run,
        cohort=cohort_facts(opened, run),
        slides=slides_of(opened, run, only),
        pseudonym_key=b"k" * 32,
    )
