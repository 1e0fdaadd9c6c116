"""The texts of a document, and a copy with others."""

from __future__ import annotations

from pathgui.core.report.render.document import Cell, Facts, Image, Paragraph, Table
from pathgui.core.report.render.texts import said, with_texts


def test_names_of_files_looks_and_checksums_are_no_words():
    image = Image("a.svg", "A chart.", "Its caption.")
    files = {"a.svg": b'<svg><text x="1"><tspan>k, nearest</tspan></text></svg>'}
    assert said(image, files) == "A chart.\nIts caption.\nk, nearest"
    table = Table(["Name"], [[Cell("b7", "strong", detail="of 9"), Cell("3f5a", "mono")]],
                  ["left", "left"], [1, 1], "Below.")  # fmt: skip
    assert said(table, {}) == "Name\nb7\nof 9\nBelow."


def test_a_copy_has_every_text_changed_and_all_else_as_it_was():
    facts = Facts([("a", Cell("b", "muted", shade=0.5))], columns=2)
    changed = with_texts([Paragraph("x"), facts], lambda text: text.replace("b", "c"))
    assert changed == [Paragraph("x"), Facts([("a", Cell("c", "muted", shade=0.5))], columns=2)]
