"""What the slide table shows, and the way back from each change of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QUndoStack

from pathgui.core.cohort.check import Fault
from pathgui.core.cohort.record import Roles
from pathgui.gui.cohort.book import SlideBook
from pathgui.gui.cohort.clipboard import as_table, place, to_block, to_text
from pathgui.gui.cohort.content import Content, sorted_rows
from pathgui.gui.cohort.slide_model import ResultColumn, SlideModel, block_of

PATHS = [Path(f"/s/S{n}.tif") for n in (10, 2, 1)]
CONTENT = Content().with_files(PATHS)


def centers(book: SlideBook) -> list[str]:
    return book.content.slides.column("center")


def shown(model: SlideModel) -> list[str]:
    return [model.text_at(row, 0) for row in range(model.rowCount())]


def test_every_change_has_a_way_back_and_forth(qapp):
    undo = QUndoStack()
    book = SlideBook(undo)
    book.show(CONTENT)
    book.edit("fill", {(0, "center"): "North", (1, "center"): "North"})
    book.change("take out", book.content.without_rows([0]))
    assert book.content.files == tuple(PATHS[1:])
    undo.undo()
    assert centers(book) == ["North", "North", ""]
    undo.undo()
    assert centers(book) == ["", "", ""]
    undo.redo()
    undo.redo()
    assert book.content.files == tuple(PATHS[1:])
    assert undo.undoText() == "take out"


def test_a_step_back_leaves_slides_that_were_opened_since(qapp):
    undo = QUndoStack()
    book = SlideBook(undo)
    book.show(CONTENT)
    book.edit("center", {(0, "center"): "North"})
    other = Path("/s/other.tif")
    book.extend(book.content.with_files([other]))
    book.edit("center", {(3, "center"): "South"})
    undo.undo()
    undo.undo()
    assert book.content.files == (*PATHS, other)
    assert centers(book) == [""] * 4
    undo.redo()
    undo.redo()
    assert centers(book) == ["North", "", "", "South"]


def test_a_table_that_is_read_only_says_why_and_stays(qapp):
    book = SlideBook(QUndoStack())
    book.show(CONTENT, "It is read-only.")
    said = []
    book.refused.connect(said.append)
    assert not book.edit("center", {(0, "center"): "North"})
    assert said == ["It is read-only."]
    assert book.content == CONTENT
    model = SlideModel()
    model.show(CONTENT, locked=True)
    assert not model.flags(model.index(0, 2)) & Qt.ItemFlag.ItemIsEditable


def test_a_table_is_work_once_it_says_what_neither_slides_nor_the_panel_do():
    one, two = (Content().with_files([Path("/s/a.tif"), Path("/s/b.tif")][:n]) for n in (1, 2))
    assert not Content().is_work
    assert not two.is_work
    assert not one.with_cells({(0, "center"): "North", (0, "mpp"): "0.5"}).is_work
    assert one.with_cells({(0, "scanner"): "P250"}).is_work
    assert one.with_cells({(0, "slide_id"): "S1"}).is_work
    assert two.with_cells({(0, "center"): "North"}).is_work
    assert replace(two, roles=Roles(center="scanner")).is_work
    assert two.with_slides(two.slides.with_rows([{"slide_id": "S3"}])).is_work


def test_numbers_in_names_are_sorted_by_size_and_empty_cells_come_last():
    texts = ["S10", "", "s2", "S1"]
    assert sorted_rows(texts, range(4), descending=False) == [3, 2, 0, 1]
    assert sorted_rows(texts, range(4), descending=True) == [0, 2, 3, 1]


def test_a_filter_finds_rows_in_which_each_word_stands_anywhere():
    content = CONTENT.with_cells({(0, "center"): "Süd Klinik", (1, "center"): "Nord"})
    assert content.matching("klinik s10") == [0]
    assert content.matching("") == [0, 1, 2]


def test_the_model_sorts_filters_and_keeps_rows_apart_from_places(qapp):
    model = SlideModel()
    model.show(CONTENT, locked=False)
    model.sort(0)
    assert shown(model) == ["S1", "S2", "S10"]
    assert [model.row_at(i) for i in range(3)] == [2, 1, 0]
    model.filter("s1")
    assert shown(model) == ["S1", "S10"]
    model.sort(-1)
    assert shown(model) == ["S10", "S1"]


def test_a_row_says_what_it_lacks_and_why_wherever_it_is_shown(qapp):
    model = SlideModel()
    model.show(CONTENT, locked=False)
    model.show_faults([Fault(1, "S10", "center", "it has no center")], frozenset({0, 1}))
    model.sort(0)
    assert [model.text_at(row, 1) for row in range(3)] == ["", "", "center"]
    tips = [model.data(model.index(row, 1), Qt.ItemDataRole.ToolTipRole) for row in range(3)]
    assert tips == ["Not looked at yet.", "It lacks nothing.", "It has no center."]


def test_columns_of_results_are_sorted_by_their_numbers(qapp):
    model = SlideModel()
    model.show(CONTENT, locked=False)
    texts = {"S10": "0.9 (0.8 to 1)", "S2": "–", "S1": "0.10"}
    model.show_results([ResultColumn("uni", "UNI", "", texts, {"S10": 0.9, "S1": 0.1})])
    column = model.columnCount() - 3
    assert model.headerData(column, Qt.Orientation.Horizontal) == "UNI"
    model.sort(column, Qt.SortOrder.DescendingOrder)
    assert shown(model) == ["S10", "S1", "S2"]


def test_cells_go_to_a_spreadsheet_and_come_back():
    block = [["a", 'say "b"'], ["two\nlines", "tab\there"], ["", "ü"]]
    assert to_block(to_text(block)) == block
    assert to_block("a\tb\r\nc\td\r\n") == [["a", "b"], ["c", "d"]]


def test_one_cell_fills_the_selection_and_a_block_begins_at_its_corner():
    editable = [True, False, True, True]
    one = place([["x"]], [(0, 0), (1, 0), (1, 1)], 5, editable)
    assert (one.cells, one.left_over) == ({(0, 0): "x", (1, 0): "x"}, 1)
    block = place([["a", "b"], ["c", "d"]], [(3, 3)], 5, editable)
    assert (block.cells, block.left_over) == ({(3, 3): "a", (4, 3): "c"}, 2)
    down = place([["a"], ["b"]], [(row, 2) for row in range(4)], 5, editable)
    assert [down.cells[row, 2] for row in range(4)] == ["a", "b", "a", "b"]


def test_a_pasted_table_that_names_its_slides_is_told_from_cells():
    table = "slide\tKlinik\nS2\tNord\nS1\tSüd"
    found = as_table(table, CONTENT)
    assert found is not None
    assert found.headings == ("slide", "Klinik")
    without_headings = as_table("S2.tif\tNord\nS1.tif\tSüd", CONTENT)
    assert without_headings is not None
    assert without_headings.n_rows == 2
    assert as_table("Nord\tP1\nSüd\tP2", CONTENT) is None
    assert as_table("North", CONTENT) is None


def test_what_is_copied_is_the_rectangle_around_the_selection(qapp):
    model = SlideModel()
    model.show(CONTENT.with_cells({(0, "center"): "North"}), locked=False)
    assert block_of(model, [(0, 0), (0, 2), (1, 0)]) == [["S10", "", "North"], ["S2", "", ""]]


def test_a_change_is_no_step_and_what_is_taken_back_or_done_again_is_one(qapp):
    """A step brings the table to the front; what is said beside the slide does not."""
    undo = QUndoStack()
    book, steps = SlideBook(undo), []
    book.stepped.connect(lambda: steps.append(book.content.slides.cell(0, "center")))
    book.show(Content().with_files([Path("/nowhere/A.svs")]))
    book.edit("center", {(0, "center"): "North"})
    assert steps == []
    undo.undo()
    undo.redo()
    assert steps == ["", "North"]
