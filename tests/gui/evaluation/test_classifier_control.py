"""The lab's own classifier on the run in the summary, as a user has it judged: one window."""

from __future__ import annotations

import csv
import shlex
import time
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog

from pathgui.core.errors import EncoderError
from pathgui.core.evaluation.classifying import judge_table
from pathgui.core.progress import Progress
from pathgui.core.runs.run_files import load_evaluation, save_evaluation
from tests.gui.conftest import click
from tests.material import make_reference
from tests.run_factory import make_evaluation


class Judge:
    """Stands for core: judges the table without an encoder, or goes on until it is stopped."""

    def __init__(self):
        self.asked = []
        self.error = None
        self.endless = False

    def __call__(self, asked, run, reference, *, known, store, device, report):
        self.asked.append(asked)
        if self.error is not None:
            raise self.error
        while self.endless:
            report(Progress("Measuring", 2, 5))
            time.sleep(0.01)
        return judge_table(reference, asked.path, asked.columns, {}, [], None, report=report)


@pytest.fixture
def shown(qtbot, window, tmp_path):
    """An empty window, a run that can be judged with its set beside it, and how it is judged."""
    reference = make_reference(tmp_path, slides=4)
    evaluation = make_evaluation(2, slide=False)
    facts = replace(evaluation.run.reference, sha256=reference.info.tiles_sha256)
    evaluation = replace(evaluation, run=replace(evaluation.run, reference=facts))
    save_evaluation(evaluation, tmp_path / "runs" / "für Ulm.pgrun")
    judge = Judge()
    win = window(judge_classifier=judge)
    return win, judge, reference


def answers(path, reference, column):
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["tile", column])
        writer.writerows([tile, "tumor"] for tile in reference.tiles)
    return path


def test_a_file_is_chosen_judged_stopped_refused_kept_and_shown_again(
    qtbot, shown, tmp_path, monkeypatch
):
    win, judge, reference = shown
    entry = win.menus.by_id["classifier"]
    win.menus.refresh()
    assert not entry.isEnabled()
    assert "reference set" in entry.toolTip()
    win.open_path(tmp_path / "runs" / "für Ulm.pgrun")
    win.references.open(reference.folder)
    qtbot.waitUntil(lambda: win.parts.on_summary.classifiers.possible, timeout=10_000)
    win.menus.refresh()
    assert entry.isEnabled()
    entry.trigger()
    dialog = win.parts.on_summary.classifiers.dialog
    qtbot.waitUntil(lambda: dialog.isVisible() and not win.working)
    assert not dialog.judge_button.isEnabled()
    assert not dialog.text.toPlainText()

    def choose(path):
        monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(path), ""))
        click(qtbot, dialog.choose_button)
        qtbot.waitUntil(lambda: not win.working)

    bad = tmp_path / "Schädel.pt"
    bad.write_bytes(b"\x80\x04.")
    choose(bad)
    assert "is a pickle" in dialog.problem.text()
    assert not dialog.judge_button.isEnabled()

    choose(answers(tmp_path / "Ärger.csv", reference, "Meinung"))
    assert "has no column" in dialog.problem.text()
    assert not dialog.judge_button.isEnabled()
    names = [dialog.column.itemText(row) for row in range(dialog.column.count())]
    assert names == ["tile", "Meinung"]
    dialog.column_text.setFocus()
    qtbot.keyClicks(dialog.column_text, "Meinung")
    qtbot.keyClick(dialog.column_text, Qt.Key.Key_Return)
    qtbot.waitUntil(dialog.judge_button.isEnabled)
    assert not dialog.problem.isVisible()
    assert "64 of 64 tiles" in dialog.recognized.text()
    assert judge.asked == []  # Enter in a field judges nothing

    judge.endless = True
    click(qtbot, dialog.judge_button)
    qtbot.waitUntil(lambda: "2 of 5" in dialog.state.text())
    assert not dialog.judge_button.isEnabled()
    click(qtbot, dialog.cancel_button)
    qtbot.waitUntil(lambda: "Nothing was kept" in dialog.state.text())
    folder = win.controller.finished.folder
    assert not load_evaluation(folder).classifiers
    judge.endless, judge.error = False, EncoderError("The weights are gone.")
    click(qtbot, dialog.judge_button)
    qtbot.waitUntil(lambda: dialog.problem.text() == "The weights are gone.")

    judge.error = None
    click(qtbot, dialog.judge_button)
    qtbot.waitUntil(lambda: bool(dialog.text.toPlainText()) and not win.working)
    assert "kept with the run" in dialog.state.text()
    assert not dialog.problem.isVisible()
    text = dialog.text.toPlainText()
    for words in ("32 of 64 tiles are answered wrongly", "Errors by center", "Lakeside"):
        assert words in text
    (kept,) = load_evaluation(folder).classifiers
    assert (kept.name, kept.wrong) == ("Ärger.csv", 32)

    click(qtbot, dialog.copy_button)
    words = shlex.split(QGuiApplication.clipboard().text().replace("\\\n", " "))
    assert words == [
        "pathgui", "classifier", str(folder), "--predictions", str(tmp_path / "Ärger.csv"),
        "--column", "Meinung", "--reference", str(reference.folder),
    ]  # fmt: skip
    judge.endless = True
    click(qtbot, dialog.judge_button)
    qtbot.waitUntil(lambda: "2 of 5" in dialog.state.text())
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not win.working)
    entry.trigger()
    again = win.parts.on_summary.classifiers.dialog
    assert again is not dialog
    qtbot.waitUntil(lambda: "Lakeside" in again.text.toPlainText())
    qtbot.keyClick(again, Qt.Key.Key_Escape)
