"""Qualifying the installation, for the run in the summary."""

from __future__ import annotations

import threading

from PySide6.QtGui import QGuiApplication

from pathgui.core.errors import RecordError
from pathgui.core.progress import Progress
from pathgui.core.report.copied import qualify_command
from pathgui.core.runs.run_files import save_evaluation
from pathgui.gui.evaluation.shown_run import Finished
from pathgui.gui.slides.run_layers import layers_of
from tests.core.results.test_qualification import FOUND
from tests.run_factory import make_evaluation


def opened(win, folder):
    evaluation = make_evaluation(1)
    save_evaluation(evaluation, folder)
    win.controller.show_run(Finished(evaluation, folder, layers_of(evaluation)))
    control = win.on_summary.qualify
    assert control.ask()
    return control.dialog


def test_it_tries_everything_for_the_run_that_is_shown(qtbot, window, tmp_path):
    asked = []

    def qualify(run, folder, near, *, known, report):
        asked.append((run.id, folder, list(near)))
        report(Progress("Trying the program", 3, 9))
        return FOUND

    win = window(qualify=qualify)
    assert not win.on_summary.qualify.ask()  # no run is shown
    folder = tmp_path / "may.pgrun"
    dialog = opened(win, folder)
    dialog.try_button.click()
    qtbot.waitUntil(lambda: len(dialog.table.lines.rows) == 4)
    qtbot.waitUntil(lambda: not dialog.progress.isVisible())
    dialog.copy_button.click()
    assert QGuiApplication.clipboard().text() == qualify_command(folder)
    assert "paste it into a terminal" in dialog.said.text()
    assert asked == [(win.controller.finished.evaluation.run.id, folder, [])]
    dialog.close()


def test_cancel_stops_it_and_what_goes_wrong_is_said_in_the_dialog(qtbot, window, tmp_path):
    going = threading.Event()

    def qualify(run, folder, near, *, known, report):
        if going.is_set():
            raise RecordError("The folder cannot be written.")
        while True:
            report(Progress("Trying the program", 3, 9))
            going.set()

    win = window(qualify=qualify)
    dialog = opened(win, tmp_path / "may.pgrun")
    dialog.try_button.click()
    qtbot.waitUntil(going.is_set)
    dialog.cancel_button.click()
    qtbot.waitUntil(lambda: dialog.try_button.isEnabled() and not dialog.progress.isVisible())
    dialog.try_button.click()
    qtbot.waitUntil(lambda: "cannot be written" in dialog.said.text())
    dialog.close()
