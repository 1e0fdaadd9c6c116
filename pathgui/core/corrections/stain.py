"""Corrections of tiles: a slide's colors brought to those of another center.

Reinhard, Ashikhmin, Gooch, Shirley 2001, IEEE Computer Graphics and Applications 21(5):34, in CIE
Lab; Macenko et al. 2009, ISBI, p. 1107; both as torchstain 1.4.1 computes them, but in float64.
Statistics are of a slide, all its tiles pooled, never of one tile: those would take away what a
tile has more of than another. They follow from how often each color is there, so neither the
order of the tiles nor their number in memory matters.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.float64]

LEAST_STAINED = 100  # pixels of a slide; with fewer it passes unchanged
LEAST_SPREAD = 1e-6  # of a channel of Lab, below which its spread is taken for 1
LEAST_APART = 1e-4  # sine of the angle between two stains, below which there is but one

_LIGHT = 240.0  # of empty glass, of 255
_STAINED = 0.15  # optical density in each color, from which a pixel is stained
_ANGLES = 1, 99  # percentiles of the angles in the plane of the stains
_MOST = 99  # percentile of a stain's concentrations that stands for its strength

# sRGB to CIE XYZ and the white of D65, as in torchstain and scikit-image.
_TO_XYZ = np.array(
    [[0.412453, 0.357580, 0.180423], [0.212671, 0.715160, 0.072169], [0.019334, 0.119193, 0.950227]]
)
_FROM_XYZ = np.linalg.inv(_TO_XYZ)
_WHITE = np.array([0.95047, 1.0, 1.08883])
_LEVELS = np.arange(256) / 255
_LINEAR = np.where(_LEVELS > 0.04045, ((_LEVELS + 0.055) / 1.055) ** 2.4, _LEVELS / 12.92)
_DENSITY = -np.log((np.arange(256) + 1) / _LIGHT)


@dataclass(frozen=True)
class ColorCounts:
    """How many pixels have each color."""

    colors: NDArray[np.uint8]  # (m, 3) RGB, each once
    counts: NDArray[np.int64]  # (m,)

    @property
    def stained(self) -> NDArray[np.bool_]:
        """Which colors absorb enough of each light to show a stain, shape (m,)."""
        return np.asarray((_DENSITY[self.colors] >= _STAINED).all(axis=1))

    @property
    def stained_pixels(self) -> int:
        """Pixels of these colors."""
        return int(self.counts[self.stained].sum())


def color_counts(tiles: NDArray[np.uint8]) -> ColorCounts:
    """The colors of RGB tiles, (..., 3), all pixels pooled.

    >>> color_counts(np.zeros((2, 4, 4, 3), np.uint8)).counts.tolist()
    [32]
    """
    pixels = tiles.reshape(-1, 3).astype(np.uint32)
    codes = pixels[:, 0] << 16 | pixels[:, 1] << 8 | pixels[:, 2]
    found, counts = np.unique(codes, return_counts=True)
    return ColorCounts(_colors_of(found), counts.astype(np.int64))


def pooled(parts: Iterable[ColorCounts]) -> ColorCounts:
    """The colors of several slides or tiles together."""
    some = list(parts)
    colors = np.concatenate([each.colors for each in some]).astype(np.uint32)
    codes = colors[:, 0] << 16 | colors[:, 1] << 8 | colors[:, 2]
    found, place = np.unique(codes, return_inverse=True)
    # Sums of whole numbers are exact in float64.
    counts = np.bincount(place, np.concatenate([each.counts for each in some]), len(found))
    return ColorCounts(_colors_of(found), counts.astype(np.int64))


def _colors_of(codes: NDArray[np.uint32]) -> NDArray[np.uint8]:
    return np.stack([codes >> 16, codes >> 8 & 255, codes & 255], axis=1).astype(np.uint8)


class Look(Protocol):
    """What a correction of tiles knows of a slide's colors."""

    def recolored(self, tile: NDArray[np.uint8], target: Any) -> Rows:
        """A tile (h, w, 3) of this slide as with another look of the same kind, 0..255."""
        ...

    @property
    def numbers(self) -> Rows:
        """All that it is, as one row."""
        ...

    def arrays(self) -> dict[str, Rows]:
        """What is to be saved, by name."""
        ...


@dataclass(frozen=True)
class LabLook:
    """Mean and standard deviation (n below) of all pixels in CIE Lab: Reinhard's statistics."""

    mean: Rows  # (3,)
    sd: Rows  # (3,)

    @property
    def numbers(self) -> Rows:
        """All that it is, as one row (6,)."""
        return np.concatenate([self.mean, self.sd])

    def arrays(self) -> dict[str, Rows]:
        """Mean and standard deviation."""
        return {"mean": self.mean, "sd": self.sd}

    def recolored(self, tile: NDArray[np.uint8], target: LabLook) -> Rows:
        """A tile (h, w, 3) of this slide with the mean and spread of another, float64 0..255."""
        sd = np.where(self.sd < LEAST_SPREAD, 1.0, self.sd)
        return _from_lab((to_lab(tile) - self.mean) / sd * target.sd + target.mean)


