"""What the window says holds no name that was given up: one name for one thing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QAbstractItemModel, QAbstractListModel, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QAbstractItemView, QComboBox, QDialog, QWidget

from pathgui.core.results.judging import judge_later
from pathgui.core.runs.criteria import Criterion
from pathgui.core.runs.run_files import add_later, save_evaluation
from pathgui.gui.kit.dialogs import AboutDialog
from pathgui.gui.results.summary_help import READING
from tests.run_factory import make_evaluation
from tests.words import retired, texts_of, too_long

GUI = Path(__file__).resolve().parents[2] / "pathgui" / "gui"
PROPERTIES = ("text", "title", "windowTitle", "toolTip", "statusTip", "whatsThis",
              "placeholderText", "accessibleName", "accessibleDescription")  # fmt: skip


def of_model(model: QAbstractItemModel | None) -> Iterator[str]:
    """Headings and cells of a table or list, with their tips."""
    if model is None:
        return
    for role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
        columns = 1 if isinstance(model, QAbstractListModel) else model.columnCount()
        for column in range(columns):
            yield str(model.headerData(column, Qt.Orientation.Horizontal, role) or "")
            for row in range(model.rowCount()):
                yield str(model.index(row, column).data(role) or "")


def seen(widget: QWidget) -> Iterator[str]:
    """All that a widget and what is in it say, shown or not."""
    for each in [widget, *widget.findChildren(QWidget), *widget.findChildren(QAction)]:
        for name in PROPERTIES:
            if isinstance(said := each.property(name), str):
                yield said
        if isinstance(each, QComboBox):
            yield from (each.itemText(i) for i in range(each.count()))
        if isinstance(each, QAbstractItemView):
            yield from of_model(each.model())
        for side in ("bottom", "left"):  # of a chart
            if hasattr(each, "getAxis"):
                yield each.getAxis(side).labelText or ""


@pytest.fixture
def evaluation():
    return make_evaluation(3, given_center=True, in_depth=True, failure=True)


@pytest.fixture
def win(qtbot, window, evaluation, tmp_path):
    folder = tmp_path / "runs" / "kept.pgrun"
    save_evaluation(evaluation, folder)
    criteria = [Criterion("croma_tail", "at least", 0.0), Criterion("support", "at most", 0.1)]
    add_later(folder, evaluation.run, judge_later(evaluation.run, criteria))
    win = window(runs=lambda: folder.parent)
    qtbot.waitUntil(lambda: win.runs_panel.list.count() == 1)
    win.runs_panel.list.itemActivated.emit(win.runs_panel.list.item(0))
    qtbot.waitUntil(lambda: win.controller.finished is not None, timeout=10_000)
    return win


def without_names(text: str, evaluation) -> str:
    """Without what the material calls its centers."""
    for name in evaluation.run.reference.centers:
        text = text.replace(name, "NAME")
    return text


def test_no_widget_of_the_window_uses_a_word_that_was_given_up(qtbot, win, evaluation):
    texts = set(seen(win))
    assert {"Chance value", "Worst tenth of the margin"} <= texts
    for name in ("about", "criteria", "judge", "intended_use", "help"):
        win.viewer.perform(name)
        dialogs = [each for each in win.findChildren(QDialog) if each.isVisible()]
        assert dialogs, name
        for each in dialogs:
            texts |= set(seen(each))
            each.close()
            qtbot.waitUntil(lambda each=each: not each.isVisible())
    wrong = {text: found for text in texts if (found := retired(without_names(text, evaluation)))}
    assert wrong == {}


def test_about_says_whose_index_is_the_robustness_index_and_whose_is_that_of_2025(qtbot):
    about = AboutDialog(None)
    qtbot.addWidget(about)
    (said,) = [text for text in seen(about) if "robustness index" in text]
    assert re.search(r"robustness index is that of PathoROB", said)
    assert re.search(r"index of 2025, of de Jong", said)


@pytest.mark.parametrize("room", sorted(path for path in GUI.iterdir() if path.is_dir()),
                         ids=lambda path: path.name)  # fmt: skip
def test_no_text_of_the_window_is_longer_or_uses_a_word_that_was_given_up(room):
    said = [(path.name, text) for path in room.rglob("*.py") for text in texts_of(path)]
    assert [each for each in said if retired(each[1])] == []
    assert [each for each in said if too_long(each[1])] == []


def test_the_short_reading_of_the_numbers_has_no_long_sentence():
    assert too_long(READING) == []
