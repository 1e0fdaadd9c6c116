"""The overlay of an encoder on paper."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import numpy as np

from pathgui.core.pictures.fading import STRENGTHS
from pathgui.core.report.render.overlays import OPACITY, overlay_svg
from tests.run_factory import make_evaluation

EVALUATION = make_evaluation()
SLIDE, TILES = EVALUATION.run.slide, EVALUATION.tiles


def drawn(classes, **more):
    colors = ["#ff0000", "#0000ff"]
    return overlay_svg(SLIDE, TILES.cells, classes, colors, ["a", "b"], **more).decode()


def test_each_class_is_drawn_in_its_color_and_with_its_letter():
    # A block of each, so that letters fit.
    classes = (TILES.cells[:, 0] > 30).astype(np.int16)
    svg = drawn(classes)
    ET.fromstring(svg)  # is well formed
    assert "#ff0000" in svg
    assert "#0000ff" in svg
    assert ">a</text>" in svg
    assert ">b</text>" in svg


def test_the_less_probable_a_class_the_fainter_its_tiles():
    classes = np.zeros(len(TILES.cells), np.int16)
    for probability, opacity in ((0.9, OPACITY), (0.1, OPACITY * STRENGTHS[0])):
        svg = drawn(classes, probability=np.full(len(classes), probability, np.float32))
        assert f'fill-opacity="{opacity:.3f}"' in svg
        assert svg.count("<path") == 1
    hollow = drawn(classes, probability=np.full(len(classes), np.nan, np.float32))
    assert 'fill="none" stroke="#ff0000"' in hollow
    assert "fill-opacity" not in hollow


def test_tiles_without_a_class_are_not_drawn():
    svg = drawn(np.full(len(TILES.cells), -1, np.int16))
    assert "#ff0000" not in svg
    assert "#0000ff" not in svg


def test_nothing_in_it_is_fetched_from_anywhere():
    svg = drawn(np.zeros(len(TILES.cells), np.int16))
    assert "href" not in svg
    assert "url(http" not in svg
