"""Tables and commands of the manual, as a reader meets them."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QTextDocument, QTextTable

from pathgui.gui.kit.document_width import fit_width

SENTENCE = "How many nearest neighbors count, of all encoders of a run. " * 4
TABLE = f"Before\n\n| option | flag | |\n|---|---|---|\n| Neighbors | `--k` | {SENTENCE} |\n"


def test_the_column_with_the_sentences_has_most_of_the_width(qapp):
    document = QTextDocument()
    document.setMarkdown(TABLE)
    fit_width(document)
    (table,) = (f for f in document.rootFrame().childFrames() if isinstance(f, QTextTable))
    form = table.format().toTableFormat()
    option, flag, words = (each.rawValue() for each in form.columnWidthConstraints())
    assert words > 40
    assert option > flag > 10  # each has room for its words
    assert abs(option + flag + words - 100) < 0.1


@pytest.mark.parametrize("text", [TABLE, f"Type\n\n```\npathgui {'--k 10 ' * 30}\n```\n"])
@pytest.mark.parametrize("width", [382, 396, 422, 668])
def test_a_text_is_no_wider_than_its_view(qapp, text, width):
    document = QTextDocument()
    document.setDocumentMargin(16)
    document.setMarkdown(text)
    fit_width(document)
    document.setTextWidth(width)
    assert document.size().width() <= width
