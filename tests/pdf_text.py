"""The text of a PDF as a reader finds it, by PDFium, which needs a twentieth of pypdf's time."""

from __future__ import annotations

from pathlib import Path

import pypdfium2

# A hyphen where a line breaks a word, and places where one might be broken.
_BREAKS = str.maketrans({"\ufffe": "-\n", "\u200b": "", "\r": ""})


def pages_of(path: Path) -> list[str]:
    """The text of each page, line by line."""
    with pypdfium2.PdfDocument(path) as document:
        return [page.get_textpage().get_text_range().translate(_BREAKS) for page in document]


def words_of(path: Path) -> str:
    """The text of all pages, words with one blank between them."""
    return " ".join(" ".join(pages_of(path)).split())
