"""What the views ask of the window, and what they say in it."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QPoint, Qt, Signal, Slot
from PySide6.QtGui import QCursor, QPixmap
from PySide6.QtWidgets import QDialog, QLabel, QMenu, QVBoxLayout

from pathgui.core.progress import ProgressFn
from pathgui.gui.jobs.jobs import Job
from pathgui.gui.slides.overlay_panel import NO_LAYER
from pathgui.gui.viewer.canvas.regions import to_qimage

if TYPE_CHECKING:
    from pathgui.gui.shell.main_window import MainWindow

log = logging.getLogger(__name__)

ASSOCIATED_PX = 700


class ViewerControl(QObject):
    """Keys of the window's scope, the status line, slides side by side, label and macro."""

    keys_changed = Signal()

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        compare = window.compare
        compare.action_requested.connect(self._act)
        compare.hovered.connect(self._on_hover)
        compare.left.connect(lambda: window.place.setText(""))
        compare.keys_changed.connect(self._keep_keys)
        window.overlay_panel.panes_wanted.connect(compare.set_panes)
        window.overlay_panel.swipe_wanted.connect(lambda: self.perform("swipe"))
        window.overlay_panel.action_wanted.connect(self.perform)
        window.slide_panel.beside_wanted.connect(self.show_beside)
        window.tool_strip.wanted.connect(self._take_tool)
        compare.state_changed.connect(self._show_state)
        window.viewer.look_changed.connect(self._show_look)

    @property
    def acts(self) -> dict[str, Callable[[], object]]:
        """What the window does of the actions of keys.py."""
        window = self._window
        return {
            "open": window.choosers.slides,
            "open_regions": window.choosers.regions,
            "export": window.reports.ask,
            "next_following": lambda: window.explore.follow_center(1),
            "previous_following": lambda: window.explore.follow_center(-1),
            "evaluate": window.controller.evaluate,
            "cancel": window.controller.ask_cancel,
            "settings": window.show_run_settings,
            "full_screen": window.toggle_full_screen,
            "commands": window.find_command,
            "save_view": window.exports.view_png,
            "save_region": window.exports.region_png,
            "save_geojson": window.exports.layer_geojson,
            "save_ome_tiff": window.exports.layer_ome_tiff,
            "save_regions": window.exports.regions,
            "label": partial(self.show_associated, "label"),
            "macro": partial(self.show_associated, "macro"),
            "beside": self.choose_beside,
        }

    def perform(self, action: str) -> None:
        """Do what a key of that action does in the view last used."""
        self._window.compare.current.perform(action)

    @Slot(str)
    def _act(self, action: str) -> None:
        act = self.acts.get(action)
        if act is not None:
            act()

    @Slot(str)
    def _take_tool(self, action: str) -> None:
        view = self._window.compare.current
        if action == "move":
            view.tools.take(None)
        else:
            view.perform(action)
        view.setFocus()  # its keys are meant from now on
        self._show_state()

    @Slot()
    def _show_state(self) -> None:
        view = self._window.compare.current
        self._window.tool_strip.show_state(view.tools.active, view.overlay.grid_visible)

    @Slot()
    def _show_look(self) -> None:
        """The row above the slide says what lies over it, also when a key has hidden it."""
        viewer = self._window.viewer
        if viewer.layer is not None:
            kind = viewer.layer.kind if viewer.look.visible else NO_LAYER
            self._window.overlay_panel.show_state(viewer.layer.encoder, kind)

    # Slides side by side

    def others(self) -> list[Path]:
        """The open slides that the first view does not show."""
        shown = self._window.slides.path
        return [path for path in self._window.slide_panel.paths if path != shown]

    @Slot()
    def choose_beside(self) -> None:
        """Ask which of the open slides is to be shown beside the first view's."""
        menu = QMenu(self._window)
        self._fill_beside(menu)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        current = self._window.compare.current
        menu.popup(current.mapToGlobal(QPoint(24, 24)) if current.isVisible() else QCursor.pos())

    def _fill_beside(self, menu: QMenu) -> None:
        for path in self.others():
            menu.addAction(path.name.replace("&", "&&"), partial(self.show_beside, path))
        if menu.isEmpty():
            menu.addAction("Open a second slide first").setEnabled(False)
        compare = self._window.compare
        if any(compare.has_own_slide(pane) for pane in compare.panes):
            menu.addSeparator()
            menu.addAction("The same slide in all views again", self.same_slide)

    @Slot(Path)
    def show_beside(self, path: Path) -> None:
        """Show a slide in another view, linked to the first one."""
        window = self._window
        compare = window.compare
        if path == window.slides.path or window.slides.path is None:
            window.slides.open(path)
            return
        if len(compare.panes) == 1:
            compare.set_panes(2)
        index = max(1, compare.panes.index(compare.current))
        pane = compare.panes[index]
        mpp = window.slides.scale_of(path)

        def on_opened(slide: Any) -> None:
            if pane in compare.panes:
                compare.set_slide_of(compare.panes.index(pane), slide, owned=True)
            else:
                slide.close()

        job = Job(lambda report: window.desk.open_slide(path, mpp))
        job.succeeded.connect(on_opened)
        job.failed.connect(window.show_error)
        window.quick.start(job)

    @Slot()
    def same_slide(self) -> None:
        """The first view's slide in all views again."""
        compare = self._window.compare
        for index, pane in enumerate(compare.panes):
            if compare.has_own_slide(pane):
                compare.set_slide_of(index, None)

    # Label and macro

    def show_associated(self, name: str) -> None:
        """The slide's label or macro picture, only because the user asked.

        Labels carry patients' names: this is never part of a view, a copy or an export.
        """
        view = self._window.compare.current
        slide = view.slide
        if slide is None:
            return

        def work(report: ProgressFn) -> NDArray[np.uint8] | None:
            return slide.associated_image(name)

        def on_read(picture: NDArray[np.uint8] | None) -> None:
            if picture is None:
                view.instruments.tell(f"This slide has no {name} picture.")
            else:
                self._show_picture(name, picture)

        job = Job(work)
        job.succeeded.connect(on_read)
        job.failed.connect(self._window.show_error)
        self._window.quick.start(job)

    def _show_picture(self, name: str, picture: NDArray[np.uint8]) -> None:
        dialog = QDialog(self._window)
        dialog.setWindowTitle(f"{name.capitalize()} of the slide")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        label = QLabel(dialog)
        pixmap = QPixmap.fromImage(to_qimage(picture))
        if max(pixmap.width(), pixmap.height()) > ASSOCIATED_PX:
            pixmap = pixmap.scaled(
                ASSOCIATED_PX,
                ASSOCIATED_PX,
                Qt.AspectRatioMode.KeepAspectRatio,
                Qt.TransformationMode.SmoothTransformation,
            )
        label.setPixmap(pixmap)
        column = QVBoxLayout(dialog)
        column.addWidget(label)
        column.addWidget(QLabel("May show a patient's name. Never exported.", dialog))
        dialog.open()

    # Keys

    @Slot()
    def _keep_keys(self) -> None:
        window = self._window
        window.memory.setValue("keys", json.dumps(window.keys.changed))
        self.keys_changed.emit()

    # The status line

    @Slot(object, float, float, str)
    def _on_hover(self, view: Any, x: float, y: float, says: str) -> None:
        place = f"x {x:,.0f}, y {y:,.0f} px"
        if view.mpp:
            place += f" · {x * view.mpp / 1000:.2f}, {y * view.mpp / 1000:.2f} mm"
        if says and view.layer is not None:
            place += f" · {view.layer.title}: {says}"
        self._window.place.setText(place)


def stored_keys(text: object) -> dict[str, tuple[str, ...]]:
    """What the user changed of the keys, as it was kept; nothing where that cannot be read."""
    try:
        return msgspec.json.decode(str(text), type=dict[str, tuple[str, ...]])
    except msgspec.MsgspecError:
        log.warning("the keys that were kept cannot be read; the defaults are used")
        return {}
