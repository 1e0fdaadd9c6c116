"""Center and tissue of the slide, as the user gives them: of one slide, and not of the next."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Slot

from pathgui.gui.reference.reference_panel import ReferencePanel
from pathgui.gui.slides.slide_control import SlideControl


class SlideFacts(QObject):
    """Keeps for each slide what was given of it while it was shown."""

    def __init__(
        self, slides: SlideControl, panel: ReferencePanel, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._slides = slides
        self._panel = panel
        self._of: Path | None = None
        self._given: dict[Path, tuple[str | None, bool, str | None]] = {}
        slides.replaced.connect(self._on_replaced)
        slides.shown.connect(self._on_slide)

    @Slot()
    def _on_slide(self) -> None:
        former, wanted = self._of, self._slides.wanted
        if wanted == former:
            return
        if former is not None:
            panel = self._panel
            self._given[former] = panel.center, panel.new_center, panel.tissue
        self._of = wanted
        if former is None and wanted not in self._given:
            return  # what was given before there was a slide is meant for this one
        nothing = (None, False, None)
        center, new, tissue = nothing if wanted is None else self._given.get(wanted, nothing)
        self._panel.give_center(center, new)
        self._panel.give_tissue(tissue)

    @Slot(Path)
    def _on_replaced(self, path: Path) -> None:
        """What was given of the slide was given of another file."""
        self._given.pop(path, None)
        if path == self._of:
            self._panel.give_center(None, False)
            self._panel.give_tissue(None)
