"""Colors of tissues, centers, kinds and numbers."""

from __future__ import annotations

import itertools

import pytest

from pathgui.core.pictures.palette import (
    KIND_COLORS,
    PALETTES,
    center_colors,
    center_letter,
    pattern,
    tissue_colors,
    to_hex,
)


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


def test_where_colors_come_round_again_patterns_differ():
    looks = {(color, pattern(i)) for i, color in enumerate(tissue_colors(24))}
    assert len(looks) == 24


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
