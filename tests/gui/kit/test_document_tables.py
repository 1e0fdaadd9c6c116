"""Tables of the manual, as a reader meets them."""

from __future__ import annotations

from PySide6.QtGui import QTextDocument, QTextTable

from pathgui.gui.kit.document_tables import fit_tables

SENTENCE = "How many nearest neighbors count, of all encoders of a run. " * 4
TABLE = f"Before\n\n| option | flag | |\n|---|---|---|\n| Neighbors | `--k` | {SENTENCE} |\n"


def test_the_column_with_the_sentences_has_most_of_the_width(qapp):
    document = QTextDocument()
    document.setMarkdown(TABLE)
    fit_tables(document)
    (table,) = (f for f in document.rootFrame().childFrames() if isinstance(f, QTextTable))
    form = table.format().toTableFormat()
    option, flag, words = (each.rawValue() for each in form.columnWidthConstraints())
    assert words > 40
    assert option > flag > 10  # each has room for its words
    assert abs(option + flag + words - 100) < 0.1
