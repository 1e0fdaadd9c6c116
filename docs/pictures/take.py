#!/usr/bin/env python3
"""Takes every picture of the documentation from the real program, on the demo.

    xvfb-run -a -s "-screen 0 1920x1080x24" python docs/pictures/take.py

Opens the window, makes the demo, evaluates its encoders once and takes the scenes one after the
other; then, in a new window, the path of a study from its folder of slides to a report. What each
picture shows is written down beside them (shown.json), so that a test says when a picture is older
than its widgets. Everything that the program keeps goes to a folder that is removed afterward.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from PIL import Image
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from docs.pictures.own_slides import from_slides_to_report  # noqa: E402
from pathgui.core.explore.neighborhood import TileId  # noqa: E402
from pathgui.core.report.render.pages import render_pages  # noqa: E402
from pathgui.core.report.report import render_report  # noqa: E402
from pathgui.core.report.sections.options import ReportOptions  # noqa: E402
from pathgui.core.runs.criteria import Criterion  # noqa: E402
from pathgui.core.runs.intended_use import IntendedUse  # noqa: E402
from pathgui.gui.kit.fonts import add_missing_fonts  # noqa: E402
from pathgui.gui.kit.theme import DARK, LIGHT, Theme, ThemeFollower, apply  # noqa: E402
from pathgui.gui.shell.main_window import MainWindow  # noqa: E402
from tests.picture_age import EVERYWHERE, PICTURES, REPORT, Scene, load, save, scene  # noqa: E402

SIZES = ((1280, 800), (1920, 1080))
THEMES = (LIGHT, DARK)
QUALITY = 80
PAGE_PX = 900  # of a page of the report, before pages are set side by side
TILE = 190  # of the demo's slide, for its neighbors
REGION = ((400, 1100), (2900, 900), (4100, 1600), (2700, 2600), (700, 2300))  # on it, level-0 px

CRITERIA = (
    Criterion(
        "robustness_index", "at least", 0.8, by="interval", who="A. Rossi",
        reason="lowest that the tumor classifier was tested with",
    ),
    Criterion("center_probe", "at most", 0.6, who="A. Rossi"),
    Criterion("croma_tail", "above", -0.15, who="A. Rossi"),
)  # fmt: skip
USE = IntendedUse(
    use="pre-sorting of prostate biopsies; a pathologist reads each of them",
    tissue="prostate, needle biopsy",
    stain="H&E",
    scanner="two models, 40x",
    question="whether our tumor classifier may rest on this encoder",
    out_of_scope=("frozen sections", "cytology"),
    who="A. Rossi",
)


class Camera:
    """Takes scenes, and writes down what they show."""

    def __init__(self, app: QApplication, window: MainWindow, out: Path) -> None:
        self._app, self._window, self._out = app, window, out
        self.taken: dict[str, Scene] = {}

    def take(
        self,
        name: str,
        ready: Callable[[], bool] = lambda: True,
        dialog: QWidget | None = None,
    ) -> None:
        """The window, or a dialog over it, in every size and theme, for the gallery."""
        shown: set[str] = set()
        files = []
        for theme in THEMES:
            self._apply(theme)
            for width, height in SIZES:
                self._window.resize(width, height)
                if dialog is not None:  # as large as the window leaves room for
                    dialog.resize(width - 120, height - 100)
                files.append(f"gallery/{name}-{width}-{theme.name}.jpg")
                shown |= self._save(dialog or self._window, files[-1], ready)
        self._wrote(name, files, shown)

    def take_once(
        self,
        name: str,
        file: str,
        widget: QWidget,
        theme: Theme = LIGHT,
        ready: Callable[[], bool] = lambda: True,
    ) -> None:
        """A widget as it is, in one theme."""
        self._apply(theme)
        self._wrote(name, [file], self._save(widget, file, ready))

    def take_pages(self, name: str, file: str, pages: list[np.ndarray]) -> None:
        """Pages of the report, side by side."""
        room = np.full((pages[0].shape[0], 24, 3), 226, np.uint8)
        beside = [part for page in pages for part in (room, page)][1:]
        picture = Image.fromarray(np.concatenate(beside, axis=1))
        picture.save(self._out / file, quality=QUALITY, optimize=True)
        sections = (ROOT / REPORT.replace(".", "/")).glob("[a-z]*.py")
        self._wrote(name, [file], {f"{REPORT}.{each.stem}" for each in sections})

    def _apply(self, theme: Theme) -> None:
        apply(self._app, theme)
        self._window.recolor()

    def _save(self, widget: QWidget, file: str, ready: Callable[[], bool]) -> set[str]:
        """Write the picture; the modules whose widgets are in it."""
        wait(ready)
        settle(widget)
        path = self._out / file
        path.parent.mkdir(parents=True, exist_ok=True)
        widget.grab().save(str(path), None, QUALITY)
        print(f"{file}  {path.stat().st_size // 1024} KiB", flush=True)
        return set(modules(widget))

    def _wrote(self, name: str, files: list[str], shown: set[str]) -> None:
        self.taken[name] = scene(files, shown)


def modules(widget: QWidget) -> Iterator[str]:
    """The modules of the window whose widgets can be seen in one."""
    yield from EVERYWHERE
    for each in (widget, *widget.findChildren(QWidget)):
        if each.isVisible() and type(each).__module__.startswith("pathgui.gui."):
            yield type(each).__module__


def wait(until: Callable[[], object], seconds: float = 600) -> None:
    """Let the window go on until something is so."""
    end = time.monotonic() + seconds
    while not until():
        QApplication.processEvents()
        time.sleep(0.005)
        if time.monotonic() > end:
            raise TimeoutError(until)


def settle(widget: QWidget, seconds: float = 0.6) -> None:
    """Let layouts and animations come to rest."""
    end = time.monotonic() + seconds
    wait(lambda: time.monotonic() > end)
    widget.repaint()


def click_tile(window: MainWindow, row: int) -> None:
    view = window.viewer
    x0, y0, x1, y1 = view.viewport.rect_to_px(view.tile_rect(row))
    at = QPoint(round((x0 + x1) / 2 / view.dpr), round((y0 + y1) / 2 / view.dpr))
    QTest.mouseClick(view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at)


def before_a_run(camera: Camera, window: MainWindow, damaged: Path) -> None:
    """Empty, failed, and everything that is chosen and set before the evaluation."""
    wait(lambda: bool(window.device.text()))
    camera.take("empty", lambda: not window.quick.busy)
    panel = window.encoder_panel
    panel.resize(340, 720)
    camera.take_once("encoders", "encoders.png", panel)

    window.open_slides([damaged])
    wait(lambda: not window.quick.busy)
    camera.take("failed")
    window.slides.close(damaged)

    window.open_demo()
    wait(lambda: window.run_panel.evaluate_button.isEnabled() and window.viewer.sharp)
    window.resize(*SIZES[0])
    window.criteria.set_criteria(CRITERIA)
    window.criteria.edit()
    camera.take_once("criteria", "criteria.jpg", window.criteria.dialog, DARK)
    window.criteria.dialog.reject()
    window.intended_use.set_use(USE)
    window.intended_use.edit()
    camera.take_once("intended-use", "intended-use.jpg", window.intended_use.dialog)
    window.intended_use.dialog.reject()
    window.criteria.set_criteria(())
    window.intended_use.set_use(None)

    view = window.viewer
    view.set_regions([REGION])
    ready = lambda: view.sharp and not window.working  # noqa: E731
    camera.take_once("region", "viewer-region.jpg", window, LIGHT, ready)
    view.clear_regions()


def while_and_after(camera: Camera, window: MainWindow) -> None:
    """The evaluation, and what is looked at when it is finished."""
    wait(lambda: window.run_panel.evaluate_button.isEnabled() and not window.estimates.busy)
    window.controller.evaluate()
    layer = lambda: window.viewer.layer  # noqa: E731
    wait(lambda: layer() is not None and (layer().image != 255).sum() > 60)
    window.controller.pause(True)
    camera.take("running")
    window.controller.pause(False)
    wait(lambda: window.controller.finished is not None and not window.working, 1800)
    in_short = window.summary_panel
    camera.take_once("in-short", "in-short.jpg", in_short, ready=lambda: window.viewer.sharp)
    window.summary_panel.show_numbers()
    camera.take("finished", lambda: window.viewer.sharp)

    tabs = window.summary_panel.tabs
    tabs.setCurrentWidget(window.summary_panel.pair)
    camera.take("compare", lambda: not window.working)
    tabs.setCurrentIndex(0)
    window.summary_panel.pair.panes_requested.emit("efficientnet-lite0", "shell")
    camera.take("panes", lambda: all(pane.sharp for pane in window.compare.panes))
    window.compare.set_panes(1)

    window.docks.show_explorer()
    wait(lambda: window.explore_panel.maps is not None)
    click_tile(window, TILE)
    wait(lambda: window.explore.tile == TileId("slide", TILE))
    camera.take("neighbors", lambda: not window.working)

    window.docks.summary.raise_()
    window.reports.ask()
    dialog = window.reports.dialog
    camera.take("report", lambda: dialog.ready and not window.quick.busy, dialog)
    dialog.close()


def report_pages(camera: Camera, window: MainWindow) -> None:
    """Pages of the PDF of the run that is finished."""
    pages = render_pages(render_report(window.controller.finished.folder, ReportOptions()), PAGE_PX)
    begins = {title.lstrip("0123456789. "): page for title, page in pages.sections}
    chosen = [0, *(begins[title] for title in ("How to read this report", "Summary", "Results"))]
    camera.take_pages("report-pages", "report.png", [pages.pictures[each] for each in chosen])
    last = begins["Failure analysis"] - 1  # the slide's section ends with the worst tiles
    camera.take_pages("worst-tiles", "worst-tiles.jpg", [pages.pictures[last]])


def on_the_demo(camera: Camera, window: MainWindow, home: Path) -> None:
    """All scenes of the slide and the reference set that the demo draws."""
    damaged = home / "half-copied.svs"
    damaged.write_bytes(b"II*\0" + bytes(5000))
    before_a_run(camera, window, damaged)
    while_and_after(camera, window)
    report_pages(camera, window)


def on_own_slides(camera: Camera, window: MainWindow, home: Path) -> None:
    """The path from a folder of slides to a report."""
    from_slides_to_report(camera, window, home / "study", wait)


SCENES: dict[str, Callable[[Camera, MainWindow, Path], None]] = {
    "demo": on_the_demo,
    "own-slides": on_own_slides,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=PICTURES, help="the folder of the pictures")
    parser.add_argument("--only", choices=SCENES, help="these scenes alone")
    given = parser.parse_args()
    sys.setswitchinterval(0.001)
    app = QApplication(sys.argv[:1])
    add_missing_fonts()
    ThemeFollower(app)
    taken: dict[str, Scene] = {}
    for name, scenes in SCENES.items():
        if given.only not in (None, name):
            continue
        with tempfile.TemporaryDirectory() as home:
            os.environ["PATHGUI_HOME"] = home
            window = MainWindow()
            window.resize(*SIZES[0])
            window.show()
            camera = Camera(app, window, given.out)
            try:
                scenes(camera, window, Path(home))
            finally:
                window.close()
                wait(window.isHidden, 30)
            taken |= camera.taken
    shown = given.out / "shown.json"
    save(({} if not shown.exists() else load(shown)) | taken, shown)


if __name__ == "__main__":
    main()
