"""The overlay of an encoder on paper."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import numpy as np

from pathgui.core.report.render.overlays import MARKS, mark, overlay_svg
from tests.run_factory import make_evaluation

EVALUATION = make_evaluation()
SLIDE, TILES = EVALUATION.run.slide, EVALUATION.tiles


def drawn(classes):
    return overlay_svg(SLIDE, TILES.cells, classes, ["#ff0000", "#0000ff"], ["up", "dot"]).decode()


def test_each_class_is_drawn_in_its_color_and_with_its_mark():
    svg = drawn((np.arange(len(TILES.cells)) % 2).astype(np.int16))
    ET.fromstring(svg)  # is well formed
    assert "#ff0000" in svg
    assert "#0000ff" in svg


def test_tiles_without_a_class_are_not_drawn():
    svg = drawn(np.full(len(TILES.cells), -1, np.int16))
    assert "#ff0000" not in svg
    assert "#0000ff" not in svg


def test_nothing_in_it_is_fetched_from_anywhere():
    svg = drawn(np.zeros(len(TILES.cells), np.int16))
    assert "href" not in svg
    assert "url(http" not in svg


def test_marks_come_round_again():
    assert [mark(i) for i in range(len(MARKS) + 1)] == [*MARKS, MARKS[0]]
