"""Where another column plays the center, the window calls it by its own name."""

from __future__ import annotations

import re
from dataclasses import replace

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QAbstractButton, QLabel, QLineEdit, QWidget

from pathgui.core.reference.roles import USUAL, RoleColumns
from pathgui.gui.evaluation.shown_run import Finished
from pathgui.gui.shell.actions import ACTIONS
from pathgui.gui.shell.role_titles import role_titles
from pathgui.gui.slides.run_layers import layers_of
from tests.run_factory import make_evaluation

CENTER = re.compile(r"\bcent(?:er|re)s?\b", re.IGNORECASE)
# What means the place where slides are made, or the middle, whichever column plays the center.
MEANT = (
    "several centers from the Hugging Face hub",  # of sets that others published
    "(the hospital or laboratory that made the slide)",  # explains the word
    "(hospital or laboratory) that made this slide",
    "which is the laboratory that made the slide",
    "whose tissue and center you say",  # of the columns of a set or a cohort to come
    "tiles whose tissue and center are known",
    "of each: center, patient, tissue",
    "Center column",  # the role, and which column plays it
    "plays the center",
    "in the center's place",
    "Center of this slide",  # no set is chosen here
    "how far each follows tissue, and how far center",  # before any run
    "Dogwood Center",  # the name of one
    "12 tiles have no neighbor of another center",  # what the factory of runs writes
    "Center means",  # a choice of the settings, whichever column will play the center
    "Projection of center means",
)


def said(win) -> set[str]:
    """All that the window says: texts, menus, tooltips, accessible names."""
    found: set[str] = set()
    for each in win.findChildren(QAction):
        found |= {each.text(), each.toolTip()}
    for each in win.findChildren(QWidget):
        found |= {each.accessibleName(), each.toolTip(), each.windowTitle()}
        if isinstance(each, QLabel | QAbstractButton):
            found.add(each.text())
        if isinstance(each, QLineEdit):
            found |= {each.placeholderText(), each.text()}
    return found


def test_the_words_of_actions_follow_the_columns_of_the_run_that_is_shown(qtbot, window, tmp_path):
    win = window()
    evaluation = make_evaluation(2)
    columns = RoleColumns(center="scanner")
    encoders = [
        replace(each, reference=replace(each.reference, columns=columns))
        for each in evaluation.run.encoders
    ]
    reference = replace(evaluation.run.reference, columns=columns)
    evaluation = replace(
        evaluation, run=replace(evaluation.run, reference=reference, encoders=encoders)
    )
    win.controller.show_run(Finished(evaluation, tmp_path / "a.pgrun", layers_of(evaluation)))
    assert win.menus.by_id["next_following"].text() == "Next tile that &follows the scanner"
    assert win.keys["layer_center"].title == "Layer: scanner, probe"
    assert win.overlay_panel.segments.button("center").text() == "Scanner"
    left = {text for text in said(win) if CENTER.search(text)}
    assert {text for text in left if not any(each in text for each in MEANT)} == set()
    win.controller.show_run(None)
    assert win.menus.by_id["next_following"].text() == "Next tile that &follows the center"


def test_every_action_about_center_or_tissue_has_words_for_other_columns():
    named = role_titles(RoleColumns(center="scanner", tissue="organ"))
    for action in ACTIONS:
        there = " ".join((action.title, action.menu_title, action.needs.otherwise))
        if CENTER.search(there.replace("&", "")):
            now = named[action.id].on(action)
            after = " ".join((now.title, now.menu_title, now.needs.otherwise)).replace("&", "")
            assert not CENTER.search(after), after
    assert role_titles(USUAL) == {}
