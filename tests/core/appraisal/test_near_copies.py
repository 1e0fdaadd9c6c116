"""Tiles that show nearly the same picture."""

from __future__ import annotations

import csv

import numpy as np
from PIL import Image

from pathgui.core.appraisal.near_copies import find_near_copies
from pathgui.core.encoders.networks.color_statistics import color_statistics
from pathgui.core.reference.build import build_reference
from pathgui.core.reference.reference_set import ReferenceTiles


def picture(seed):
    """Soft blobs, as tissue has them: noise of single pixels is gone when a picture is small."""
    rng = np.random.default_rng(seed)
    small = Image.fromarray(rng.integers(60, 220, (8, 8, 3), np.uint8))
    return small.resize((64, 64), Image.Resampling.BICUBIC)


def set_of(folder, pictures):
    """A set of pictures: (seed, ending, slide)."""
    with (folder / "manifest.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["path", "slide_id", "center", "tissue"])
        for row, (seed, ending, slide) in enumerate(pictures):
            picture(seed).save(folder / f"{row}.{ending}", quality=80)
            writer.writerow([f"{row}.{ending}", slide, "North", "tumor"])
    return build_reference(folder / "manifest.csv", folder / "made.pgref").reference


def look(reference):
    tiles = ReferenceTiles(reference)
    values = color_statistics(np.stack([tiles.read(row, 1) for row in range(len(tiles))]))
    return find_near_copies(reference, values, np.arange(len(tiles)))


def test_a_picture_that_was_stored_again_as_jpeg_is_found(tmp_path):
    pictures = [(seed, "png", f"S{seed % 4}") for seed in range(40)]
    found = look(set_of(tmp_path, [*pictures, (7, "jpg", "S9"), (8, "jpg", "S0")]))
    rows = {(each.one.row, each.other.row): each.apart for each in found.pairs}
    assert rows == {(7, 40): True, (8, 41): False}
    assert not found.more


def test_tiles_that_only_have_the_same_colors_are_not_copies(tmp_path):
    reference = set_of(tmp_path, [(seed, "png", f"S{seed % 4}") for seed in range(12)])
    alike = np.ones((12, 6), np.float32) + np.arange(12)[:, None] * 1e-4
    assert find_near_copies(reference, alike, np.arange(12)).pairs == []


def test_pictures_that_are_gone_are_passed_over(tmp_path):
    reference = set_of(tmp_path, [(1, "png", "S1"), (1, "jpg", "S2")])
    (reference.folder / reference.files[0]).unlink()
    assert find_near_copies(reference, np.ones((2, 3), np.float32), np.arange(2)).pairs == []
    assert find_near_copies(reference, np.ones((1, 3), np.float32), np.arange(1)).looked_at == 0
