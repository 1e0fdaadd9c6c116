"""The main job in small, from finished installation to PDF: what ``doctor --self-test`` runs.

Its steps are named in English: they go into records, and to makers of installations.
"""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pathgui.core.encoders.bundled import BUNDLED
from pathgui.core.errors import PathguiError
from pathgui.core.system.endings import REFERENCE_ENDING, RUN_ENDING

TILE_PX = 128
MPP = 0.5


def self_test() -> Iterator[tuple[str, str, Exception | None]]:
    """Yields each step's name with what it found, or what went wrong; ends at the first fault."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for what, step in STEPS:
            try:
                yield what, step(folder), None
            except Exception as error:  # noqa: BLE001  any failure is what a self-test looks for
                yield what, "", error
                return


def _measure(folder: Path) -> str:
    """Eight points on a circle whose neighbors can be counted by hand: 7 SO and 9 OS of 24."""
    from pathgui.core.measurement.measure import measure
    from pathgui.core.measurement.results import RobustnessIndex
    from pathgui.core.reference.labels import TileLabels

    angles = np.radians([0, 14, 20, 31, 47, 54, 71, 96])
    labels = TileLabels(
        tissue=np.array(list("AABABBAB")),
        center=np.array(list("XYXXYXYY")),
        slide=np.array([str(i) for i in range(8)]),
    )
    index = measure(np.column_stack([np.cos(angles), np.sin(angles)]), labels, k=3).robustness_index
    if not isinstance(index, RobustnessIndex) or abs(index.value - 7 / 16) > 1e-12:
        raise PathguiError(f"The worked example gives {index}, not 7/16.")
    return "the robustness index of a worked example is 7/16, as counted by hand"


def _draw(folder: Path) -> str:
    """Tiles from two virtual patients a cell, and a slide made of some of them."""
    import tifffile
    from PIL import Image

    from pathgui.core.phantom.reference import reference_tiles

    tiles, labels = reference_tiles(n_slides=2, n_tiles=2, size_px=TILE_PX)
    columns = (labels.slide, labels.patient, labels.center, labels.tissue)
    with (folder / "manifest.csv").open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["path", "slide_id", "patient_id", "center", "tissue", "mpp"])
        for i, tile in enumerate(tiles):
            Image.fromarray(tile).save(folder / f"{i}.png")
            rows.writerow([f"{i}.png", *(each[i] for each in columns if each is not None), MPP])
    tifffile.imwrite(
        folder / "slide.tif",
        _mosaic(tiles),
        tile=(256, 256),
        photometric="rgb",
        compression="jpeg",
        resolution=(1e4 / MPP,) * 2,
        resolutionunit="CENTIMETER",
    )
    return f"{len(tiles)} tiles drawn, and a slide made of them"


def _mosaic(tiles: NDArray[np.uint8]) -> NDArray[np.uint8]:
    rows = [np.concatenate(list(tiles[start : start + 6]), axis=1) for start in range(0, 24, 6)]
    return np.concatenate(rows)


def _read_slide(folder: Path) -> str:
    from pathgui.core.slides.slide_file import SlideFile

    with SlideFile(folder / "slide.tif").open() as slide:
        slide.read((0, 0), 0, (256, 256))
        return f"{slide.size_l0[0]} x {slide.size_l0[1]} px at {slide.mpp:.3g} µm/px"


def _run_encoders(folder: Path) -> str:
    titles = []
    for spec in BUNDLED:
        if spec.readiness().ready:
            side = spec.input_px(spec.tile.edge_um)
            values = spec.load("cpu", "fp32")(np.full((2, side, side, 3), 200, np.uint8))
            if values.shape != (2, spec.dim) or not np.isfinite(values).all():
                raise PathguiError(f"{spec.title} gave embeddings of shape {values.shape}.")
            titles.append(spec.title)
    return "embeddings from " + ", ".join(titles)


def _evaluate(folder: Path) -> str:
    from pathgui.core.evaluation.evaluate import EvaluationRequest, evaluate
    from pathgui.core.reference.build import build_reference
    from pathgui.core.report.report import write_report
    from pathgui.core.runs.options import new_settings
    from pathgui.core.runs.run_files import save_evaluation
    from pathgui.core.slides.slide_file import SlideFile

    reference = build_reference(
        folder / "manifest.csv", folder / f"test{REFERENCE_ENDING}"
    ).reference
    specs = tuple(spec for spec in BUNDLED if spec.name == "color-statistics")
    slide, settings = SlideFile(folder / "slide.tif"), new_settings(device="cpu")
    request = EvaluationRequest(reference.place, specs, slide, settings)
    save_evaluation(evaluate(request), folder / f"test{RUN_ENDING}")
    report = write_report(folder / f"test{RUN_ENDING}")
    if not report.read_bytes().startswith(b"%PDF-"):
        raise PathguiError("The report is no PDF.")
    return f"a slide evaluated, and a report of {report.stat().st_size / 1000:.0f} kB written"


STEPS: tuple[tuple[str, Callable[[Path], str]], ...] = (
    ("measure", _measure),
    ("draw tissue", _draw),
    ("read a slide", _read_slide),
    ("run encoders", _run_encoders),
    ("evaluate and report", _evaluate),
)
