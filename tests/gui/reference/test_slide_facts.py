"""What a hand says of a slide is of that slide, and can be taken back."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoStack

from pathgui.gui.reference.reference_panel import NOTHING_GIVEN, ReferencePanel
from pathgui.gui.reference.slide_facts import SlideFacts


class Slides(QObject):
    """Stands in for the control of the slides: one is wanted."""

    shown = Signal()
    replaced = Signal(Path)

    def __init__(self) -> None:
        super().__init__()
        self.wanted: Path | None = None

    def show(self, path: Path) -> None:
        self.wanted = path
        self.shown.emit()


@pytest.fixture
def made(qtbot, reference):
    panel, slides, undo = ReferencePanel(), Slides(), QUndoStack()
    qtbot.addWidget(panel)
    facts = SlideFacts(slides, panel, undo, panel)
    panel.show_reference(reference)
    slides.show(Path("a.tif"))
    yield panel, slides, undo
    facts.setParent(None)


def choose(box, text):
    box.setCurrentText(text)
    box.activated.emit(box.currentIndex())


def test_center_and_tissue_are_taken_back_in_the_order_in_which_they_were_given(made):
    panel, _, undo = made
    told = []
    panel.facts_changed.connect(lambda: told.append(panel.given))
    choose(panel.center_box, "Lakeside")
    choose(panel.tissue_box, "tumor")
    assert undo.undoText() == "set the tissue of a.tif"
    undo.undo()
    assert (panel.center, panel.tissue) == ("Lakeside", None)
    undo.undo()
    assert panel.given == NOTHING_GIVEN
    undo.redo()
    assert panel.center == "Lakeside"
    assert told[-1] == panel.given  # so that what is asked of Evaluate follows


def test_a_step_back_reaches_the_slide_that_it_is_about(made):
    panel, slides, undo = made
    choose(panel.center_box, "Lakeside")
    slides.show(Path("b.tif"))
    choose(panel.center_box, "Northfield")
    slides.show(Path("a.tif"))
    undo.undo()  # of b.tif
    assert panel.center == "Lakeside"
    slides.show(Path("b.tif"))
    assert panel.center is None
    undo.undo()
    slides.show(Path("a.tif"))
    assert panel.center is None


def test_what_the_program_fills_in_and_the_same_choice_again_are_no_steps(made):
    panel, _, undo = made
    panel.give_center("Lakeside")
    choose(panel.center_box, "Lakeside")
    assert undo.count() == 0
    choose(panel.center_box, "Northfield")
    undo.undo()
    assert panel.center == "Lakeside"
