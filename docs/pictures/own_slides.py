"""A study of drawn slides, and the path from its folder to a report, as pictures of the window."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import shapely
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from pathgui.core.phantom.demo import write_pyramid
from pathgui.core.phantom.optics import centers
from pathgui.core.phantom.slide import SlideTruth, draw_slide
from pathgui.gui.cohort.slide_model import SlideModel
from pathgui.gui.shell.main_window import MainWindow

SIZE_PX = (3600, 3000)
SLIDES_A_CENTER = 4
CODES = ("NF", "LS")  # what the laboratories put before the number of a slide
SIZE = (1280, 800)
_STEP = 16  # squares of the truth that a region is made of
_LEAST = 40  # of them


class Takes(Protocol):
    """A camera, see take.py."""

    def take_once(
        self, name: str, file: str, widget: QWidget, *, ready: Callable[[], bool]
    ) -> None: ...


def draw_study(folder: Path) -> str:
    """Draw slides of two centers, each with a file of regions; returns the table of the study."""
    slides, regions = folder / "slides", folder / "regions"
    slides.mkdir(parents=True)
    regions.mkdir()
    lines = ["slide\tKlinik\tpatient"]
    for number in range(2 * SLIDES_A_CENTER):
        which = number // SLIDES_A_CENTER
        center = centers(1.0)[which]
        name = f"{CODES[which]}-{number % SLIDES_A_CENTER + 1:03}"
        picture, truth = draw_slide(center, seed=number + 1, size_px=SIZE_PX)
        write_pyramid(slides / f"{name}.tif", picture, center.jpeg_quality)
        text = json.dumps({"type": "FeatureCollection", "features": _areas(truth)})
        (regions / f"{name}.geojson").write_text(text, encoding="utf-8")
        lines.append(f"{name}\t{center.name}\tP{number + 1:02}")
    return "\n".join(lines) + "\n"


def _areas(truth: SlideTruth) -> list[dict[str, Any]]:
    """Where one tissue alone lies, as QuPath writes annotations."""
    found = []
    rows, columns = (side // _STEP * _STEP for side in truth.labels.shape)
    blocks = truth.labels[:rows, :columns].reshape(rows // _STEP, _STEP, columns // _STEP, _STEP)
    edge = _STEP * truth.downsample
    for index, tissue in enumerate(truth.tissues):
        pure = (blocks == index).all((1, 3))
        squares = [
            shapely.box(x * edge, y * edge, (x + 1) * edge, (y + 1) * edge)
            for y, x in np.argwhere(pure)
        ]
        joined = shapely.union_all(squares)
        for part in getattr(joined, "geoms", [joined]):
            if part.area >= _LEAST * edge**2 / 4:
                found.append(
                    {
                        "type": "Feature",
                        "geometry": shapely.geometry.mapping(part.simplify(1)),
                        "properties": {
                            "objectType": "annotation",
                            "classification": {"name": tissue},
                        },
                    }
                )
    return found


def from_slides_to_report(
    camera: Takes, window: MainWindow, folder: Path, wait: Callable[..., None]
) -> None:
    """Drop, paste, name the tissues, make the set, evaluate all, sign: six pictures."""
    table = draw_study(folder)
    quiet = lambda: not window.working  # noqa: E731
    window.resize(*SIZE)
    window.open_slides([folder / "slides"])
    wait(lambda: len(window.cohort_panel.model.content.slides.slide_ids) == 2 * SLIDES_A_CENTER)
    window.docks.cohort.raise_()
    camera.take_once("path-drop", "path-1-drop.jpg", window, ready=quiet)

    window.cohort.imports.paste(table)
    page = window.cohort.imports.page
    wait(lambda: page.take_button.isEnabled())
    page.boxes["Klinik"].choose("center")
    wait(lambda: page.take_button.isEnabled())
    camera.take_once("path-paste", "path-2-paste.jpg", page, ready=quiet)
    page.take_button.click()
    wait(quiet)
    window.cohort.control.save_as(folder / "study.pgcohort")
    wait(lambda: window.cohort.is_on_disk and quiet())

    for path in sorted((folder / "slides").iterdir()):
        window.slides.show(path)
        wait(lambda: quiet() and window.viewer.sharp)
        window.regions.open(folder / "regions" / f"{path.stem}.geojson")
        wait(lambda: bool(window.viewer.regions) and quiet())
    look = window.cohort.look
    wait(lambda: not look.runner.busy and not any(each.lacks == "tissue" for each in look.faults))
    _tidy(window)
    camera.take_once("path-tissues", "path-3-tissues.jpg", window, ready=quiet)
    window.docks.cohort.raise_()

    window.cohort_panel.sample_button.click()
    dialog = window.cohort.samples.dialog
    dialog.tiles_a_slide.setValue(12)
    wait(lambda: dialog.drawn is not None)
    dialog.resize(SIZE[0] - 160, SIZE[1] - 80)
    preview = dialog.preview
    wait(lambda: preview.pictures.waiting > 0)  # it asks for them once it is laid out
    wait(lambda: not preview.pictures.waiting)
    camera.take_once("path-set", "path-4-set.jpg", dialog, ready=quiet)
    dialog.make(folder / "study.pgref")
    wait(lambda: window.references.reference is not None and quiet())

    wait(lambda: window.cohort_runs.ready and quiet())
    window.encoder_panel.tick(("color-statistics", "shell"))
    wait(lambda: window.cohort_runs.ready and quiet())
    window.cohort_runs.evaluate_all()
    model = window.cohort_panel.model
    wait(lambda: [text for _, text in _cells(model)].count("done") >= SLIDES_A_CENTER - 1)
    _tidy(window)
    window.controller.pause(True)
    camera.take_once("path-evaluate", "path-5-evaluate.jpg", window, ready=lambda: True)
    window.controller.pause(False)
    wait(lambda: not window.controller.busy and quiet(), 1800)
    window.reports.ask()
    report = window.reports.dialog
    wait(lambda: report.ready and quiet())
    report.resize(SIZE[0] - 160, SIZE[1] - 80)
    camera.take_once("path-report", "path-6-report.jpg", report, ready=quiet)
    report.close()


def _cells(model: SlideModel) -> Iterator[tuple[int, str]]:
    """Each row's number and what its column *Run* says."""
    titles = [
        model.headerData(column, Qt.Orientation.Horizontal) for column in range(model.columnCount())
    ]
    if "Run" in titles:
        for row in range(model.rowCount()):
            yield row, model.text_at(row, titles.index("Run"))


def _tidy(window: MainWindow) -> None:
    """Close messages: they say where folders of this computer are."""
    for bar in window.messages.bars:
        if bar.closable:
            bar.gone.emit()
