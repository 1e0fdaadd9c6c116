"""Runs that are kept, as a user finds them again."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from pathgui.core.baselines.baseline import file_baseline
from pathgui.core.baselines.check import check_against
from pathgui.core.progress import Progress
from pathgui.core.results.run_list import RunEntry
from pathgui.core.runs.monitoring import MonitoringPlan
from pathgui.core.runs.run_files import load_evaluation, save_evaluation
from pathgui.core.system.files import owner_mark
from pathgui.gui.runs import runs_panel
from pathgui.gui.runs.run_diff_dialog import RunDiffDialog
from pathgui.gui.runs.runs_panel import RunsPanel
from tests.core.report.test_copied import parsed
from tests.gui.conftest import click, idle, texts
from tests.run_factory import make_evaluation


@pytest.fixture
def kept(tmp_path):
    runs = tmp_path / "runs"
    for name in ("before", "after"):
        save_evaluation(make_evaluation(2), runs / f"{name}.pgrun")
    return runs


def entry(win, name):
    panel: RunsPanel = win.runs_panel
    items = [panel.list.item(row) for row in range(panel.list.count())]
    return next(item.data(256) for item in items if item.text().startswith(name))


def act(win, name, text):
    action = next(a for a in win.runs_panel.actions_of(entry(win, name)) if a.text() == text)
    assert action.isEnabled()
    action.trigger()


@pytest.fixture
def win(qtbot, window, kept):
    win = window(runs=lambda: kept)
    qtbot.waitUntil(lambda: win.runs_panel.list.count() == 2)
    return win


def test_a_run_of_the_list_is_opened_again_without_slide_or_weights(qtbot, win):
    win.runs_panel.list.itemActivated.emit(win.runs_panel.list.item(0))
    qtbot.waitUntil(lambda: win.controller.finished is not None)
    assert len(win.summary_panel.model.rows) == 2
    assert win.menus.by_id["export"].isEnabled()


def test_the_icon_of_a_run_stands_at_its_first_line_where_a_low_list_shows_no_more(qtbot):
    panel = RunsPanel()
    qtbot.addWidget(panel)
    panel.show_runs([RunEntry(Path("a run of a very long name " * 6), "2026-11-30T09:41:07+01:00")])
    panel.resize(170, 200)
    panel.show()
    picture = panel.list.viewport().grab().toImage()
    line = panel.list.fontMetrics().lineSpacing()
    assert panel.list.visualItemRect(panel.list.item(0)).height() > 5 * line
    icon = {picture.pixel(x, y) for x in range(12, 24) for y in range(4, 4 + line)}
    below = {picture.pixel(x, y) for x in range(12, 24) for y in range(60, 120)}
    assert len(icon) > 3
    assert len(below) == 1


def test_a_run_has_room_for_its_lines_on_a_laptop(qtbot, win):
    win.resize(1360, 728)
    win.show()
    win.menus.by_id["reset_layout"].trigger()
    for _ in range(5):
        QGuiApplication.processEvents()
    lines = win.runs_panel.list.height() / win.runs_panel.list.fontMetrics().lineSpacing()
    assert lines > 5


def test_each_run_says_when_of_which_slide_with_what_and_its_headline(win):
    lines = win.runs_panel.list.item(0).text().split("\n")
    assert lines[1] == "2026-11-23 09:34 · Meyer_Anna_1961.svs · 2 encoders"
    assert lines[2].startswith("EfficientNet-Lite0: RI 0.9")
    about = win.runs_panel.list.item(0).toolTip()
    assert "Encoders: Color statistics, EfficientNet-Lite0" in about


def test_a_new_run_appears_in_the_list(qtbot, win, reference):
    win.references.open(reference.folder)
    qtbot.waitUntil(lambda: win.run_panel.evaluate_button.isEnabled())
    win.controller.evaluate()
    qtbot.waitUntil(lambda: win.runs_panel.list.count() == 3)


def test_a_run_that_was_finished_but_not_put_in_place_is_offered_and_recovered(qtbot, window, kept):
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    host = owner_mark().split("-")[0]
    (kept / "before.pgrun").rename(kept / f".before.pgrun.{host}-{ended.pid}-0123abcd.draft")
    win = window(runs=lambda: kept)
    qtbot.waitUntil(lambda: win.runs_panel.list.count() == 2)
    rows = [win.runs_panel.list.item(row) for row in range(2)]
    row = next(row for row in rows if row.text().startswith("before"))
    assert "Open to recover it" in row.text()
    win.runs_panel.list.itemActivated.emit(row)
    qtbot.waitUntil(lambda: (kept / "before.pgrun").is_dir())
    qtbot.waitUntil(lambda: "recovered" in texts(win))
    assert str(kept / "before.pgrun") in texts(win)
    qtbot.waitUntil(lambda: not entry(win, "before").unplaced)


def test_a_renamed_run_stays_in_the_summary(qtbot, win, kept):
    win.controller.open_run(kept / "before.pgrun")
    qtbot.waitUntil(lambda: win.controller.finished is not None)
    win.runs_panel.rename_requested.emit(kept / "before.pgrun", "before the new scanner")
    target = kept / "before the new scanner.pgrun"
    panel = win.runs_panel.list
    qtbot.waitUntil(lambda: win.controller.finished.folder == target)
    qtbot.waitUntil(
        lambda: any(panel.item(i).text().startswith(target.stem) for i in range(panel.count()))
    )
    assert entry(win, target.stem).folder.is_dir()


def test_a_name_that_is_taken_is_an_error_in_place(qtbot, win, kept):
    win.runs_panel.rename_requested.emit(kept / "before.pgrun", "after")
    assert "already" in texts(win, "error")
    assert (kept / "before.pgrun").is_dir()


def test_deleting_asks_first(qtbot, win, kept):
    win.controller.open_run(kept / "before.pgrun")
    qtbot.waitUntil(lambda: win.controller.finished is not None)
    act(win, "before", "Delete…")
    click(qtbot, win.runs_panel.messages.bar("runs").buttons["Keep"])
    assert (kept / "before.pgrun").is_dir()
    act(win, "before", "Delete…")
    click(qtbot, win.runs_panel.messages.bar("runs").buttons["Delete"])
    qtbot.waitUntil(lambda: win.runs_panel.list.count() == 1)
    assert not (kept / "before.pgrun").exists()
    assert win.controller.finished is None
    assert not win.summary_panel.export_button.isEnabled()


def test_the_keys_of_every_list_rename_and_delete(qtbot, win, kept, monkeypatch):
    monkeypatch.setattr(runs_panel, "ask_line", lambda *args: (f"{args[-1]} 2", True))
    panel = win.runs_panel.list
    win.activateWindow()
    panel.setFocus()
    select(win, "before", "after")
    qtbot.keyClick(panel, Qt.Key.Key_Delete)
    question = win.runs_panel.messages.bar("runs")
    assert "Delete 2 runs" in question.text.text()
    assert question.no.hasFocus()
    qtbot.keyClick(question.no, Qt.Key.Key_Escape)  # is a no
    assert not win.runs_panel.messages.bars
    assert panel.hasFocus()
    select(win, "before")
    qtbot.keyClick(panel, Qt.Key.Key_F2)
    qtbot.waitUntil(lambda: (kept / "before 2.pgrun").is_dir() and not win.working)
    select(win, "after")
    qtbot.keyClick(panel, Qt.Key.Key_Delete)
    click(qtbot, win.runs_panel.messages.bar("runs").buttons["Delete"])
    qtbot.waitUntil(lambda: not (kept / "after.pgrun").exists())
    qtbot.waitUntil(idle(win))


def test_packing_says_where_the_zip_is(qtbot, win, kept, tmp_path):
    win.runs.pack(kept / "after.pgrun", tmp_path / "after.zip")
    qtbot.waitUntil(lambda: "The run is packed" in texts(win))
    assert (tmp_path / "after.zip").is_file()
    win.runs.pack(kept / "after.pgrun", tmp_path / "nowhere" / "after.zip")
    qtbot.waitUntil(lambda: "could not be packed" in texts(win, "error"))


def test_a_damaged_run_is_marked_and_cannot_be_opened(qtbot, window, kept):
    (kept / "after.pgrun" / "run.json").write_text("{")
    win = window(runs=lambda: kept)
    qtbot.waitUntil(lambda: win.runs_panel.list.count() == 2)
    assert "damaged" in win.runs_panel.list.item(1).text()
    assert [a.text() for a in win.runs_panel.actions_of(entry(win, "after")) if a.isEnabled()] == [
        "Show the folder"
    ]
    win.runs_panel.list.itemActivated.emit(win.runs_panel.list.item(1))
    qtbot.waitUntil(idle(win))
    assert win.controller.finished is None


def test_an_empty_list_says_what_will_be_in_it(window, tmp_path):
    win = window(runs=lambda: tmp_path / "nothing")
    assert win.runs_panel.hint.isVisible()
    assert not win.runs_panel.list.isVisible()


def select(win, *names):
    panel = win.runs_panel.list
    for row in range(panel.count()):
        item = panel.item(row)
        item.setSelected(item.data(256).name in names)


def test_two_selected_runs_are_compared_the_earlier_first(qtbot, window, tmp_path):
    runs = tmp_path / "runs"
    early = make_evaluation(2)
    later = replace(
        early,
        run=replace(
            early.run,
            id="another",
            finished="2026-11-24T09:34:12+01:00",
            settings=replace(early.run.settings, seed=7),
        ),
    )
    save_evaluation(later, runs / "a new scanner.pgrun")
    save_evaluation(early, runs / "old scanner.pgrun")
    win = window(runs=lambda: runs)
    qtbot.waitUntil(lambda: win.runs_panel.list.count() == 2)
    select(win, "a new scanner", "old scanner")
    win.runs_panel.compare_action().trigger()
    qtbot.waitUntil(lambda: win.findChild(RunDiffDialog) is not None)
    dialog = win.findChild(RunDiffDialog)
    titles = [dialog.tabs.tabText(i) for i in range(dialog.tabs.count())]
    assert titles == ["Numbers", "Tiles of the slide", "What changed (1)"]
    row = dialog.changes.lines.rows[0].cells
    assert (row["part"], row["name"], row["before"], row["after"]) == ("Settings", "seed", "0", "7")
    assert "seeds differ" in dialog.cautions[0].text()
    dialog.copy()  # the numbers, which stand in front
    first = QGuiApplication.clipboard().text().splitlines()[1].split("\t")
    assert first[:2] == ["Color statistics", "Robustness index"]
    assert first[4].startswith("+0.000 [")
    dialog.close()


def test_only_two_sound_runs_can_be_compared(qtbot, win, kept):
    select(win, "before")
    assert not win.runs_panel.compare_action().isEnabled()
    select(win, "before", "after")
    assert win.runs_panel.compare_action().isEnabled()
    (kept / "after.pgrun" / "run.json").write_text("{")
    win.runs.refresh()
    qtbot.waitUntil(lambda: bool(entry(win, "after").problem))
    select(win, "before", "after")
    assert not win.runs_panel.compare_action().isEnabled()


def test_a_run_is_filed_as_baseline_and_checked_from_the_list(qtbot, window, kept):
    asked = []
    QGuiApplication.clipboard().clear()

    def check_again(baseline, *, report, **others):
        asked.append(baseline)
        report(Progress("Embedding", 1, 2))
        save_evaluation(later, kept / "now.pgrun")
        return (later, check_against(baseline, later, kept / "now.pgrun")), kept / "now.pgrun"

    made = load_evaluation(kept / "before.pgrun")
    later = replace(made, run=replace(made.run, id="later"))
    win = window(runs=lambda: kept, check_again=check_again)
    qtbot.waitUntil(lambda: win.runs_panel.list.count() == 2)
    act(win, "before", "File as baseline…")
    qtbot.waitUntil(lambda: win.runs.dialog is not None)
    dialog = win.runs.dialog
    good = dialog.text.toPlainText()
    dialog.text.setPlainText(good.replace("robustness_index =", "robustness =", 1))
    click(qtbot, dialog.accept_button)
    assert "line " in dialog.problem.text()
    assert dialog.isVisible()
    click(qtbot, dialog.copy_button)  # nor is there a command that would be refused
    assert QGuiApplication.clipboard().text() == ""
    dialog.text.setPlainText(good)
    dialog.months.setValue(6)
    click(qtbot, dialog.copy_button)
    qtbot.waitUntil(lambda: "copied" in dialog.state.text())
    asked_for = parsed(QGuiApplication.clipboard().text())
    assert (asked_for["run"], asked_for["every"]) == (kept / "before.pgrun", 6)
    assert asked_for["tolerance"] is None  # those that the terminal proposes, too
    dialog.text.setPlainText(f"{good}# agreed\n")
    click(qtbot, dialog.copy_button)
    file = kept / "before inputs" / "tolerance.toml"
    qtbot.waitUntil(lambda: str(file) in dialog.state.text())
    assert file.read_text(encoding="utf-8").endswith("# agreed\n")
    assert parsed(QGuiApplication.clipboard().text())["tolerance"] == file
    click(qtbot, dialog.accept_button)
    qtbot.waitUntil(lambda: "Baseline since" in entry(win, "before").baseline)
    assert "next check by" in entry(win, "before").baseline
    act(win, "before", "Check against this baseline")
    qtbot.waitUntil(lambda: asked == [kept / "before.pgrun"] and not win.controller.busy)
    bar = win.messages.bar("a baseline")
    assert "within tolerance" in bar.text.text()
    qtbot.waitUntil(lambda: "checked" in entry(win, "before").baseline)


def test_a_check_that_is_overdue_is_said_in_the_list_and_offered(qtbot, window, kept):
    plan = MonitoringPlan(1)
    file_baseline(kept / "before.pgrun", plan=plan, at="2020-01-31T10:00:00+01:00")
    win = window(runs=lambda: kept)
    qtbot.waitUntil(lambda: win.runs_panel.list.count() == 2)
    assert entry(win, "before").overdue
    bar = win.runs_panel.messages.bar("a check that is overdue")
    assert "check overdue since 2020-02-29" in bar.text.text()
    with qtbot.waitSignal(win.runs_panel.check_requested) as asked:
        click(qtbot, bar.buttons["Check now"])
    assert asked.args == [kept / "before.pgrun"]
