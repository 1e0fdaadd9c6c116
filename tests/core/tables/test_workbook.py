"""Workbooks of Excel and LibreOffice become rows of text."""

from __future__ import annotations

import datetime
import io
import zipfile

import openpyxl
import pytest

from pathgui.core.tables.delimited import NoTable
from pathgui.core.tables.workbook import read_other_workbook, read_workbook


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


@pytest.mark.parametrize("read", [read_workbook, read_other_workbook])
def test_a_cell_that_spans_rows_counts_for_each_of_them(read):
    book = openpyxl.Workbook()
    rows = [["slide_id", "center", "patient"], ["A", "N", "p1"], ["B"], ["C", "S", "p2"], ["D"]]
    for row in (["Slides of 2025"], *rows):
        book.active.append(row)
    for cells in ("A1:C1", "B3:B4", "B5:C6"):  # a title, a center of two slides, a block
        book.active.merge_cells(cells)
    content = io.BytesIO()
    book.save(content)
    found = read(content.getvalue())
    assert [row[:2] for row in found.rows[2:]] == [["A", "N"], ["B", "N"], ["C", "S"], ["D", "S"]]
    assert found.rows[0][1:] in ([], ["", ""])
    assert found.told == ["Excel", "a cell that spans rows counts for each of them"]


def test_what_is_no_workbook_is_one_sentence():
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("a.txt", "a")
    for content in (b"", b"text", archive.getvalue(), workbook(a=[[1]])[:-200]):
        with pytest.raises(NoTable, match="damaged or no Excel workbook"):
            read_workbook(content)


OFFICE = "urn:oasis:names:tc:opendocument:xmlns"


def open_document(**sheets):
    """A workbook as LibreOffice writes it, with the empty rows to the end of the sheet."""

    def cell(value):
        if isinstance(value, float):
            return f'<table:table-cell office:value-type="float" office:value="{value}"/>'
        text = f"<text:p>{value}</text:p>"
        return f'<table:table-cell office:value-type="string">{text}</table:table-cell>'

    tables = "".join(
        f'<table:table table:name="{name}">'
        + "".join(f"<table:table-row>{''.join(map(cell, row))}</table:table-row>" for row in rows)
        + '<table:table-row table:number-rows-repeated="1048000"><table:table-cell '
        'table:number-columns-repeated="16384"/></table:table-row></table:table>'
        for name, rows in sheets.items()
    )
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content '
        f'xmlns:office="{OFFICE}:office:1.0" xmlns:table="{OFFICE}:table:1.0" '
        f'xmlns:text="{OFFICE}:text:1.0" office:version="1.3"><office:body><office:spreadsheet>'
        f"{tables}</office:spreadsheet></office:body></office:document-content>"
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    manifest = (
        '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{kind}"/>'
        "</manifest:manifest>"
    )
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("mimetype", kind)
        archive.writestr("META-INF/manifest.xml", manifest)
        archive.writestr("content.xml", content)
    return packed.getvalue()


def test_a_workbook_of_libreoffice_is_read_and_its_empty_rows_cost_nothing():
    content = open_document(
        notes=[["read me"]], slides=[["slide_id", "mpp"], ["A", 0.25], ["B", 7.0]]
    )
    found = read_other_workbook(content)
    assert found.rows == [["slide_id", "mpp"], ["A", "0.25"], ["B", "7"]]
    assert found.told == ['OpenDocument, sheet "slides"']


def test_what_is_no_other_workbook_is_one_sentence():
    for content in (b"", b"text", workbook(a=[[1]])[:-200], open_document(a=[["x"]])[:-40]):
        with pytest.raises(NoTable, match="damaged or no workbook"):
            read_other_workbook(content)


def test_a_sheet_of_too_many_cells_is_refused_before_it_is_laid_out(monkeypatch):
    monkeypatch.setattr("pathgui.core.tables.workbook._MOST_CELLS", 3)
    with pytest.raises(NoTable, match="the sheet slides has more than 3 cells"):
        read_other_workbook(open_document(slides=[["slide_id", "mpp"], ["A", 0.25]]))
