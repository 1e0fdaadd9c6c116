"""Excel workbooks become rows of text."""

from __future__ import annotations

import datetime
import io
import zipfile

import openpyxl
import pytest

from pathgui.core.tables.delimited import NoTable
from pathgui.core.tables.workbook import read_workbook


def workbook(**sheets):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def test_cells_are_what_a_reader_sees():
    rows = [["slide_id", "x", "cut on", "ok"], ["A", 7.0, datetime.datetime(2024, 5, 3), True]]
    found = read_workbook(workbook(tiles=rows))
    assert found.rows[0] == rows[0]
    assert found.rows[1][:3] == ["A", "7", "2024-05-03"]
    assert found.told == ["Excel"]


def test_the_sheet_with_the_known_headings_is_taken_and_named():
    found = read_workbook(workbook(notes=[["read me"]], tiles=[["slide_id", "center"], ["A", "N"]]))
    assert found.rows == [["slide_id", "center"], ["A", "N"]]
    assert found.told == ['Excel, sheet "tiles"']


def test_what_is_no_workbook_is_one_sentence():
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("a.txt", "a")
    for content in (b"", b"text", archive.getvalue(), workbook(a=[[1]])[:-200]):
        with pytest.raises(NoTable, match="damaged or no Excel workbook"):
            read_workbook(content)
