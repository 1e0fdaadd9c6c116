"""What altered tiles do, in words and cells."""

from __future__ import annotations

import re
from dataclasses import replace

import msgspec
import pytest

from pathgui.core.reference.roles import RoleColumns
from pathgui.core.results.what_if import (
    COLUMNS,
    CURVE_COLUMNS,
    basis_sentences,
    center_rows,
    curve_panels,
    curve_rows,
    followed_text,
    sentence,
    so_far,
)
from pathgui.core.what_if.results import Mean
from tests.core.what_if.test_results import FOUND


def test_each_center_has_a_row_and_the_mean_leaves_the_slides_own_out():
    rows = center_rows(FOUND)
    assert [list(row) for row in rows] == [[column.key for column in COLUMNS]] * 3
    assert [row["center"] for row in rows] == [
        "Bonn",
        "Ulm (its own: recoloring alone)",
        "Mean over other centers",
    ]
    assert rows[0]["followed"] == "10 % → 50 % [+30, +50]"
    assert rows[2]["followed"] == "+40 [+30, +50] points"
    without = center_rows(msgspec.structs.replace(FOUND, own_center=""))
    assert [row["center"] for row in without] == ["Bonn", "Ulm", "Mean"]


def test_each_point_of_a_curve_has_a_row_in_the_unit_of_its_curve():
    rows = curve_rows(FOUND)
    assert [list(row) for row in rows] == [[column.key for column in CURVE_COLUMNS]] * 4
    assert [row["strength"] for row in rows] == ["σ 0.5 µm", "σ 2 µm", "−20 %", "+20 %"]


@pytest.mark.parametrize(
    ("followed", "said"),
    [
        (Mean(0.4, 0.3, 0.5), "follows the color."),
        (Mean(0.1, -0.1, 0.3), "cannot be told apart"),
        (Mean(0.4), "recoloring alone."),
    ],
)
def test_the_sentence_says_no_more_than_its_interval(followed, said):
    text = sentence("UNI", msgspec.structs.replace(FOUND, followed=followed))
    assert text.startswith("UNI: colored as another center, 20 % [10 %, 30 %] of the tiles")
    assert text.endswith(said) or said in text
    assert ("follows the color." in text) == (followed.low == 0.3)


def test_the_control_stands_beside_what_it_is_a_control_of():
    assert "the control, 0 % [0 %, 70 %] flip and embeddings move 0.10" in sentence("UNI", FOUND)
    unknown = msgspec.structs.replace(FOUND, own_center="")
    assert "control" not in sentence("UNI", unknown)


def test_without_recoloring_there_is_no_sentence_of_it():
    nothing = msgspec.structs.replace(FOUND, moved=None, flipped=None, followed=None, centers=[])
    assert sentence("UNI", nothing) == ""
    assert center_rows(nothing) == []


def test_a_difference_without_an_interval_says_so():
    effect = replace(FOUND.centers[1], followed=Mean(0.0))
    assert followed_text(effect) == "90 % → 90 % [no interval]"


def test_the_basis_says_how_good_the_answers_are():
    tiles, probes = basis_sentences(FOUND)
    assert tiles.startswith("3 tiles of the slide in 2 squares")
    assert "87 %" in probes
    assert "an unknown share" in probes


def test_panels_of_curves_begin_where_nothing_changes():
    blur, scale = curve_panels({"UNI": FOUND}, "flipped")
    (line,) = scale.lines
    assert line.strength == (-0.2, 0.0, 0.2)
    assert line.value == (0.2, 0.0, 0.2)
    assert (line.low[0], line.high[1]) == (0.1, 0.0)
    assert blur.lines[0].strength == (0.0, 0.5, 2.0)
    moved = curve_panels({"UNI": FOUND}, "moved")[0].lines[0]
    assert moved.value == (0.0, 0.5, 0.5)


def test_no_sentence_says_center_where_the_scanner_plays_it():
    scanner = RoleColumns(center="scanner", tissue="organ")
    said = [sentence("UNI", FOUND, scanner), *basis_sentences(FOUND, scanner)]
    said += [text for row in center_rows(FOUND, scanner) for text in row.values()]
    assert [text for text in said if re.search(r"\b(center|tissue)s?\b", text)] == []
    assert "colored as another scanner" in said[0]
    assert any("can be named" in text and "scanners" in text for text in said)


def test_numbers_so_far_say_of_how_many_tiles_they_are_and_give_no_verdict():
    text = so_far("UNI", FOUND, 200, RoleColumns(center="scanner"))
    assert text.startswith(f"UNI, {FOUND.n_tiles} of 200 tiles: as another scanner 20 % [10 %")
    assert "center" not in text
    assert "follows" not in text
    curves = msgspec.structs.replace(FOUND, centers=[], moved=None, flipped=None, followed=None)
    worst = max(p.flipped.value for c in FOUND.curves for p in c.points)
    assert f"does most, {worst:.0%}".replace("%", " %") in so_far("UNI", curves, 200)
    assert not so_far("UNI", msgspec.structs.replace(curves, curves=[]), 200)
