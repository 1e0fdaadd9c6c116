"""Tiles in the colors of another center."""

from __future__ import annotations

import time
from dataclasses import replace

import msgspec
import numpy as np

from pathgui.core.corrections.stain import color_counts, lab_look
from pathgui.core.errors import UnreadableRegionError
from pathgui.core.what_if.recoloring import (
    colors_of,
    recoloring,
    recolorings_of,
    spread_over_slides,
)
from tests.core.what_if.test_results import FOUND

RNG = np.random.default_rng(0)


def tile(color, seed=0, px=96):
    picture = np.array(color) + np.random.default_rng(seed).normal(0, 18, (px, px, 3))
    return picture.clip(0, 255).astype(np.uint8)


PINK, PURPLE = tile((225, 150, 190)), tile((130, 80, 160), 1)
CHANGE = recoloring(lab_look(color_counts(PINK)), lab_look(color_counts(PURPLE)))


def test_it_is_the_formula_to_a_gray_level_or_two():
    exact = np.rint(CHANGE.source.recolored(PINK, CHANGE.target))
    apart = np.abs(CHANGE(PINK) - exact)
    assert apart.max() <= 3
    assert (apart <= 1).mean() > 0.99


def test_a_slide_gets_the_mean_color_of_the_center():
    assert np.abs(CHANGE(PINK).mean((0, 1)) - PURPLE.mean((0, 1))).max() < 4
    assert np.abs(PINK.mean((0, 1)) - PURPLE.mean((0, 1))).max() > 60


def test_a_view_under_the_cursor_is_recolored_within_a_frame():
    view = RNG.integers(0, 256, (320, 320, 3), np.uint8)
    took = []
    for _ in range(5):
        started = time.thread_time()  # whatever else this machine does
        CHANGE(view)
        took.append(time.thread_time() - started)
    assert min(took) < 0.016


def test_other_colors_are_another_recoloring_in_its_text():
    back = recoloring(CHANGE.target, CHANGE.source)
    assert CHANGE.text != back.text
    assert CHANGE.text == recoloring(CHANGE.source, CHANGE.target).text


def test_colors_are_pooled_over_the_tiles_that_can_be_read():
    def read(row, min_px):
        if row == 1:
            raise UnreadableRegionError("gone")
        return (PINK, PURPLE, PURPLE)[row]

    seen = []
    found = colors_of(read, [0, 1, 2], seen.append)
    assert seen == [0, 1, 2]
    assert found is not None
    both = lab_look(color_counts(np.stack([PINK, PURPLE])))
    assert np.abs(found.mean - both.mean).max() < 1  # they are looked at in another size
    assert colors_of(read, [1]) is None


def test_glass_has_no_colors():
    assert colors_of(lambda row, px: np.full((64, 64, 3), 240, np.uint8), [0]) is None


def test_tiles_are_drawn_evenly_over_slides_and_the_same_for_the_same_seed():
    slides = np.array(["a"] * 50 + ["b"] * 3 + ["c"] * 10)
    rows = spread_over_slides(slides, 12, seed=3)
    counts = {name: int((slides[rows] == name).sum()) for name in "abc"}
    assert counts["b"] == 3
    assert abs(counts["a"] - counts["c"]) <= 1
    assert (rows == spread_over_slides(slides, 12, seed=3)).all()
    assert len(spread_over_slides(slides, 100)) == len(slides)


def test_what_was_found_colors_a_view_as_it_colored_the_tiles():
    own, other = (tuple(look.numbers.tolist()) for look in (CHANGE.source, CHANGE.target))
    bonn, ulm = FOUND.centers
    found = msgspec.structs.replace(FOUND, look=own, centers=[replace(bonn, look=other), ulm])
    (name, change), *rest = recolorings_of(found).items()
    assert (name, rest) == ("Bonn", [])
    assert (change(PINK) == CHANGE(PINK)).all()
    assert recolorings_of(msgspec.structs.replace(FOUND, look=())) == {}  # it was not kept
