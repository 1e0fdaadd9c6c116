"""Choosing how the report is to be, with its pages in view."""

from __future__ import annotations

import hashlib

import pypdf
import pytest
from PySide6.QtCore import Qt

from pathgui.cli.main import EXIT_DONE, run
from pathgui.core.errors import ReportError
from pathgui.core.report.sections.options import SECTIONS, SLIDES_TABLE, ReportOptions
from pathgui.core.runs.run_files import save_evaluation
from pathgui.gui.jobs.jobs import JobRunner
from pathgui.gui.jobs.services import Services
from pathgui.gui.report.report_dialog import ReportDialog
from tests.gui.conftest import click, texts
from tests.run_factory import make_evaluation

REAL = Services()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "a.pgrun"
    save_evaluation(make_evaluation(1), folder)
    return folder


@pytest.fixture
def open_dialog(qtbot, folder):
    runners = []

    def make(options=None, preview=REAL.preview_report, cohort=False):
        runner = JobRunner(None)
        runners.append(runner)
        options = options or ReportOptions()
        dialog = ReportDialog(folder, options, preview, runner, cohort=cohort)
        qtbot.addWidget(dialog)
        dialog.show()
        return dialog

    yield make
    for runner in runners:
        runner.close()
        qtbot.waitUntil(lambda runner=runner: not runner.busy, timeout=20_000)


def ready(qtbot, dialog):
    qtbot.waitUntil(lambda: dialog.ready, timeout=60_000)
    qtbot.waitUntil(lambda: aspect(dialog) > 1.2)  # the pages are laid out below each other
    qtbot.waitUntil(lambda: dialog.pages.pages[-1].y() > dialog.pages.pages[0].height())


def aspect(dialog):
    first = dialog.pages.pages[0]
    return first.height() / first.width()


def item(dialog, key):
    return next(each for each in dialog._items() if each.data(Qt.ItemDataRole.UserRole) == key)


def test_the_pages_are_there_and_follow_what_is_chosen(qtbot, open_dialog):
    dialog = open_dialog()
    ready(qtbot, dialog)
    pages = dialog.pages.pages
    assert len(pages) > 10
    qtbot.waitUntil(lambda: aspect(dialog) == pytest.approx(297 / 210, abs=0.01))
    assert dialog.place.text() == f"Page 1 of {len(pages)}"
    click(qtbot, dialog.paper.button("letter"))
    ready(qtbot, dialog)
    qtbot.waitUntil(lambda: aspect(dialog) == pytest.approx(11 / 8.5, abs=0.01))


def test_a_section_is_left_out_and_limits_cannot_be(qtbot, open_dialog):
    dialog = open_dialog()
    ready(qtbot, dialog)
    before = len(dialog.pages.pages)
    for key in ("results", "slide"):
        item(dialog, key).setCheckState(Qt.CheckState.Unchecked)
    assert dialog.options.left_out == {"results", "slide"}
    ready(qtbot, dialog)
    assert len(dialog.pages.pages) < before
    assert not item(dialog, "limits").flags() & Qt.ItemFlag.ItemIsUserCheckable


def test_a_click_on_a_section_goes_to_its_page(qtbot, open_dialog):
    dialog = open_dialog()
    ready(qtbot, dialog)
    pages = []
    for key in ("summary", "results", "approval"):
        dialog.sections.setCurrentItem(item(dialog, key))
        pages.append(dialog.pages.page)
    assert pages == sorted(set(pages))
    assert pages[0] == 3  # after cover, letter, and the contents with how to read the report
    assert pages[-1] >= len(dialog.pages.pages) - 2


def test_every_section_has_a_page_to_go_to(qtbot, open_dialog):
    dialog = open_dialog()
    ready(qtbot, dialog)
    for _, title in SECTIONS:
        assert any(name.endswith(title) for name in dialog._sections), title


def test_quick_changes_make_the_pages_once_more_for_the_last_of_them(qtbot, open_dialog):
    asked = []

    def preview(folder, options, width_px, report):
        asked.append(options.operator)
        return REAL.preview_report(folder, options, 60, report)

    dialog = open_dialog(preview=preview)
    ready(qtbot, dialog)
    qtbot.keyClicks(dialog.operator, "A. Rossi")
    ready(qtbot, dialog)
    assert asked[0] == ""
    assert asked[-1] == "A. Rossi"
    assert len(asked) < 5  # not once a letter


