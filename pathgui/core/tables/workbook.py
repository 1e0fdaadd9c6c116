"""Workbooks of Excel and LibreOffice.

Excel's are read row by row: a sheet's far corner costs nothing until it is reached. Others (.ods,
.xls, .xlsb) are read by another library, sheet by sheet.
"""

from __future__ import annotations

import datetime
import io
import itertools
import re
import warnings
import zipfile
from collections.abc import Iterable
from typing import Any

from pathgui.core.language.texts import say
from pathgui.core.tables.cells import label_text
from pathgui.core.tables.delimited import LOOKED_AT, NoTable, Rows
from pathgui.core.tables.headings import known

_MOST_BYTES = 1 << 30  # unpacked
_MOST_CELLS = 50_000_000
_CELLS_END = b"</sheetData>"
Range = tuple[tuple[int, int], tuple[int, int]]  # (row, column) of its first and its last cell


def read_workbook(content: bytes) -> Rows:
    """The rows of the sheet that has most of the known headings; numbers as Excel keeps them.

    Raises
    ------
    NoTable
        If it is no workbook, or one too large to be a table of tiles or slides.
    """
    import openpyxl

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if sum(part.file_size for part in archive.infolist()) > _MOST_BYTES:
                raise NoTable(
                    say("it unpacks to more than {MOST_BYTES:,} MB", MOST_BYTES=_MOST_BYTES >> 20)
                )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of colors and drop-down lists, which are not read
            book = openpyxl.load_workbook(
                io.BytesIO(content), read_only=True, data_only=True, keep_links=False
            )
            try:
                return _rows(book, content)
            finally:
                book.close()
    except NoTable:
        raise
    except Exception as error:  # openpyxl stumbles over damage with errors of every class
        raise NoTable(
            say("it is damaged or no Excel workbook ({name})", name=type(error).__name__)
        ) from error


def read_other_workbook(content: bytes) -> Rows:
    """As :func:`read_workbook`, of OpenDocument and of Excel's other formats.

    Raises
    ------
    NoTable
        If it is none of these, or one too large to be a table of tiles or slides.
    """
    import python_calamine

    told = "OpenDocument" if content.startswith(b"PK\x03\x04") else "Excel"
    try:
        if content.startswith(b"PK\x03\x04"):
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                if sum(part.file_size for part in archive.infolist()) > _MOST_BYTES:
                    raise NoTable(
                        say(
                            "it unpacks to more than {MOST_BYTES:,} MB",
                            MOST_BYTES=_MOST_BYTES >> 20,
                        )
                    )
                told = "Excel" if any("xl/" in name for name in archive.namelist()) else told
        with python_calamine.load_workbook(io.BytesIO(content)) as book:
            names = book.sheet_names
            found = [book.get_sheet_by_name(name) for name in names]
            for sheet in found:
                if sheet.height * sheet.width > _MOST_CELLS:
                    raise NoTable(
                        say(
                            "the sheet {sheet_name} has more than {MOST_CELLS:,} cells",
                            sheet_name=sheet.name,
                            MOST_CELLS=_MOST_CELLS,
                        )
                    )
            sheets = [sheet.to_python() for sheet in found]
            merged = [sheet.merged_cell_ranges or [] for sheet in found]
    except NoTable:
        raise
    except Exception as error:  # the library's own errors and those of zip
        raise NoTable(
            say("it is damaged or no workbook ({name})", name=type(error).__name__)
        ) from error
    if not sheets:
        raise NoTable(say("it has no sheet"))
    rows = [[[_text(cell) for cell in row] for row in sheet] for sheet in sheets]
    worth = [max((known(row) for row in each[:LOOKED_AT]), default=0) for each in rows]
    at = worth.index(max(worth))
    said = [told if len(names) == 1 else say('{told}, sheet "{names}"', told=told, names=names[at])]
    return Rows(rows[at], "", said + _spread(rows[at], merged[at]))


def _rows(book: Any, content: bytes) -> Rows:
    sheets = book.worksheets
    worth = []
    for sheet in sheets:
        sheet.reset_dimensions()  # what the file claims of its own size
        head = itertools.islice(sheet.iter_rows(values_only=True), LOOKED_AT)
        worth.append(max((known([_text(cell) for cell in row]) for row in head), default=0))
    if not sheets:
        raise NoTable(say("it has no sheet"))
    sheet = sheets[worth.index(max(worth))]
    rows, cells = [], 0
    for row in sheet.iter_rows(values_only=True):
        cells += len(row) + 1
        if cells > _MOST_CELLS:
            raise NoTable(
                say(
                    "the sheet {sheet_title} has more than {MOST_CELLS:,} cells",
                    sheet_title=sheet.title,
                    MOST_CELLS=_MOST_CELLS,
                )
            )
        rows.append([_text(cell) for cell in row])
    told = (
        ["Excel"]
        if len(sheets) == 1
        else [say('Excel, sheet "{sheet_title}"', sheet_title=sheet.title)]
    )
    return Rows(rows, "", told + _spread(rows, _merged(content, sheet._worksheet_path)))


def _merged(content: bytes, part: str) -> list[Range]:
    """The merged cells of a sheet. They stand behind its rows, where its reader never comes."""
    from openpyxl.utils.cell import range_boundaries

    rest = b""
    with zipfile.ZipFile(io.BytesIO(content)) as archive, archive.open(part) as sheet:
        while chunk := sheet.read(1 << 20):
            rest += chunk
            end = rest.rfind(_CELLS_END)
            rest = rest[end if end >= 0 else -len(_CELLS_END) :]
    found = []
    for match in re.finditer(rb'<(?:\w+:)?mergeCell\s[^>]*?ref="([A-Z]+\d+:[A-Z]+\d+)"', rest):
        left, top, right, bottom = range_boundaries(match[1].decode())
        found.append(((top - 1, left - 1), (bottom - 1, right - 1)))
    return found


def _spread(rows: list[list[str]], merged: Iterable[Range]) -> list[str]:
    """Write the value of a cell that spans rows into each of them; says so where it did."""
    spread = False
    for (top, column), (bottom, _) in merged:
        above = rows[top] if top < len(rows) else []
        value = above[column] if column < len(above) else ""
        for row in rows[top + 1 : bottom + 1] if value else ():
            row.extend([""] * (column + 1 - len(row)))
            if not row[column]:
                row[column], spread = value, True
    return [say("a cell that spans rows counts for each of them")] if spread else []


def _text(cell: Any) -> str:
    """What a cell shows. Excel has no whole numbers: 7 and 7.0 are the same to it."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, datetime.datetime) and cell.time() == datetime.time():
        return cell.date().isoformat()
    return label_text(cell)
