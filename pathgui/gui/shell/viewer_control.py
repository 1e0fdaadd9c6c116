"""What views need of the window: slides beside the first, labels, and where the cursor is."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QMenu, QWidget

from pathgui.core.language.texts import say
from pathgui.gui.jobs.desk import Desk
from pathgui.gui.kit.widgets import ElidedLabel
from pathgui.gui.slides.overlay_panel import OverlayPanel
from pathgui.gui.slides.slide_control import SlideControl
from pathgui.gui.slides.slide_panel import SlidePanel
from pathgui.gui.viewer import prompts
from pathgui.gui.viewer.compare import CompareView


class ViewerControl(QObject):
    """Slides side by side, label and macro, and the panels that show the state of the views."""

    def __init__(
        self,
        desk: Desk,
        compare: CompareView,
        slides: SlideControl,
        slide_panel: SlidePanel,
        overlay_panel: OverlayPanel,
        place: ElidedLabel,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._desk = desk
        self._compare = compare
        self._slides = slides
        self._slide_panel = slide_panel
        self._place = place
        desk.messages.home = compare.main
        compare.hovered.connect(self._on_hover)
        compare.left.connect(lambda: place.setText(""))
        overlay_panel.action_wanted.connect(lambda action: compare.current.perform(action))
        slide_panel.beside_wanted.connect(self.show_beside)

    @Slot(object, float, float, str)
    def _on_hover(self, view: Any, x: float, y: float, says: str) -> None:
        place = say("x {x:,.0f}, y {y:,.0f} px", x=x, y=y)
        if view.mpp:
            place += say(" · {x:.2f}, {y:.2f} mm", x=x * view.mpp / 1000, y=y * view.mpp / 1000)
        if says and view.layer is not None:
            place += f" · {view.layer.title}: {says}"
        self._place.setText(place)

    # Slides of the list

    @property
    def selected(self) -> list[Path]:
        """The slides that are selected in the list."""
        return self._slide_panel.selected

    def close_selected(self) -> None:
        """Close the slides that are selected in the list."""
        self._slide_panel.close_selected()

    # Slides side by side

    def others(self) -> list[Path]:
        """The open slides that the first view does not show."""
        return [path for path in self._slide_panel.paths if path != self._slides.path]

    def choose_beside(self) -> None:
        """Ask which of the open slides is to be shown beside the first view's."""
        compare = self._compare
        menu = QMenu(compare)
        for path in self.others():
            menu.addAction(path.name.replace("&", "&&"), partial(self.show_beside, path))
        if menu.isEmpty():
            menu.addAction(say("Open a second slide first")).setEnabled(False)
        if any(compare.has_own_slide(pane) for pane in compare.panes):
            menu.addSeparator()
            menu.addAction(say("The same slide in all views again"), self.same_slide)
        compare.current.pop_up(menu)

    @Slot(Path)
    def show_beside(self, path: Path) -> None:
        """Show a slide in another view, linked to the first one."""
        compare = self._compare
        if path == self._slides.path or self._slides.path is None:
            self._slides.open(path)
            return
        if len(compare.panes) == 1:
            compare.set_panes(2)
        index = max(1, compare.panes.index(compare.current))
        pane = compare.panes[index]
        mpp = self._slides.scale_of(path)

        def on_opened(slide: Any) -> None:
            if pane in compare.panes:
                compare.set_slide_of(compare.panes.index(pane), slide, owned=True)
            else:
                slide.close()

        self._desk.quick.run(
            lambda report: self._desk.open_slide(path, mpp), on_opened, self._desk.show_error
        )

    @Slot()
    def same_slide(self) -> None:
        """The first view's slide in all views again."""
        for index, pane in enumerate(self._compare.panes):
            if self._compare.has_own_slide(pane):
                self._compare.set_slide_of(index, None)

    def show_associated(self, name: str) -> None:
        """Read the slide's label or macro picture and show it, because the user asked."""
        view = self._compare.current
        slide = view.slide
        if slide is None:
            return

        self._desk.quick.run(
            lambda report: slide.associated_image(name),
            partial(prompts.show_associated, view, name),
            self._desk.show_error,
        )
