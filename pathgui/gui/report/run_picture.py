"""Pictures of a finished run as the window takes them, for the terminal: no window is shown."""

from __future__ import annotations

import sys
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEventLoop, Qt, QTimer
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from pathgui.core.evaluation.run_export import layer_of
from pathgui.core.language.texts import say
from pathgui.core.pictures.layer_export import ExportError, writing
from pathgui.core.progress import ProgressFn
from pathgui.core.results.export_choice import REGIONS, RunExport
from pathgui.core.results.tile_layers import TileLayers
from pathgui.core.runs.record import Evaluation
from pathgui.core.slides.slide import Slide
from pathgui.gui.kit.fonts import add_missing_fonts
from pathgui.gui.kit.theme import ThemeFollower
from pathgui.gui.viewer.actions import VIEWER_ACTIONS
from pathgui.gui.viewer.model.keys import KeyTable
from pathgui.gui.viewer.model.units import parse_place
from pathgui.gui.viewer.prompts import go_to_place
from pathgui.gui.viewer.slide_view import SlideView
from pathgui.gui.viewer.snapshot import region_picture, view_image, write_png

PATIENCE_MS = 120_000  # for all that is in view to be read


def draw_run(
    evaluation: Evaluation,
    wanted: RunExport,
    path: Path,
    slide: Slide,
    opacity: float,
    report: ProgressFn,
) -> None:
    """Write a PNG of a layer over the slide, to the byte as *Export* in the window writes it.

    With ``wanted.size_px`` what a view of that size shows; otherwise what the run's regions cover,
    or the whole slide, at the slide's own resolution or as fine as 8,192 px allow.

    Raises
    ------
    ExportError
        If the run has not that layer, the place makes no sense, or the file cannot be written.
    SlideError
        If the slide cannot be read any more.
    """
    app = QApplication.instance() or _application()  # kept until all is drawn
    view = SlideView(KeyTable(VIEWER_ACTIONS))
    try:
        view.set_slide(slide)
        _show_layer(view, evaluation, wanted)
        view.set_opacity(opacity)
        view.show_regions(evaluation.run.settings.region_l0)
        if wanted.size_px is None:
            image = region_picture(view).paint(slide, report)
        else:
            image = _seen(view, wanted.view, wanted.size_px)
        with writing(path):
            write_png(path, image)
    finally:
        view.set_slide(None)
        view.shutdown()
        view.deleteLater()
        del app


def _application() -> QApplication:
    """What :func:`pathgui.gui.app.main` makes, which fonts and colors come from."""
    QCoreApplication.setApplicationName("pathgui")
    app = QApplication(sys.argv[:1])
    add_missing_fonts()
    ThemeFollower(app)
    return app


def _show_layer(view: SlideView, evaluation: Evaluation, wanted: RunExport) -> None:
    layers = TileLayers.of(evaluation)
    assert layers is not None  # the run has a slide
    view.set_tile_grid(layers.grid)
    if wanted.layer != REGIONS:
        view.set_layers(layers.layers, layer_of(evaluation.run, layers, wanted).title)


def _seen(view: SlideView, place: str, size_px: tuple[int, int]) -> QImage:
    """What the view shows of that size, once all of it is read."""
    view.setAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen)
    view.resize(*size_px)
    view.show()
    view.fit()
    if place:
        try:
            go_to_place(view, parse_place(place, view.mpp))
        except ValueError as error:
            raise ExportError(
                say("There is no place {place!r}. {error}", place=place, error=error)
            ) from error
    loop, patience = QEventLoop(), QTimer()
    patience.setSingleShot(True)
    patience.timeout.connect(loop.quit)
    patience.start(PATIENCE_MS)
    view.sharpened.connect(loop.quit)
    while not view.sharp and patience.isActive():
        loop.exec()
    if not view.sharp:
        raise ExportError(say("The slide could not be read within two minutes. Is its disk there?"))
    return view_image(view)
