#!/usr/bin/env python3
"""Takes the pictures of docs/gallery.md from the real program, on a slide and a reference set.

    xvfb-run -a -s "-screen 0 1920x1080x24" \\
        python docs/pictures/take.py SLIDE REFERENCE.pgref --damaged FILE --out FOLDER

Opens the window, evaluates the three bundled encoders once, and takes each scene in two sizes and
both themes. Everything that the program keeps goes to a folder that is removed afterward.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from pathgui.core.explore.neighborhood import TileId  # noqa: E402
from pathgui.gui.kit.fonts import add_missing_fonts  # noqa: E402
from pathgui.gui.kit.theme import DARK, LIGHT, ThemeFollower, apply  # noqa: E402
from pathgui.gui.shell.main_window import MainWindow  # noqa: E402

SIZES = ((1280, 800), (1920, 1080))
THEMES = (LIGHT, DARK)
ENCODERS = ("color-statistics", "efficientnet-lite0", "shell")
QUALITY = 76


class Camera:
    """Takes a scene in every size and theme."""

    def __init__(self, app: QApplication, window: MainWindow, out: Path) -> None:
        self._app, self._window, self._out = app, window, out

    def take(self, scene: str, ready: Callable[[], bool] = lambda: True) -> None:
        """The window as it is now."""
        for size, name in self._each(scene):
            self._window.resize(*size)
            wait(ready)
            settle(self._window)
            self._save(self._window, name)

    def take_dialog(self, scene: str, dialog: QWidget, ready: Callable[[], bool]) -> None:
        """A dialog over the window, as large as the smaller size leaves room for."""
        for size, name in self._each(scene):
            dialog.resize(size[0] - 120, size[1] - 100)
            wait(ready)
            settle(dialog)
            self._save(dialog, name)

    def _each(self, scene: str) -> Iterator[tuple[tuple[int, int], str]]:
        for theme in THEMES:
            apply(self._app, theme)
            self._window.recolor()
            for size in SIZES:
                yield size, f"{scene}-{size[0]}-{theme.name}.jpg"

    def _save(self, widget: QWidget, name: str) -> None:
        path = self._out / name
        widget.grab().save(str(path), "JPG", QUALITY)
        print(f"{path.name}  {path.stat().st_size // 1024} KiB", flush=True)


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


def scenes(camera: Camera, window: MainWindow, given: argparse.Namespace) -> None:
    wait(lambda: bool(window.device.text()))
    camera.take("empty", lambda: not window.quick.busy)

    window.open_slides([given.damaged])
    wait(lambda: not window.quick.busy)
    camera.take("failed")
    window.slides.close(given.damaged)

    window.open_slides([given.slide])
    window.references.open(given.reference)
    window.encoder_panel.tick(ENCODERS)
    wait(lambda: window.run_panel.evaluate_button.isEnabled() and window.viewer.sharp)

    window.controller.evaluate()
    layer = lambda: window.viewer.layer  # noqa: E731
    wait(lambda: layer() is not None and (layer().image != 255).sum() > 60)
    window.controller.pause(True)
    camera.take("running")
    window.controller.pause(False)
    wait(lambda: window.controller.finished is not None and not window.working, 1800)
    camera.take("finished", lambda: window.viewer.sharp)

    tabs = window.summary_panel.tabs
    tabs.setCurrentWidget(window.summary_panel.pair)
    camera.take("compare", lambda: not window.working)
    tabs.setCurrentIndex(0)
    window.pairs.show_panes("efficientnet-lite0", "shell")
    camera.take("panes", lambda: all(pane.sharp for pane in window.compare.panes))
    window.compare.set_panes(1)

    window.docks.show_explorer()
    wait(lambda: window.explore_panel.maps is not None)
    click_tile(window, given.tile)
    wait(lambda: window.explore.tile == TileId("slide", given.tile))
    camera.take("neighbors", lambda: not window.working)

    window.docks.summary.raise_()
    window.reports.ask()
    dialog = window.reports.dialog
    camera.take_dialog("report", dialog, lambda: dialog.ready and not window.quick.busy)
    dialog.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("slide", type=Path)
    parser.add_argument("reference", type=Path)
    parser.add_argument("--damaged", type=Path, required=True, help="a slide that cannot be opened")
    parser.add_argument("--tile", type=int, default=60, help="of the slide, for its neighbors")
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home:
        os.environ["PATHGUI_HOME"] = home
        sys.setswitchinterval(0.001)
        app = QApplication(sys.argv[:1])
        add_missing_fonts()
        ThemeFollower(app)
        window = MainWindow()
        window.resize(*SIZES[0])
        window.show()
        try:
            scenes(Camera(app, window, given.out), window, given)
        finally:
            window.close()
            wait(lambda: not window.isVisible(), 30)


if __name__ == "__main__":
    main()
