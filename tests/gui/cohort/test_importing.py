"""A table, a project or the names of folders are shown first, and taken as they are shown."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QUndoStack

from pathgui.core.cohort.file_proposals import accept, from_paths
from pathgui.core.cohort.new_slides import locate
from pathgui.gui.cohort import import_control
from pathgui.gui.cohort.content import Content
from pathgui.gui.cohort.import_page import ImportPage
from pathgui.gui.cohort.proposals_dialog import ProposalsDialog
from pathgui.gui.jobs.desk import Desk
from pathgui.gui.jobs.jobs import JobRunner
from pathgui.gui.jobs.message_bar import MessageArea
from pathgui.gui.jobs.services import Services
from tests.core.cohort.making import sheet, slide
from tests.gui.cohort.test_slide_table import column, select
from tests.gui.conftest import idle, texts

CONTENT = Content().with_files([Path(f"/s/{folder}/S{n}.tif") for n, folder in enumerate("NNS")])
TABLE = sheet("slide,Klinik,note", "S0,Nord,pale", "S1.tif,Nord,", "S9,West,", "S2,Süd,")


@pytest.fixture
def page(qtbot):
    """Makes pages around a desk of their own."""
    owner = QObject()
    runners = [JobRunner(owner) for _ in range(3)]
    desk = Desk(Services(), MessageArea(), *runners, lambda error: pytest.fail(str(error)))

    def make(table: Any = TABLE, content: Content = CONTENT) -> ImportPage:
        made = ImportPage(desk, table, content)
        qtbot.addWidget(made)
        made.open()
        qtbot.waitUntil(lambda: not desk.quick.busy)
        return made

    yield make
    runners[1].shutdown()
    QUndoStack(owner)


def test_the_page_shows_rows_and_says_what_is_only_proposed(qtbot, page):
    shown = page()
    assert shown.preview.item(1, 1).text() == "Nord"
    assert shown.boxes["slide"].currentData() == "slide_id"
    assert '"Klinik" is the center' in shown.hint.text()
    qtbot.waitUntil(shown.take_button.isEnabled)
    said = shown.said.toPlainText()
    assert "3 of 4 rows are taken." in said
    assert "In the table, but no slide here (1): S9." in said


def test_what_is_chosen_is_taken_and_what_is_left_out_is_not(qtbot, page):
    shown = page()
    taken = []
    shown.taken.connect(lambda *given: taken.append(given))
    shown.boxes["Klinik"].choose("stain")
    shown.boxes["note"].choose("")
    shown.add_box.setChecked(True)
    qtbot.waitUntil(lambda: shown.take_button.text() == "Take 4 rows")
    shown.take_button.click()
    ((proposal, add),) = taken
    assert {each.heading: each.column for each in proposal.columns} == {
        "slide": "slide_id",
        "Klinik": "stain",
    }
    assert add


def test_a_page_that_cannot_be_taken_says_why(qtbot, page):
    shown = page()
    shown.boxes["Klinik"].choose("tissue")
    shown.boxes["note"].choose("tissue")
    shown.boxes["note"].activated.emit(0)
    qtbot.waitUntil(lambda: "cannot both be the tissue" in shown.said.toPlainText())
    assert not shown.take_button.isEnabled()
    other = page(sheet("a,b", "x,1", "y,2"))
    assert "which column names the slides" in other.said.toPlainText()


def test_a_second_column_of_one_name_is_said_before_anything_is_taken(qtbot, page):
    shown = page(sheet("slide,center,center", "S0,Nord,1", "S2,Süd,2"))
    sentence = 'A column "center" is called "center (2)": another one has its name.'
    assert sentence in shown.hint.text()
    assert shown.preview.horizontalHeaderItem(2).toolTip() == sentence
    qtbot.waitUntil(shown.take_button.isEnabled)
    assert sentence in shown.said.toPlainText()
    shown.boxes["center (2)"].choose("")
    shown.boxes["center (2)"].activated.emit(0)
    assert sentence not in shown.hint.text()


def test_a_column_of_names_without_a_heading_is_proposed_to_name_the_slides(qtbot, page):
    shown = page(sheet("column 1,column 2", "Nord,S0", "Süd,S2"))
    assert shown.boxes["column 2"].currentData() == "slide_id"
    assert '"column 2" is the slide_id' in shown.hint.text()


def test_names_of_folders_are_taken_into_the_column_that_the_user_names(qtbot):
    dialog = ProposalsDialog(from_paths(CONTENT.files), CONTENT)
    qtbot.addWidget(dialog)
    (row,) = dialog.rows
    assert not dialog.take_button.isEnabled()
    row.column.choose("center")
    row.column.activated.emit(0)
    ((proposal, into),) = dialog.wanted
    slides, filled, kept = accept(CONTENT.slides, proposal, into)
    assert (slides.column("center"), filled, kept) == (["N", "N", "S"], 3, 0)


def shown_page(qtbot, win, path: Path) -> ImportPage:
    """The page of a table that is dropped, once it knows what it would take."""
    former = win.cohort.imports.page
    win.cohort_panel.dropped.emit([path])
    qtbot.waitUntil(lambda: win.cohort.imports.page is not former, timeout=5000)
    page = win.cohort.imports.page
    qtbot.waitUntil(page.take_button.isEnabled, timeout=5000)
    return page


class SlowDisk:
    """Looking for the files of a table takes as long as the test wants."""

    def __init__(self, monkeypatch) -> None:
        self._go = threading.Event()

        def slow(*given: Any) -> Any:
            assert self._go.wait(10)
            return locate(*given)

        monkeypatch.setattr(import_control, "locate", slow)

    def goes_on(self) -> None:
        """From now on it takes no time."""
        self._go.set()


def test_a_table_and_moved_slides_come_into_the_window(qtbot, window, tmp_path, monkeypatch):
    for n, folder in enumerate(("North", "North", "South")):
        slide(tmp_path / "scans" / folder / f"S{n}.tif", n)
    table = tmp_path / "slides.csv"
    table.write_text("slide;Klinik;mpp\nS0;Nord;0,5\nS1;Nord;\nS2;Süd;\n", encoding="cp1252")
    win = window()
    win.open_slides([tmp_path / "scans"])
    qtbot.waitUntil(lambda: len(column(win, "slide_id")) == 3)
    assert "North, South" in texts(win)
    win.cohort.control.save_as(tmp_path / "C.pgcohort")
    qtbot.waitUntil(lambda: win.cohort.is_on_disk)
    qtbot.waitUntil(idle(win), timeout=10_000)

    win.cohort_panel.dropped.emit([table])
    qtbot.waitUntil(lambda: win.cohort.imports.page is not None)
    page = win.cohort.imports.page
    qtbot.waitUntil(page.take_button.isEnabled)
    page.take_button.click()
    qtbot.waitUntil(lambda: column(win, "center") == ["Nord", "Nord", "Süd"], timeout=5000)
    assert win.cohort.book.content.given_mpp(0) == 0.5
    win.undo.undo()
    assert column(win, "center") == ["", "", ""]

    # A page that is cancelled takes nothing, nor does a table that is cancelled while it is taken.
    before = win.cohort.book.content
    page = shown_page(qtbot, win, table)
    qtbot.keyClick(page, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not page.isVisible())
    disk = SlowDisk(monkeypatch)
    page = shown_page(qtbot, win, table)
    page.take_button.click()
    assert "Taking the table…" in texts(win)
    bar = next(bar for bar in win.messages.bars if "Cancel" in bar.buttons)
    select(win, (0, "center"))
    win.cohort_panel.grid.fill("typed meanwhile")
    assert "Nothing was changed" in texts(win)
    bar.buttons["Cancel"].click()
    disk.goes_on()
    qtbot.waitUntil(idle(win), timeout=5000)
    assert win.cohort.book.content == before
    assert not win.cohort.book.why_read_only

    # A QuPath project goes the same way.
    project = tmp_path / "project.qpproj"
    scan = {"builderType": "uri", "uri": (tmp_path / "scans" / "North" / "S1.tif").as_uri()}
    image = {"serverBuilder": scan, "imageName": "S1.tif", "metadata": {"Case": "P1"}}
    project.write_text(json.dumps({"version": "0.5.1", "images": [image]}), encoding="utf-8")
    page = shown_page(qtbot, win, project)
    assert "Case" in page.boxes
    page.boxes["Case"].choose("patient_id")
    page.boxes["Case"].activated.emit(0)
    qtbot.waitUntil(page.take_button.isEnabled)
    page.take_button.click()
    qtbot.waitUntil(lambda: column(win, "patient_id") == ["", "P1", ""], timeout=5000)

    (tmp_path / "scans").rename(tmp_path / "moved")
    win.cohort.control.close()
    qtbot.waitUntil(lambda: not win.cohort.is_on_disk)
    win.open_slides([tmp_path / "C.pgcohort"])
    qtbot.waitUntil(lambda: win.cohort.is_on_disk)
    assert win.cohort.book.content.files == (None, None, None)
    win.cohort_panel.grid.slide_wanted.emit(0)
    assert "is not found" in texts(win)
    win.cohort.imports.find(tmp_path / "moved")
    qtbot.waitUntil(lambda: None not in win.cohort.book.content.files, timeout=5000)
    assert "3 slides were found again." in texts(win)

    (tmp_path / "broken.csv").write_bytes(b"\0\1\2")
    win.cohort_panel.dropped.emit([tmp_path / "broken.csv"])
    qtbot.waitUntil(lambda: "broken.csv cannot be read" in texts(win, "error"), timeout=5000)
