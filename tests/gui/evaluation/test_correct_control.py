"""Corrections of the run in the summary, as a user tries them: one window, a made-up trial."""

from __future__ import annotations

import shlex
import time
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtGui import QGuiApplication

from pathgui.core.corrections.correction_file import CorrectionHead, load_correction
from pathgui.core.corrections.registry import correction
from pathgui.core.crossfit.cross_fit import STAGE
from pathgui.core.errors import EncoderError
from pathgui.core.evaluation.correct_encoders import Tried, TriedSoFar
from pathgui.core.progress import Cancelled, PartialResult, Progress
from pathgui.core.runs.kept_corrections import CORRECTIONS_FILE
from pathgui.core.runs.run_files import load_run, save_evaluation
from pathgui.gui.evaluation import correct_control
from tests.core.results.test_corrections import LEACE, found
from tests.gui.conftest import click, idle, texts
from tests.material import make_reference
from tests.run_factory import make_evaluation

NAME = "color-statistics"
STEPS = 2 * 5 * 10  # four corrections and none of them, in both halves


def fitted(asked, found, *, store, report):
    """A correction of the made-up encoder of the window."""
    method = asked.corrections[0].name
    values = np.random.default_rng(0).normal(size=(24, 128))
    made = correction(method).fit(values, np.repeat(["A", "B"], 12), np.tile(["t", "n"], 12))
    head = CorrectionHead(1, method, "0.1", NAME, "mean", 128, "", "set", "1", "cd", 24, ["A", "B"])
    return made, head


class Trial:
    """Stands for core: one halving, then it goes on until it is stopped."""

    def __init__(self):
        self.asked = []
        self.error = None

    def __call__(self, asked, *, store, report):
        self.asked.append(asked)
        if self.error is not None:
            raise self.error
        name = asked.specs[0].name
        one = found(LEACE, replace(LEACE, name="combat"))
        try:
            for step in range(STEPS):
                report(Progress(STAGE, step, STEPS, (name,)))
                if step == 10:
                    report(PartialResult(TriedSoFar(name, one)))
                while step == 12:
                    report(Progress(STAGE, step, STEPS, (name,)))
                    time.sleep(0.01)
        except Cancelled:
            return Tried({name: one}, stopped=True)
        raise AssertionError("nobody stopped it")


@pytest.fixture
def tried(qtbot, window, tmp_path):
    """A window with a run of a set that can be corrected, whose tab is in front, and the trial."""
    reference = make_reference(tmp_path, slides=4)
    evaluation = make_evaluation(2, slide=False)
    facts = replace(evaluation.run.reference, sha256=reference.info.tiles_sha256)
    evaluation = replace(evaluation, run=replace(evaluation.run, reference=facts))
    save_evaluation(evaluation, tmp_path / "runs" / "für Ulm.pgrun")
    trial = Trial()
    win = window(correct=trial, take_home=fitted)
    win.open_path(tmp_path / "runs" / "für Ulm.pgrun")
    qtbot.waitUntil(lambda: win.controller.finished is not None)
    qtbot.waitUntil(idle(win), timeout=10_000)
    win.summary_panel.show_numbers()
    win.summary_panel.tabs.setCurrentWidget(win.summary_panel.correct)
    return win, win.summary_panel.correct, trial, reference


def opened(qtbot, win, reference):
    win.references.open(reference.folder)
    qtbot.waitUntil(win.summary_panel.correct.run_button.isEnabled, timeout=10_000)


def test_corrections_are_tried_stopped_kept_taken_home_and_removed_again(
    qtbot, tried, tmp_path, monkeypatch
):
    win, page, trial, reference = tried
    folder = win.controller.finished.folder
    if win.references.reference is None:  # it is sought near the run, too
        assert not page.run_button.isEnabled()
        opened(qtbot, win, reference)

    page.encoder.choose(NAME)
    page.encoder.activated.emit(page.encoder.currentIndex())
    click(qtbot, page.run_button)
    qtbot.waitUntil(lambda: page.table.sorted.rowCount() == 2)  # while it goes on
    assert page.cancel_button.isVisible()
    qtbot.waitUntil(lambda: "halving 2 of 10" in page.progress_text.text())
    assert not win.controller.busy  # Evaluate is not held up
    click(qtbot, page.cancel_button)
    qtbot.waitUntil(page.run_button.isVisible)
    [asked] = trial.asked
    assert ([spec.name for spec in asked.specs], asked.k) == ([NAME], 11)  # as in the run
    assert page.table.sorted.rowCount() == 2
    kept = load_run(folder).encoders[0].corrections
    assert [effect.name for effect in kept.effects] == ["leace", "combat"]

    win.open_path(folder)  # what is kept is shown again
    qtbot.waitUntil(idle(win), timeout=10_000)
    assert page.table.sorted.rowCount() == 2
    qtbot.waitUntil(page.run_button.isEnabled)

    page.command_requested.emit([NAME], ["leace"])
    words = shlex.split(QGuiApplication.clipboard().text())
    assert words[:3] == ["pathgui", "correct", str(folder)]
    assert words[-2:] == ["--reference", str(reference.folder)]
    page.python_requested.emit([NAME], ["leace"])
    assert "pathgui.correct(" in QGuiApplication.clipboard().text()

    file = tmp_path / "mit Leerzeichen"
    monkeypatch.setattr(
        correct_control.QFileDialog, "getSaveFileName", lambda *args: (str(file), "")
    )
    page.home_requested.emit(NAME, "combat", "file")
    qtbot.waitUntil(lambda: "The correction is written" in texts(win))
    assert load_correction(tmp_path / "mit Leerzeichen.safetensors").head.method == "combat"

    page.home_requested.emit(NAME, "leace", "list")
    variant = f"{NAME}~leace"
    qtbot.waitUntil(lambda: variant in win.encoder_panel.rows)
    row = win.encoder_panel.rows[variant]
    qtbot.waitUntil(row.box.isEnabled)
    page.home_requested.emit(NAME, "leace", "list")  # again: its embeddings would be others
    assert "Replace it?" in texts(win, "caution")
    [bar] = [bar for bar in win.messages.bars if "Replace it?" in bar.text.text()]
    click(qtbot, bar.buttons["Replace"])
    qtbot.waitUntil(idle(win), timeout=10_000)  # what stood in the list before says so, too
    qtbot.waitUntil(lambda: "stands in the list" in texts(win))
    win.encoder_panel.tick([variant])
    assert win.encoder_panel.ticked == (variant,)
    (remove,) = row.menu().actions()
    remove.trigger()
    assert variant in win.encoder_panel.rows  # asked first
    [bar] = [bar for bar in win.messages.bars if "deleted" in bar.text.text()]
    click(qtbot, bar.buttons["Remove"])
    qtbot.waitUntil(lambda: variant not in win.encoder_panel.rows)
    assert win.encoder_panel.row(NAME) is not None

    trial.error = EncoderError("The weights are gone. Fetch them.")
    click(qtbot, page.run_button)
    qtbot.waitUntil(lambda: "The weights are gone" in texts(win))
    qtbot.waitUntil(page.run_button.isVisible)
    assert page.table.sorted.rowCount() == 2  # what was found stays
    (folder / CORRECTIONS_FILE).write_text("{")  # what is damaged is said
    trial.error = None
    click(qtbot, page.run_button)
    qtbot.waitUntil(lambda: "halving 2 of 10" in page.progress_text.text())
    click(qtbot, page.cancel_button)
    qtbot.waitUntil(lambda: CORRECTIONS_FILE in texts(win, "error"))
