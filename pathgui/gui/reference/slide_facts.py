"""Center and tissue of the slide, as the user gives them: of one slide, and not of the next."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QUndoStack

from pathgui.core.language.texts import say
from pathgui.gui.reference.reference_panel import NOTHING_GIVEN, Given, ReferencePanel
from pathgui.gui.slides.region_book import Step
from pathgui.gui.slides.slide_control import SlideControl


class SlideFacts(QObject):
    """Keeps for each slide what was given of it while it was shown, and can take it back."""

    def __init__(
        self,
        slides: SlideControl,
        panel: ReferencePanel,
        undo: QUndoStack,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._slides = slides
        self._panel = panel
        self._undo = undo
        self._of: Path | None = None
        self._given: dict[Path, Given] = {}
        slides.replaced.connect(self._on_replaced)
        slides.shown.connect(self._on_slide)
        panel.given_by_hand.connect(self._on_given)

    @Slot()
    def _on_slide(self) -> None:
        former, wanted = self._of, self._slides.wanted
        if wanted == former:
            return
        if former is not None:
            self._given[former] = self._panel.given
        self._of = wanted
        if former is None and wanted not in self._given:
            return  # what was given before there was a slide is meant for this one
        given = NOTHING_GIVEN if wanted is None else self._given.get(wanted, NOTHING_GIVEN)
        self._panel.give_center(given.center, given.new_center)
        self._panel.give_tissue(given.tissue)

    @Slot(object, object)
    def _on_given(self, before: Given, after: Given) -> None:
        """Let what a hand has given be taken back, also when another slide is shown by then."""
        of, columns = self._of, self._panel.nouns
        same_center = (before.center, before.new_center) == (after.center, after.new_center)
        what = columns.of_tissue if same_center else columns.of_center

        def restore(given: Given) -> None:
            if of == self._of:
                self._panel.give(given)
            elif of is not None:
                self._given[of] = given

        name = say("the slide") if of is None else of.name
        self._undo.push(
            Step(
                say("set the {what} of {name}", what=what, name=name),
                before,
                after,
                restore,
                is_done=True,
            )
        )

    @Slot(Path)
    def _on_replaced(self, path: Path) -> None:
        """What was given of the slide was given of another file."""
        self._given.pop(path, None)
        if path == self._of:
            self._panel.give_center(None, False)
            self._panel.give_tissue(None)
