"""Cells to and from the clipboard, as spreadsheets write them. Without Qt."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, field

from pathgui.core.cohort.column_proposal import propose_columns
from pathgui.core.cohort.slide_table import FILE, SLIDE_ID
from pathgui.core.errors import CohortError
from pathgui.core.reference.same_slide import file_key, slide_key
from pathgui.core.tables.read import Sheet, read_pasted
from pathgui.gui.cohort.content import Content


def to_text(block: Sequence[Sequence[str]]) -> str:
    """Cells parted by tabs; one that holds a tab, a quote or a new line stands in quotes."""
    out = io.StringIO(newline="")
    csv.writer(out, delimiter="\t", lineterminator="\n").writerows(block)
    return out.getvalue().removesuffix("\n")


def to_block(text: str) -> list[list[str]]:
    """The cells of a text that a spreadsheet copied. Rows may differ in length."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").removesuffix("\n")
    try:
        return [row or [""] for row in csv.reader(io.StringIO(text), delimiter="\t")]
    except csv.Error:  # a cell of over 128 KiB, or a null character: taken as it is
        return [line.split("\t") for line in text.split("\n")]


def as_table(text: str, content: Content) -> Sheet | None:
    """What is pasted, where its rows say themselves which slides they are of.

    Such a table has headings of which one names the slide, or a column whose cells are names of
    slides that there are. None: cells without such a column, which go where the cursor is.
    """
    block = to_block(text)
    if len(block) < 2 or max(map(len, block)) < 2:
        return None
    try:
        sheet = read_pasted(text.encode(), CohortError)
    except CohortError:
        return None
    columns = {each.column for each in propose_columns(sheet, content.columns).columns}
    if columns & {SLIDE_ID, FILE} or slide_column(sheet, content) is not None:
        return sheet
    return None


def slide_column(sheet: Sheet, content: Content) -> int | None:
    """The column most of whose cells name slides that there are; None if there is none."""
    slides = content.slides
    known = {slide_key(name) for name in slides.slide_ids} | {
        file_key(name) for name in slides.column(FILE)
    }
    known.discard("")
    for at, cells in enumerate(sheet.columns):
        there = [text for text in cells if text]
        named = sum(slide_key(text) in known or file_key(text) in known for text in there)
        if there and 2 * named > len(there):
            return at
    return None


@dataclass(frozen=True)
class Pasted:
    """Cells to be changed, by row and column of what is shown, and what did not fit."""

    cells: dict[tuple[int, int], str] = field(default_factory=dict)
    left_over: int = 0


def place(
    block: Sequence[Sequence[str]],
    at: Sequence[tuple[int, int]],
    n_rows: int,
    editable: Sequence[bool],
) -> Pasted:
    """Where the cells of ``block`` go.

    One cell fills all that are selected. A block begins at the upper left of the selection; where
    the selection is a multiple of its height, it is repeated down.

    Parameters
    ----------
    at
        The selected cells, (row, column) as shown.
    n_rows
        Rows that are shown.
    editable
        Of each column, whether its cells can be typed in.
    """
    if not at or not block:
        return Pasted()
    if len(block) == 1 and len(block[0]) == 1:
        cells = {spot: block[0][0] for spot in at if editable[spot[1]]}
        return Pasted(cells, len(at) - len(cells))
    top, left = min(row for row, _ in at), min(column for _, column in at)
    height = max(row for row, _ in at) - top + 1
    times = height // len(block) if height % len(block) == 0 else 1
    found: dict[tuple[int, int], str] = {}
    left_over = 0
    for down, texts in enumerate(list(block) * max(1, times)):
        for across, text in enumerate(texts):
            row, column = top + down, left + across
            if row < n_rows and column < len(editable) and editable[column]:
                found[row, column] = text.strip()
            else:
                left_over += 1
    return Pasted(found, left_over)
