"""The process that a slide library runs in."""

from __future__ import annotations

import sys

import pytest

from pathgui.core.errors import UnreadableRegionError
from pathgui.core.slides.reading import slide_pool
from pathgui.core.slides.slide import open_slide
from tests.core.slides.reading.test_slide_process import CHILD


@pytest.fixture
def children_that(monkeypatch, pool):
    """Let children do something else at certain places, and already while they open a file."""

    def arrange(deed, places=(13,), opening=False):
        code = CHILD.format(deed=deed, places=set(places), opening=opening)
        monkeypatch.setattr(slide_pool, "_command", lambda: [sys.executable, "-c", code])

    return arrange


def test_the_bound_on_memory_holds_in_the_child(path, children_that):
    children_that("bytearray(5 << 30)")
    with open_slide(path, direct=False) as slide:
        if sys.platform == "linux":
            with pytest.raises(UnreadableRegionError, match="more memory than a slide may"):
                slide.read((13, 0), 0, (9, 9))


def test_what_a_library_says_in_lines_becomes_one_sentence(path, children_that):
    children_that("import openslide; raise openslide.OpenSlideError('this\\n  and that')")
    with open_slide(path, direct=False) as slide:
        with pytest.raises(UnreadableRegionError, match="this and that") as caught:
            slide.read((13, 0), 0, (9, 9))
        assert "\n" not in str(caught.value)
