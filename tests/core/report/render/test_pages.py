"""Pages of a PDF as pictures."""

from __future__ import annotations

import io

import pypdf
import pytest

from pathgui.core.report.render.pages import render_pages


def pdf(n=2, sections=("One", "Two")):
    writer = pypdf.PdfWriter()
    for _ in range(n):
        writer.add_blank_page(200, 400)
    for page, title in enumerate(sections):
        writer.add_outline_item(title=title, page_number=page)
    content = io.BytesIO()
    writer.write(content)
    return content.getvalue()


def test_each_page_has_the_width_that_was_asked_for():
    pages = render_pages(pdf(), 100)
    assert [picture.shape for picture in pages.pictures] == [(200, 100, 3)] * 2
    assert (pages.pictures[0] == 255).all()


def test_sections_are_found_by_their_bookmarks():
    assert render_pages(pdf(), 50).sections == [("One", 0), ("Two", 1)]


def test_drawing_can_be_stopped_before_a_page_and_goes_on_afterward():
    seen = []

    def stop(done, total):
        seen.append((done, total))
        if done == 1:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        render_pages(pdf(), 50, stop)
    assert seen == [(0, 2), (1, 2)]
    assert len(render_pages(pdf(), 50).pictures) == 2  # the lock was given back
