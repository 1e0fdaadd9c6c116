"""Tiles of a slide in the colors of another center: quick enough for the cursor.

Recoloring maps each color to another, whatever lies around it. So it is worked out once for a
lattice of colors, and between these it is interpolated: a million pixels take some 20 ms, and no
channel is more than a gray level or two away from what the formula gives.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from pathgui.core.corrections.stain import LabLook, color_counts, lab_look, pooled
from pathgui.core.errors import UnreadableRegionError
from pathgui.core.what_if.results import WhatIf

_STEP = 5  # gray levels between the colors of the lattice; 255 is a multiple of it
LOOKED_AT_PX = 128  # side at which colors are compared: slide and reference set at one scale
MOST_TILES = 100  # of a center, to know its colors by

ReadFn = Callable[[int, int], NDArray[np.uint8]]  # index of a tile, least side -> RGB


@dataclass(frozen=True)
class Recoloring:
    """From the colors of a slide to those of a center."""

    source: LabLook
    target: LabLook
    table: ImageFilter.Color3DLUT

    def __call__(self, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """RGB (h, w, 3), recolored."""
        return np.asarray(Image.fromarray(pixels).filter(self.table))

    @property
    def text(self) -> str:
        """The same for the same recoloring, another for any other."""
        looks = (self.source, self.target)
        return " ".join(f"{value:.6g}" for look in looks for value in look.numbers)


def recoloring(source: LabLook, target: LabLook) -> Recoloring:
    """The recoloring from the look of a slide to that of a center, ready to be used."""
    levels = np.arange(0, 256, _STEP).astype(np.uint8)
    blue, green, red = np.meshgrid(levels, levels, levels, indexing="ij")  # red runs fastest
    lattice = np.stack([red, green, blue], axis=-1).reshape(1, -1, 3)
    colors = source.recolored(lattice, target) / 255
    return Recoloring(source, target, ImageFilter.Color3DLUT(len(levels), colors.ravel()))


def recolorings_of(found: WhatIf) -> dict[str, Recoloring]:
    """What colors the slide as each center, by center, as it was when this was found."""
    if not found.look:
        return {}
    source = _look(found.look)
    return {
        each.center: recoloring(source, _look(each.look)) for each in found.centers if each.look
    }


def _look(numbers: Sequence[float]) -> LabLook:
    return LabLook(np.array(numbers[:3]), np.array(numbers[3:]))


def colors_of(
    read: ReadFn, rows: Sequence[int], beat: Callable[[int], None] = lambda done: None
) -> LabLook | None:
    """What the colors of tiles are, pooled; None where none can be read, or hardly any is stained.

    ``beat`` is told how many were read.
    """
    counts = []
    for done, row in enumerate(rows):
        beat(done)
        try:
            tile = Image.fromarray(read(row, LOOKED_AT_PX))
        except UnreadableRegionError:
            continue
        size = (LOOKED_AT_PX, LOOKED_AT_PX)
        counts.append(color_counts(np.asarray(tile.resize(size, Image.Resampling.BOX))))
    return lab_look(pooled(counts)) if counts else None


def spread_over_slides(
    slides: NDArray[np.str_], most: int = MOST_TILES, seed: int = 0
) -> NDArray[np.intp]:
    """At most ``most`` tiles, as evenly over their ``slides`` (n,) as there are tiles; rows (m,).

    >>> spread_over_slides(np.array(["a", "a", "a", "b"]), 2).tolist() in ([0, 3], [1, 3], [2, 3])
    True
    """
    drawn = np.random.default_rng(seed).permutation(len(slides))
    turn = np.zeros(len(slides), np.intp)  # which of its slide's tiles each is
    for name in np.unique(slides):
        of_slide = drawn[slides[drawn] == name]
        turn[of_slide] = np.arange(len(of_slide))
    order = drawn[np.argsort(turn[drawn], kind="stable")]
    return np.sort(order[:most]).astype(np.intp)