def test_what_goes_wrong_is_said_in_place(qtbot, open_dialog):
    def preview(folder, options, width_px, report):
        raise ReportError("The report could not be set: no ink.")

    dialog = open_dialog(preview=preview)
    qtbot.waitUntil(lambda: "no ink" in dialog.state.text())


def test_enter_in_a_field_leaves_the_dialog_as_it_is(qtbot, open_dialog):
    dialog = open_dialog()
    ready(qtbot, dialog)
    qtbot.keyClicks(dialog.operator, "A. Rossi")
    qtbot.keyClick(dialog.operator, Qt.Key.Key_Return)
    assert dialog.isVisible()
    assert dialog.operator.text() == "A. Rossi"


def test_leaving_while_pages_are_made_is_possible(qtbot, open_dialog):
    dialog = open_dialog()
    dialog.reject()
    assert not dialog.isVisible()


@pytest.fixture
def win(qtbot, window, folder):
    win = window(write_report=REAL.write_report, preview_report=REAL.preview_report)
    win.controller.open_run(folder)
    qtbot.waitUntil(lambda: win.controller.finished is not None and not win.working)
    return win


def test_the_window_and_the_terminal_give_the_same_bytes(qtbot, win, folder, tmp_path):
    win.menus.by_id["export"].trigger()
    dialog = win.reports.dialog
    click(qtbot, dialog.paper.button("letter"))
    qtbot.keyClicks(dialog.operator, "A. Rossi")
    qtbot.keyClicks(dialog.question, "May scanner B join?")
    dialog.attached["results.csv"].setChecked(False)
    item(dialog, "checklist").setCheckState(Qt.CheckState.Unchecked)
    dialog.save_to(tmp_path / "window.pdf")
    qtbot.waitUntil(lambda: "The report is written" in texts(win), timeout=30_000)
    options = ["--paper", "letter", "--operator", "A. Rossi", "--question", "May scanner B join?",
               "--without", "results.csv", "--leave-out", "checklist"]  # fmt: skip
    assert run(["report", str(folder), "--out", str(tmp_path / "cli.pdf"), *options]) == EXIT_DONE
    written = (tmp_path / "window.pdf").read_bytes()
    assert (tmp_path / "cli.pdf").read_bytes() == written
    digest = hashlib.sha256(written).hexdigest()
    assert (tmp_path / "window.pdf.sha256").read_text() == f"{digest}  window.pdf\n"
    assert set(pypdf.PdfReader(tmp_path / "window.pdf").attachments) == {
        "environment.txt", "run.json",
    }  # fmt: skip


def test_choices_are_there_again_the_next_time(qtbot, win, window, folder, tmp_path):
    win.menus.by_id["export"].trigger()
    qtbot.keyClicks(win.reports.dialog.site, "Northfield")
    win.reports.dialog.file_names.setChecked(True)
    win.reports.dialog.save_to(tmp_path / "a.html")
    qtbot.waitUntil(lambda: "The report is written" in texts(win), timeout=30_000)
    assert b"Northfield" in (tmp_path / "a.html").read_bytes()
    assert b"Meyer_Anna_1961" in (tmp_path / "a.html").read_bytes()
    other = window()
    other.controller.open_run(folder)
    qtbot.waitUntil(lambda: other.controller.finished is not None)
    other.menus.by_id["export"].trigger()
    options = other.reports.dialog.options
    assert (options.site, options.show_file_names) == ("Northfield", True)
    other.reports.dialog.reject()


@pytest.mark.parametrize("cohort", [False, True])
def test_pages_for_each_slide_are_offered_for_a_cohort_alone(qtbot, open_dialog, cohort):
    dialog = open_dialog(cohort=cohort)
    assert dialog.each_slide.isVisible() is cohort
    assert dialog.attached[SLIDES_TABLE].isVisible() is cohort
    dialog.each_slide.setChecked(cohort)
    assert dialog.options.each_slide is cohort
    ready(qtbot, dialog)
