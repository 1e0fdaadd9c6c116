"""Texts that are made of Markdown, as wide as their view: tables and commands.

Columns of tables are as wide as what stands in them; lines of code are broken.
"""

from __future__ import annotations

import re

from PySide6.QtGui import QTextCursor, QTextDocument, QTextLength, QTextTable

_LONGEST_WORD = 24  # letters; a file name that is longer is broken
_OF_SENTENCES = 30  # letters that a column of sentences gets where others need their words
_BESIDE = 3  # letters that the margins of a cell take
_WIDTH = 99.5  # percent; with 100, Qt's rounding is a pixel too wide, and the page scrolls by it


def fit_width(document: QTextDocument) -> None:
    """Make nothing in a text wider than its view, so that it scrolls down only."""
    _fit_tables(document)
    block = document.begin()
    while block.isValid():
        form = block.blockFormat()
        if form.nonBreakableLines():  # of code
            form.setNonBreakableLines(False)
            QTextCursor(block).setBlockFormat(form)
        block = block.next()


def _fit_tables(document: QTextDocument) -> None:
    """Give the columns of each table widths after their texts.

    Qt takes room from the column with the longest text, where whole sentences stand, and leaves it
    three words a line.
    """
    for frame in document.rootFrame().childFrames():
        if isinstance(frame, QTextTable):
            shares = _shares(_texts(frame))
            form = frame.format().toTableFormat()
            percent = QTextLength.Type.PercentageLength
            form.setWidth(QTextLength(percent, _WIDTH))
            form.setColumnWidthConstraints([QTextLength(percent, 100 * each) for each in shares])
            frame.setFormat(form)


def _texts(table: QTextTable) -> list[list[str]]:
    """The texts of each column."""
    found = []
    for column in range(table.columns()):
        texts = []
        for row in range(table.rows()):
            cursor = table.cellAt(row, column).firstCursorPosition()
            texts.append(cursor.block().text())
        found.append(texts)
    return found


def _shares(columns: list[list[str]]) -> list[float]:
    """Shares of the width: room for the longest word, and more for sentences.

    >>> _shares([["k", "--k"], ["How many", "count for it"]])
    [0.3333333333333333, 0.6666666666666666]
    """
    wanted = []
    for texts in columns:
        letters = sum(map(len, texts))
        word = max((len(word) for text in texts for word in re.findall(r"\w+", text)), default=1)
        wanted.append(max(min(letters**0.5, _OF_SENTENCES), min(word, _LONGEST_WORD) + _BESIDE))
    return [each / sum(wanted) for each in wanted]
