"""Writing down, in the window, what the encoders of the next run are to be used for."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialogButtonBox

from pathgui.core.report.sections.options import ReportOptions
from pathgui.core.runs.intended_use import IntendedUse
from pathgui.core.runs.monitoring import MonitoringPlan
from pathgui.core.runs.run_files import load_run
from pathgui.gui.criteria.intended_use_dialog import IntendedUseDialog
from pathgui.gui.report.report_dialog import ReportDialog
from tests.gui.conftest import click
from tests.run_factory import make_evaluation

NOW = "2026-11-24T09:00:00+01:00"
OLD = "2026-01-01T00:00:00+01:00"
USE = IntendedUse(use="pre-sorting", stain="H&E", who="A. Rossi", set_at=OLD)


@pytest.fixture
def open_dialog(qtbot):
    def make(use=None):
        dialog = IntendedUseDialog(use, lambda: NOW)
        qtbot.addWidget(dialog)
        dialog.show()
        return dialog

    return make


def test_it_is_typed_with_the_keyboard_alone(qtbot, open_dialog):
    dialog = open_dialog()
    dialog.fields["use"].setFocus()
    for text in ("pre-sorting", "prostate", "H&E", "any", "May it?", "cytology", "A. Rossi"):
        qtbot.keyClicks(dialog.focusWidget(), text)
        qtbot.keyClick(dialog.focusWidget(), Qt.Key.Key_Tab)
    assert dialog.use == IntendedUse(
        "pre-sorting", "prostate", "H&E", "any", "May it?", ("cytology",), "A. Rossi", NOW
    )


def test_each_line_out_of_scope_is_one_item(qtbot, open_dialog):
    dialog = open_dialog()
    dialog.fields["out_of_scope"].setPlainText("frozen sections\n\n cytology ")
    assert dialog.use.out_of_scope == ("frozen sections", "cytology")


def test_what_is_not_changed_keeps_the_time_it_was_set(qtbot, open_dialog):
    dialog = open_dialog(USE)
    assert dialog.use == USE
    qtbot.keyClicks(dialog.fields["stain"], " and IHC")
    assert dialog.use == replace(USE, stain="H&E and IHC", set_at=NOW)


def test_an_empty_form_sets_none(qtbot, open_dialog):
    dialog = open_dialog(USE)
    click(qtbot, dialog.clear_button)
    assert dialog.use is None
    assert not dialog.clear_button.isEnabled()
    assert not dialog.save_button.isEnabled()
    qtbot.keyClicks(dialog.fields["who"], "A. Rossi")
    assert dialog.use is None  # a name alone says nothing


def test_it_goes_to_a_file_and_comes_back(qtbot, open_dialog, tmp_path):
    open_dialog(USE).save_file(tmp_path / "use.toml")
    other = open_dialog()
    other.load_file(tmp_path / "use.toml")
    assert other.use == replace(USE, set_at=NOW)


def test_a_file_that_makes_no_sense_says_why_and_changes_nothing(qtbot, open_dialog, tmp_path):
    dialog = open_dialog(USE)
    (tmp_path / "bad.toml").write_text("purpose = 'x'\n")
    dialog.load_file(tmp_path / "bad.toml")
    assert "purpose is not known" in dialog.problem.text()
    assert dialog.problem.isVisible()
    assert dialog.use == USE


def frozen(request, at_hand, store, report):
    evaluation = make_evaluation(1)
    run = evaluation.run
    use = replace(request.intended_use, frozen_at=run.started)
    return replace(evaluation, run=replace(run, intended_use=use))


def test_it_goes_with_the_next_run_and_the_export_says_that_it_was_set(
    qtbot, window, slide_path, reference
):
    win = window(evaluate=frozen)
    win.open_slides([slide_path])
    win.references.open(reference.folder)
    qtbot.waitUntil(lambda: win.run_panel.evaluate_button.isEnabled(), timeout=10_000)
    assert win.use_panel.said.text() == "none set: the report says so"
    click(qtbot, win.use_panel.edit_button)
    dialog = win.intended_use.dialog
    qtbot.keyClicks(dialog.fields["use"], "pre-sorting")
    qtbot.keyClicks(dialog.fields["stain"], "H&E")
    click(qtbot, dialog.accept_button)
    assert win.use_panel.said.text() == "pre-sorting; H&E"
    assert win.use_panel.said.toolTip() == "Intended use: pre-sorting\nStain: H&E"
    assert win.use_panel.edit_button.text() == "Change…"
    click(qtbot, win.run_panel.evaluate_button)
    qtbot.waitUntil(lambda: win.controller.finished is not None and not win.controller.busy)
    kept = load_run(win.controller.finished.folder)
    assert kept.intended_use.stain == "H&E"
    assert kept.intended_use.frozen_at == kept.started
    assert "--intended-use" in win.controller.last_command
    win.reports.ask()
    export = win.reports.dialog
    assert export.before.text().startswith("An intended use was set before the run")
    assert "Stain: H&E" in export.before.toolTip()
    export.reject()


def test_the_export_of_a_run_without_one_says_how_what_is_typed_is_printed(qtbot, tmp_path, window):
    win = window()
    services = win.services
    dialog = ReportDialog(tmp_path, ReportOptions(), services.preview_report, win.quick)
    qtbot.addWidget(dialog)
    assert "as typed when the report was made" in dialog.before.text()
    qtbot.waitUntil(lambda: dialog.ready)


def test_it_is_there_again_in_the_next_session(qtbot, window):
    first = window()
    first.intended_use.set_use(USE)
    second = window()
    assert second.intended_use.use == USE
    second.intended_use.set_use(None)
    assert window().intended_use.use is None


def test_cancelling_the_dialog_changes_nothing(qtbot, window):
    win = window()
    click(qtbot, win.use_panel.edit_button)
    qtbot.keyClicks(win.intended_use.dialog.fields["use"], "pre-sorting")
    click(qtbot, win.intended_use.dialog.buttons.button(QDialogButtonBox.StandardButton.Cancel))
    assert win.intended_use.use is None


def test_it_cannot_be_changed_while_a_run_goes_on(qtbot, window):
    win = window()
    win.controller.busy_changed.emit(True)
    assert not win.use_panel.edit_button.isEnabled()
    win.controller.busy_changed.emit(False)
    assert win.use_panel.edit_button.isEnabled()


def test_the_plan_of_checks_is_typed_with_the_use(qtbot, open_dialog):
    dialog = open_dialog(USE)
    dialog.months.setValue(6)
    dialog.fields["triggers"].setPlainText("a new scanner\na new stain batch")
    planned = dialog.use
    assert planned.plan == MonitoringPlan(6, ("a new scanner", "a new stain batch"))
    assert open_dialog(planned).use == planned
    click(qtbot, dialog.clear_button)
    assert dialog.use is None
