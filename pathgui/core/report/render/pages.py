"""Pages of a finished PDF as pictures, for the preview."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_ONE_AT_A_TIME = threading.Lock()  # pdfium is not made for several threads


@dataclass(frozen=True)
class Pages:
    """Pictures of the pages (RGB, uint8) and the page, from 0, that each section begins on."""

    pictures: list[NDArray[np.uint8]]
    sections: list[tuple[str, int]]


def render_pages(
    pdf: bytes, width_px: int, on_page: Callable[[int, int], None] | None = None
) -> Pages:
    """Draw all pages ``width_px`` wide.

    ``on_page(done, total)`` is called before each page and may raise to stop.
    """
    import pypdfium2

    with _ONE_AT_A_TIME:
        document = pypdfium2.PdfDocument(pdf)
        try:
            pictures = []
            for number in range(len(document)):
                if on_page is not None:
                    on_page(number, len(document))
                page = document[number]
                bitmap = page.render(scale=width_px / page.get_width(), rev_byteorder=True)
                pictures.append(np.ascontiguousarray(bitmap.to_numpy()[:, :, :3]))
                bitmap.close()
                page.close()
            sections = []
            for bookmark in document.get_toc():
                target = bookmark.get_dest() if bookmark.level == 0 else None
                if target is not None and (index := target.get_index()) is not None:
                    sections.append((bookmark.get_title(), int(index)))
        finally:
            document.close()
    return Pages(pictures, sections)
