"""Setting acceptance criteria in the window, and judging a run by them."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialogButtonBox

from pathgui.cli.runs import criteria_in
from pathgui.core.results.judging import judge
from pathgui.core.results.measures import measure
from pathgui.core.runs.criteria import Criterion
from pathgui.core.runs.run_files import load_evaluation
from pathgui.gui.criteria.criteria_dialog import CriteriaDialog
from pathgui.gui.criteria.criteria_presets import Presets
from pathgui.gui.results.summary_help import SummaryHelp
from tests.gui.conftest import click
from tests.run_factory import make_evaluation

NOW = "2026-11-24T09:00:00+01:00"
ENCODERS = (("shell", "SHELL"), ("uni2-h", "UNI2-h"))


@pytest.fixture
def dialog(qtbot, tmp_path):
    made = CriteriaDialog((), ENCODERS, Presets(tmp_path / "presets"), lambda: NOW)
    qtbot.addWidget(made)
    made.show()
    return made


def choose(combo, text):
    combo.setCurrentText(text)
    combo.activated.emit(combo.currentIndex())


def type_threshold(qtbot, dialog, text):
    dialog.threshold.selectAll()
    qtbot.keyClicks(dialog.threshold, text)
    dialog.threshold.interpretText()


def test_a_criterion_is_typed(qtbot, dialog):
    click(qtbot, dialog.add_button)
    choose(dialog.measurement, "Center accuracy, probe")
    assert dialog.comparison.currentText() == "at most"  # lower is better
    type_threshold(qtbot, dialog, "0.625")
    choose(dialog.encoder, "UNI2-h")
    qtbot.keyClicks(dialog.reason, "as agreed")
    qtbot.keyClicks(dialog.who, "A. Rossi")
    assert dialog.criteria == (
        Criterion(
            "center_probe", "at most", 0.625, "uni2-h", "value", "as agreed", "A. Rossi", NOW
        ),
    )
    assert dialog.list.item(0).text() == "Center accuracy, probe at most 0.625\nUNI2-h"


def test_what_is_filled_in_before_anything_is_added_counts(qtbot, dialog):
    assert dialog.form.isEnabled()
    assert dialog.measurement.currentText() == "Robustness index"
    assert dialog.criteria == ()  # nobody chose it
    type_threshold(qtbot, dialog, "0.625")
    qtbot.keyClicks(dialog.reason, "as agreed")
    (found,) = dialog.criteria
    assert (found.metric, found.threshold, found.reason) == ("robustness_index", 0.625, "as agreed")
    assert not dialog.empty.isVisible()
    click(qtbot, dialog.remove_button)
    assert dialog.empty.isVisible()
    choose(dialog.measurement, "Center accuracy, probe")
    assert [each.metric for each in dialog.criteria] == ["center_probe"]
    assert dialog.criteria[0].comparison == "at most"


def test_all_criteria_are_set_for_the_k_that_is_typed(qtbot, dialog):
    click(qtbot, dialog.add_button)
    assert dialog.criteria[0].k is None
    dialog.k.selectAll()
    qtbot.keyClicks(dialog.k, "11")
    dialog.k.interpretText()
    click(qtbot, dialog.add_button)
    assert [each.k for each in dialog.criteria] == [11, 11]
    assert "at k = 11" in dialog.list.item(0).text()
    dialog.k.setValue(0)
    assert dialog.k.text() == "as the run takes"
    assert [each.k for each in dialog.criteria] == [None, None]


def test_a_dialog_shows_the_k_of_the_criteria_it_is_given(qtbot, tmp_path):
    given = (Criterion("support", "at least", 0.2, set_at="then", k=21),)
    made = CriteriaDialog(given, ENCODERS, Presets(tmp_path), lambda: NOW)
    qtbot.addWidget(made)
    assert made.k.value() == 21
    assert made.criteria == given


def test_the_whole_interval_is_offered_only_where_there_is_one(qtbot, dialog):
    click(qtbot, dialog.add_button)
    click(qtbot, dialog.by.button("interval"))
    assert dialog.criteria[0].by == "interval"
    choose(dialog.measurement, "Clustering score")
    assert not dialog.by.button("interval").isEnabled()
    assert dialog.criteria[0].by == "value"


def test_each_metric_says_what_it_is(qtbot, dialog):
    click(qtbot, dialog.add_button)
    asked = []
    dialog.explain_requested.connect(asked.append)
    choose(dialog.measurement, "Worst tenth of the margin")
    assert dialog.about.text() == measure("croma_tail").help
    click(qtbot, dialog.what)
    assert asked == [measure("croma_tail").anchor]


def test_one_of_several_is_changed_and_one_removed(qtbot, dialog):
    for _ in range(3):
        click(qtbot, dialog.add_button)
    first, second, third = (each.metric for each in dialog.criteria)
    assert len({first, second, third}) == 3
    dialog.list.setCurrentRow(1)
    type_threshold(qtbot, dialog, "0.25")
    assert [each.threshold for each in dialog.criteria] == [0.5, 0.25, 0.5]
    click(qtbot, dialog.remove_button)
    assert [each.metric for each in dialog.criteria] == [first, third]


def test_what_is_not_changed_keeps_the_time_it_was_set(qtbot, tmp_path):
    old = Criterion("support", "at least", 0.2, set_at="2026-01-01T00:00:00+01:00")
    both = (old, Criterion("mari", "at least", 0.5, set_at=old.set_at))
    dialog = CriteriaDialog(both, ENCODERS, Presets(tmp_path), lambda: NOW)
    qtbot.addWidget(dialog)
    dialog.list.setCurrentRow(1)
    type_threshold(qtbot, dialog, "0.75")
    assert [each.set_at for each in dialog.criteria] == [old.set_at, NOW]


def test_a_threshold_finer_than_usual_is_shown_and_kept_whole(qtbot, tmp_path):
    fine = Criterion("support", "at least", 0.0004)
    dialog = CriteriaDialog((fine,), ENCODERS, Presets(tmp_path), lambda: NOW)
    qtbot.addWidget(dialog)
    dialog.show()
    assert "0.0004" in dialog.threshold.text()
    qtbot.keyClicks(dialog.reason, "as agreed")
    assert dialog.criteria[0].threshold == 0.0004


def test_criteria_saved_as_a_file_are_those_that_the_terminal_reads(qtbot, dialog, tmp_path):
    def item():
        dialog.fill_presets()
        return next(a for a in dialog.preset_menu.actions() if a.text() == "Save as a file…")

    assert not item().isEnabled()  # nothing to save
    click(qtbot, dialog.add_button)
    choose(dialog.measurement, "Center accuracy, probe")
    type_threshold(qtbot, dialog, "0.625")
    qtbot.keyClicks(dialog.reason, 'as "agreed"')
    assert item().isEnabled()
    path = tmp_path / "Grenzen ü.toml"
    dialog.save_file(path)
    assert criteria_in(path) == dialog.criteria
    other = CriteriaDialog((), ENCODERS, Presets(tmp_path / "presets"), lambda: "later")
    qtbot.addWidget(other)
    other.load_file(path)
    assert other.criteria == dialog.criteria


def test_criteria_that_cannot_be_written_are_said_to_be_so(qtbot, dialog, tmp_path):
    click(qtbot, dialog.add_button)
    (tmp_path / "file").touch()
    dialog.save_file(tmp_path / "file" / "limits.toml")
    assert "could not be written" in dialog.problem.text()


def test_a_preset_is_kept_found_again_and_deleted(qtbot, dialog, tmp_path):
    click(qtbot, dialog.add_button)
    dialog.keep_preset("Tumor board")
    other = CriteriaDialog((), ENCODERS, Presets(tmp_path / "presets"), lambda: NOW)
    qtbot.addWidget(other)
    other.fill_presets()
    next(a for a in other.preset_menu.actions() if a.text() == "Tumor board").trigger()
    assert other.criteria == dialog.criteria
    other.fill_presets()
    delete = next(a for a in other.preset_menu.actions() if a.text() == "Delete preset")
    delete.menu().actions()[0].trigger()
    assert Presets(tmp_path / "presets").names() == []


def test_a_name_that_no_file_can_have_is_refused_in_place(qtbot, dialog):
    click(qtbot, dialog.add_button)
    dialog.keep_preset("a/b")
    assert "cannot be called" in dialog.problem.text()
    assert dialog.problem.isVisible()


def test_a_file_that_makes_no_sense_says_why_and_changes_nothing(qtbot, dialog, tmp_path):
    click(qtbot, dialog.add_button)
    before = dialog.criteria
    (tmp_path / "bad.toml").write_text("[[criterion]]\nmetric = 'beauty'\nabove = 1\n")
    dialog.load_file(tmp_path / "bad.toml")
    assert "no metric 'beauty'" in dialog.problem.text()
    assert dialog.criteria == before


def judging(request, at_hand, store, report):
    evaluation = make_evaluation(3, given_center=True)
    run = evaluation.run
    judged = judge(request.criteria, run.encoders, run.failures, frozen_at=run.started)
    return type(evaluation)(
        type(run)(**{**vars(run), "criteria": judged}), evaluation.tiles, evaluation.thumbnail
    )


def test_criteria_of_the_next_run_go_with_it_and_the_panel_says_what_came_out(qtbot, ready):
    win = ready(evaluate=judging)
    click(qtbot, win.criteria_panel.edit_button)
    dialog = win.criteria.dialog
    click(qtbot, dialog.add_button)
    type_threshold(qtbot, dialog, "0.99")
    click(qtbot, dialog.accept_button)
    assert win.criteria_panel.said.text() == "Robustness index at least 0.99"
    click(qtbot, win.run_panel.evaluate_button)
    qtbot.waitUntil(lambda: win.controller.finished is not None)
    assert "not met" in win.summary_panel.outcome.text()
    assert "--criteria" in win.controller.last_command
    kept = load_evaluation(win.controller.finished.folder).run.criteria
    assert kept.items[0].criterion.threshold == 0.99
    qtbot.waitUntil(lambda: not win.controller.busy)


def test_criteria_and_settings_that_ask_for_two_k_are_told_before_the_run(qtbot, ready):
    win = ready(evaluate=judging)
    win.criteria.set_criteria((Criterion("support", "at least", 0.2, k=11),))
    assert win.run_panel.evaluate_button.isEnabled()
    k = win.run_settings.boxes["k"].number
    k.setValue(21)
    assert not win.run_panel.evaluate_button.isEnabled()
    assert "k = 11" in win.run_panel.hint.text()
    k.setValue(11)
    assert win.run_panel.evaluate_button.isEnabled()


def test_criteria_are_there_again_in_the_next_session(qtbot, window):
    first = window()
    first.criteria.set_criteria((Criterion("support", "at least", 0.2, who="K.", set_at=NOW),))
    second = window()
    assert second.criteria.criteria == first.criteria.criteria
    second.criteria.set_criteria(())
    assert window().criteria.criteria == ()


def test_cancelling_the_dialog_changes_nothing(qtbot, window):
    win = window()
    click(qtbot, win.criteria_panel.edit_button)
    click(qtbot, win.criteria.dialog.add_button)
    button = win.criteria.dialog.buttons.button(QDialogButtonBox.StandardButton.Cancel)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert win.criteria.criteria == ()


def test_a_shown_run_is_judged_and_that_it_was_after_its_results_is_said(qtbot, ready):
    win = ready()
    assert not win.menus.by_id["judge"].isEnabled()
    click(qtbot, win.run_panel.evaluate_button)
    qtbot.waitUntil(lambda: win.controller.finished is not None and not win.controller.busy)
    folder = win.controller.finished.folder
    win.menus.by_id["judge"].trigger()
    dialog = win.criteria.dialog
    assert not dialog.accept_button.isEnabled()  # there is nothing to judge by yet
    click(qtbot, dialog.add_button)
    click(qtbot, dialog.accept_button)
    qtbot.waitUntil(lambda: "after results" in win.summary_panel.outcome.text())
    kept = load_evaluation(folder)
    assert kept.run.criteria is None
    assert kept.later[0].after_results
    win.controller.open_run(folder)
    qtbot.waitUntil(lambda: not win.working)
    assert "after results" in win.summary_panel.outcome.text()


def test_what_is_this_opens_the_documentation(qtbot, window):
    win = window()
    click(qtbot, win.criteria_panel.edit_button)
    click(qtbot, win.criteria.dialog.add_button)
    click(qtbot, win.criteria.dialog.what)
    assert win.findChild(SummaryHelp).entry == "Robustness Index"
