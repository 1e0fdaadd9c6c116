"""Tiles as images on their lattice."""

from __future__ import annotations

import numpy as np
import pytest

from pathgui.core.pictures.overlay import NO_TILE, class_image, dominant_kind, scalar_image
from pathgui.core.pictures.palette import center_codes, center_colors, tissue_colors

CELLS = np.array([[0, 0], [2, 0], [1, 1]], np.int32)


def test_each_tile_lands_in_its_own_cell():
    image = class_image((3, 2), CELLS, np.array([4, 0, 1]))
    assert image.tolist() == [[4, NO_TILE, 0], [NO_TILE, 1, NO_TILE]]


def test_a_tile_without_a_class_is_no_tile():
    assert class_image((3, 2), CELLS, np.array([-1, -1, 1]))[0].tolist() == [NO_TILE] * 3


def test_more_classes_than_the_image_can_hold_are_refused():
    with pytest.raises(ValueError, match="255"):
        class_image((3, 2), CELLS, np.array([0, 1, 255]))


def test_numbers_are_nan_where_no_tile_is():
    image = scalar_image((3, 2), CELLS, np.array([0.1, 0.2, 0.3]))
    assert np.isnan(image).sum() == 3
    assert image[1, 1] == np.float32(0.3)


def test_a_doubtful_tile_does_not_look_good():
    kinds = np.array([[0, 5, 5, 0], [0, 5, 4, 0], [0, 0, 0, 0], [3, 0, 0, 3]], np.int16)
    assert dominant_kind(kinds).tolist() == [2, 1, -1, 3]


def test_forty_centers_have_forty_looks():
    looks = set(zip(center_colors(40), center_codes(40), strict=True))
    assert len(looks) == 40


def test_tissue_and_center_colors_share_none():
    assert not set(tissue_colors(12)) & set(center_colors(12))