@dataclass(frozen=True)
class StainLook:
    """Absorption of hematoxylin and eosin, and how strong they are: Macenko's statistics."""

    absorption: Rows  # (3, 2) optical density of red, green, blue; columns of length 1
    strength: Rows  # (2,) concentration

    @property
    def numbers(self) -> Rows:
        """All that it is, as one row (8,)."""
        return np.concatenate([self.absorption.ravel(), self.strength])

    def arrays(self) -> dict[str, Rows]:
        """Absorption and strength."""
        return {"absorption": self.absorption, "strength": self.strength}

    def recolored(self, tile: NDArray[np.uint8], target: StainLook) -> Rows:
        """A tile (h, w, 3) of this slide with the stains of another, float64 0..255."""
        # Concentrations by least squares, scaled, in the other's colors: one matrix does all.
        change = target.absorption * (target.strength / self.strength)
        change = change @ np.linalg.pinv(self.absorption)
        return np.clip(_LIGHT * np.exp(-(_DENSITY[tile] @ change.T)), 0.0, 255.0)


Stain = LabLook | StainLook  # what a correction of tiles brings slides to

# Macenko's reference, as their authors published it and most programs use it.
PUBLISHED = StainLook(
    np.array([[0.5626, 0.2159], [0.7201, 0.8012], [0.4062, 0.5581]]), np.array([1.9705, 1.0308])
)


def lab_look(colors: ColorCounts) -> LabLook | None:
    """Mean and spread of a slide's pixels in Lab; None where too few are stained."""
    if colors.stained_pixels < LEAST_STAINED:
        return None
    lab = to_lab(colors.colors)
    mean = np.average(lab, axis=0, weights=colors.counts)
    return LabLook(mean, np.sqrt(np.average((lab - mean) ** 2, axis=0, weights=colors.counts)))


def stain_look(colors: ColorCounts) -> StainLook | None:
    """A slide's stains; None where too few pixels are stained, or all by one stain alone."""
    if colors.stained_pixels < LEAST_STAINED:
        return None
    stained = colors.stained
    density, counts = _DENSITY[colors.colors[stained]], colors.counts[stained]
    _, vectors = np.linalg.eigh(np.cov(density.T, fweights=counts))
    plane = vectors[:, 1:]
    plane = plane * np.where(plane.sum(axis=0) < 0, -1.0, 1.0)
    inside = density @ plane
    angles = np.arctan2(inside[:, 1], inside[:, 0])
    first, second = (
        plane @ np.array([np.cos(angle), np.sin(angle)])
        for angle in (_percentile(angles, counts, each) for each in _ANGLES)
    )
    if np.linalg.norm(np.cross(first, second)) < LEAST_APART:
        return None
    stains = [first, second] if first[0] > second[0] else [second, first]  # hematoxylin is bluer
    absorption = np.stack(stains, axis=1)
    concentrations = _DENSITY[colors.colors] @ np.linalg.pinv(absorption).T
    strength = np.array([_percentile(each, colors.counts, _MOST) for each in concentrations.T])
    return StainLook(absorption, strength) if (strength > 0).all() else None


def rounded(picture: Rows) -> NDArray[np.uint8]:
    """The picture in whole numbers, as an encoder takes it."""
    return np.rint(picture).astype(np.uint8)


def to_lab(colors: NDArray[np.uint8]) -> Rows:
    """CIE Lab (D65) of RGB colors, shape (..., 3).

    >>> to_lab(np.array([[0, 0, 0], [255, 255, 255]], np.uint8))[:, 0].round(6).tolist()
    [0.0, 100.0]
    """
    xyz = _LINEAR[colors] @ _TO_XYZ.T / _WHITE
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    x, y, z = f[..., 0], f[..., 1], f[..., 2]
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def _from_lab(lab: Rows) -> Rows:
    """RGB of Lab, 0..255; what no screen can show is cut off."""
    y = (lab[..., 0] + 16) / 116
    f = np.stack([y + lab[..., 1] / 500, y, y - lab[..., 2] / 200], axis=-1)
    xyz = np.where(f > 0.2068966, f**3, (f - 16 / 116) / 7.787) * _WHITE
    linear = xyz @ _FROM_XYZ.T
    curved = 1.055 * np.maximum(linear, 0.0) ** (1 / 2.4) - 0.055
    rgb = np.where(linear > 0.0031308, curved, 12.92 * linear)
    return np.asarray(np.clip(rgb, 0.0, 1.0) * 255)


def _percentile(values: Rows, counts: NDArray[np.int64], percent: float) -> float:
    """Percentile of values that are there so many times, as numpy's of all of them."""
    order = np.argsort(values, kind="stable")
    upto = np.cumsum(counts[order])
    place = percent / 100 * (upto[-1] - 1)
    low, high = np.searchsorted(upto, [np.floor(place), np.ceil(place)], side="right")
    below, above = values[order[[low, high]]]
    return float(below + (above - below) * (place - np.floor(place)))
