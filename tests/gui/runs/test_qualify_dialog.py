"""What was tried on this machine for a run, in a dialog."""

from __future__ import annotations

from PySide6.QtGui import QGuiApplication

from pathgui.gui.runs.qualify_dialog import QualifyDialog
from tests.core.results.test_qualification import FOUND


def test_it_shows_what_is_kept_and_copies_it(qtbot):
    dialog = QualifyDialog("May")
    qtbot.addWidget(dialog)
    assert "Nobody tried" in dialog.said.text()
    assert not dialog.table_button.isEnabled()
    dialog.show_found(FOUND)
    assert "came out as it should" in dialog.said.text()
    dialog.table_button.click()
    assert "measure\t7/16\tpassed" in QGuiApplication.clipboard().text()


def test_while_it_runs_only_cancel_is_offered(qtbot):
    dialog = QualifyDialog("May")
    qtbot.addWidget(dialog)
    dialog.show()
    with qtbot.waitSignal(dialog.try_requested):
        dialog.try_button.click()
    dialog.show_progress("Trying the program", 0.5)
    assert (dialog.try_button.isVisible(), dialog.cancel_button.isVisible()) == (False, True)
    with qtbot.waitSignal(dialog.cancel_requested):
        dialog.cancel_button.click()
    dialog.show_stopping()
    assert not dialog.cancel_button.isEnabled()
    dialog.show_idle()
    assert dialog.try_button.isVisible()
    assert not dialog.progress.isVisible()
