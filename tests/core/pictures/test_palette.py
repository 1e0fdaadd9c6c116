"""Colors of tissues, centers, kinds and numbers."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from pathgui.core.pictures.palette import (
    KIND_COLORS,
    PALETTES,
    center_codes,
    center_colors,
    center_letter,
    ink_on,
    tissue_codes,
    tissue_colors,
    to_hex,
)
from tests.color_vision import AA_TEXT, VISIONS, contrast, difference, lab


def lightness(color):
    """L* of CIELAB."""
    linear = [c / 12.92 if (c := v / 255) <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
              for v in color]  # fmt: skip
    y = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return 116 * y ** (1 / 3) - 16 if y > 0.008856 else 903.3 * y


@pytest.mark.parametrize("colors_of", [tissue_colors, center_colors])
def test_up_to_eighteen_names_have_colors_of_their_own_that_do_not_depend_on_how_many(colors_of):
    assert len(set(colors_of(18))) == 18
    assert colors_of(3) == colors_of(18)[:3]


def test_tissues_and_centers_are_never_the_same_color():
    assert not set(tissue_colors(6)) & set(center_colors(6))


@pytest.mark.parametrize("colors_of", [tissue_colors, center_colors])
@pytest.mark.parametrize("vision", VISIONS)
def test_no_two_classes_look_alike_and_neighbors_differ_strongly(colors_of, vision):
    seen = lab(np.array(colors_of(24)), vision)
    apart = difference(seen[:, None], seen[None])
    np.fill_diagonal(apart, np.inf)
    assert apart.min() >= (14 if vision == "usual" else 7)  # 1 can just be seen
    assert np.diag(apart, 1).min() >= (30 if vision == "usual" else 15)


def test_differences_of_colors_are_those_that_were_published():
    # Sharma, Wu and Dalal (2005), table 1.
    pairs = [((50, 2.6772, -79.7751), (50, 0, -82.7485)), ((50, 2.5, 0), (73, 25, -18))]
    found = [float(difference(one, other)) for one, other in pairs]
    assert found == pytest.approx([2.0425, 27.1492], abs=1e-4)


@pytest.mark.parametrize("color", [*tissue_colors(24), *center_colors(24), *KIND_COLORS.values()])
def test_letters_are_read_on_every_color(color):
    assert contrast(color, ink_on(color)) >= AA_TEXT


def test_where_color_alone_would_not_do_classes_have_letters():
    assert tissue_codes(6) == center_codes(6) == []
    for n in (7, 24, 40):
        assert len({*tissue_codes(n), *center_codes(n)}) == 2 * n


def test_letters_of_centers_are_all_different():
    letters = [center_letter(i) for i in range(1000)]
    assert len(set(letters)) == 1000
    assert letters[:3] == ["A", "B", "C"]


@pytest.mark.parametrize("name", PALETTES)
def test_numbers_grow_lighter_so_that_order_is_seen_without_color(name):
    steps = [lightness(color) for color in PALETTES[name]]
    assert all(later > former for former, later in itertools.pairwise(steps))


def test_the_four_kinds_of_neighbors_have_four_colors():
    assert len(set(KIND_COLORS.values())) == 4
    assert all(len(to_hex(color)) == 7 for color in KIND_COLORS.values())
