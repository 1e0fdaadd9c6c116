"""Corrections of tiles: slides' colors brought to those of another center."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from pathgui.core.corrections.stain import (
    PUBLISHED,
    LabLook,
    color_counts,
    lab_look,
    pooled,
    rounded,
    stain_look,
    to_lab,
)
from tests.shared_data import shared

PICTURES = 1e-6  # of float pictures, see SOURCES.md


@cache
def tiles(side):
    with np.load(shared("reference", "correction", "tiles.npz")) as file:
        return file["tiles"][file["side"] == side]


def after(name):
    with np.load(shared("reference", "correction", "tiles_after.npz")) as file:
        return file[name]


@pytest.mark.parametrize(
    ("name", "look", "target"),
    [
        ("reinhard_slide", lab_look, None),
        ("macenko_slide", stain_look, None),
        ("macenko_slide_to_published_reference", stain_look, PUBLISHED),
    ],
)
def test_pictures_agree_with_the_reference_values(name, look, target):
    source = look(color_counts(tiles("source")))
    to = target or look(color_counts(tiles("target")))
    found = np.stack([source.recolored(tile, to) for tile in tiles("source")])
    np.testing.assert_allclose(found, after(name), atol=PICTURES)


def test_with_the_statistics_of_tissue_alone_it_agrees_with_the_reference_values_of_tissue():
    """There, tissue is what lets less than four fifths of one of the three lights through."""
    source, target = (
        lab_look(color_counts(pixels[(pixels < 204).any(axis=-1)]))
        for pixels in (tiles("source"), tiles("target"))
    )
    found = np.stack([source.recolored(tile, target) for tile in tiles("source")])
    np.testing.assert_allclose(found, after("reinhard_slide_tissue"), atol=PICTURES)


def test_with_the_statistics_of_a_tile_it_agrees_with_the_reference_values_of_a_tile():
    target = lab_look(color_counts(tiles("target")))
    for tile, wanted in zip(tiles("source"), after("reinhard_tile"), strict=True):
        pixels = to_lab(tile).reshape(-1, 3)
        own = LabLook(pixels.mean(axis=0), pixels.std(axis=0))
        np.testing.assert_allclose(own.recolored(tile, target), wanted, atol=PICTURES)


def test_it_agrees_with_torchstain():
    reason = "torchstain is not installed"
    normalizers = pytest.importorskip("torchstain.numpy.normalizers", reason=reason)
    pool = {side: np.concatenate(list(tiles(side)), axis=0) for side in ("source", "target")}
    for theirs, look, apart in (
        (normalizers.NumpyMacenkoNormalizer(), stain_look, 1),
        (normalizers.NumpyReinhardNormalizer(), lab_look, 1),
    ):
        theirs.fit(pool["target"])
        found = theirs.normalize(pool["source"])
        found = found[0] if isinstance(found, tuple) else found
        own, to = (look(color_counts(pool[side])) for side in ("source", "target"))
        # It cuts decimals off where we round.
        ours = own.recolored(pool["source"], to)
        assert np.abs(found - ours).max() <= apart + 0.01
        assert np.mean(found == np.floor(ours)) > 0.999


def test_colors_are_counted_alike_however_the_tiles_come():
    whole = color_counts(tiles("source"))
    parts = pooled([color_counts(tile) for tile in reversed(tiles("source"))])
    np.testing.assert_array_equal(whole.colors, parts.colors)
    np.testing.assert_array_equal(whole.counts, parts.counts)
    assert whole.counts.sum() == tiles("source")[..., 0].size


@pytest.mark.parametrize("look", [lab_look, stain_look])
def test_a_slide_of_glass_has_no_look_and_one_with_enough_stain_has(look):
    glass = np.full((32, 32, 3), 245, np.uint8)
    assert look(color_counts(glass)) is None
    rng = np.random.default_rng(0)
    for pixels, known in ((99, False), (100, True)):
        picture = glass.reshape(-1, 3).copy()
        picture[:pixels] = rng.integers(40, 180, (pixels, 3))
        assert (look(color_counts(picture)) is not None) == known


def test_one_color_has_no_two_stains_and_its_lab_stays_finite():
    flat = np.full((16, 16, 3), (150, 90, 160), np.uint8)
    assert stain_look(color_counts(flat)) is None
    look = lab_look(color_counts(flat))
    target = LabLook(np.array([60.0, 10, -10]), np.array([10.0, 5, 5]))
    found = look.recolored(flat, target)
    assert np.isfinite(found).all()
    np.testing.assert_allclose(to_lab(rounded(found))[0, 0], target.mean, atol=0.5)


@pytest.mark.parametrize("look", [lab_look, stain_look])
def test_a_slide_brought_to_its_own_look_stays_what_it_is(look):
    rng = np.random.default_rng(1)
    share = rng.uniform(0, 1, (40, 40, 2)) * PUBLISHED.strength
    picture = rounded(240 * np.exp(-(share @ PUBLISHED.absorption.T)))
    own = look(color_counts(picture))
    # Macenko leaves out what neither of the two stains explains.
    assert np.abs(own.recolored(picture, own) - picture).max() < 3


def test_stains_are_found_in_a_picture_that_is_made_of_them():
    rng = np.random.default_rng(2)
    share = rng.exponential(0.5, (200, 200, 2)) * PUBLISHED.strength
    share[rng.random((200, 200)) < 0.2, 1] = 0
    share[rng.random((200, 200)) < 0.2, 0] = 0
    picture = rounded(np.clip(240 * np.exp(-(share @ PUBLISHED.absorption.T)), 0, 255))
    found = stain_look(color_counts(picture))
    unit = PUBLISHED.absorption / np.linalg.norm(PUBLISHED.absorption, axis=0)
    assert ((found.absorption * unit).sum(axis=0) > 0.99).all()
