"""Virtual centers: how stain concentrations become the picture that a hospital's scanner gives.

Light that passes a stained section is dimmed by exp(-concentration x absorption) in each color
(Beer-Lambert). What differs between hospitals is all here: dyes, staining times, section
thickness, lamp, lens, camera and compression.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pathgui.core.phantom.fields import Field, blur

RGB = tuple[float, float, float]

_FRAME_PX = 1500.0  # the scanner takes the slide in frames of this edge; falloff repeats with them


@dataclass(frozen=True)
class Center:
    """All that a center does to a section. Colors are (red, green, blue)."""

    name: str
    hematoxylin: RGB  # absorption of each stain, direction only: normalized when rendering
    eosin: RGB
    hematoxylin_strength: float  # factors on the concentrations
    eosin_strength: float
    thickness: float  # of the section, relative to the usual one
    haze: float  # eosin that sticks to everything, in units of concentration
    illumination: RGB  # of empty glass, 0..1
    falloff: float  # share of light lost in the corners of a frame
    gamma: float  # exponent on the transmitted light; 1 is linear
    blur_px: float  # standard deviation of the point spread
    sharpening: float  # of the scanner's own software; 0: none
    noise: float  # standard deviation at full light, of 1
    jpeg_quality: int


CENTER_NAMES = ("Virtual Northfield", "Virtual Lakeside", "Virtual Easthaven", "Virtual Southgate")
# What each of them does, in their order. Hematoxylin and eosin lie near the absorptions of Ruifrok
# and Johnston 2001 and of Macenko et al. 2009. The average of the four is the center of center
# effect 0.
_PROFILES: dict[str, tuple[Any, ...]] = {
    "hematoxylin": ((0.63, 0.70, 0.33), (0.53, 0.80, 0.20), (0.66, 0.66, 0.46), (0.68, 0.68, 0.32)),
    "eosin": ((0.11, 0.84, 0.53), (0.14, 0.93, 0.27), (0.10, 0.76, 0.70), (0.24, 0.84, 0.44)),
    "hematoxylin_strength": (1.05, 0.95, 0.82, 1.30),
    "eosin_strength": (1.05, 0.90, 1.00, 1.15),
    "thickness": (1.0, 0.92, 0.95, 1.12),
    "haze": (0.01, 0.05, 0.06, 0.03),
    "illumination": (
        (0.955, 0.950, 0.955),
        (0.925, 0.930, 0.985),
        (0.985, 0.950, 0.895),
        (0.900, 0.925, 0.920),
    ),
    "falloff": (0.015, 0.035, 0.03, 0.02),
    "gamma": (1.0, 1.08, 0.92, 1.05),
    "blur_px": (0.45, 0.8, 1.3, 0.6),
    "sharpening": (0.4, 0.0, 0.0, 0.9),
    "noise": (0.01, 0.024, 0.008, 0.016),
    "jpeg_quality": (92, 72, 84, 80),
}
_DIRECTIONS = ("hematoxylin", "eosin")  # of these, length means nothing
_FACTORS = ("hematoxylin_strength", "eosin_strength", "thickness")  # averaged as logarithms


def centers(center_effect: float) -> tuple[Center, ...]:
    """The virtual centers, their differences scaled by ``center_effect``.

    At 0 all are the average of the four but for the name, at 1 they differ as four real hospitals
    may; between, in proportion.

    Raises
    ------
    ValueError
        If ``center_effect`` is not in 0..1.
    """
    if not 0 <= center_effect <= 1:
        raise ValueError(f"center_effect must be in 0..1, not {center_effect}")
    scaled = {name: _scaled(name, center_effect) for name in _PROFILES}
    found = []
    for number, center in enumerate(CENTER_NAMES):
        values = {name: row[number] for name, row in scaled.items()}
        values |= {name: _rgb(v) if np.ndim(v) else float(v) for name, v in values.items()}
        found.append(Center(center, **values | {"jpeg_quality": round(values["jpeg_quality"])}))
    return tuple(found)


def _scaled(name: str, center_effect: float) -> NDArray[np.float64]:
    """What the centers are with regard to one thing, their differences scaled; (4,) or (4, 3)."""
    profile = _PROFILES[name]
    numbers = np.array([_unit(each) for each in profile] if name in _DIRECTIONS else profile, float)
    if name in _FACTORS:
        numbers = np.log(numbers)
    average = numbers.mean(axis=0)
    scaled: NDArray[np.float64] = average + center_effect * (numbers - average)
    return np.exp(scaled) if name in _FACTORS else scaled


def _rgb(v: NDArray[np.float64]) -> RGB:
    return float(v[0]), float(v[1]), float(v[2])


def _unit(v: RGB) -> NDArray[np.float64]:
    vector: NDArray[np.float64] = np.array(v) / np.linalg.norm(v)
    return vector


@dataclass(frozen=True)
class Preparation:
    """What happened to one slide within its center: no two batches of dye are alike."""

    hematoxylin: float  # factors
    eosin: float
    thickness: float
    tint: RGB  # added to the direction of both absorptions
    light: float  # factor on the illumination
    focus: float  # factor on the blur

    @classmethod
    def draw(cls, rng: np.random.Generator) -> Preparation:
        """One slide's preparation; the same distribution at every center and center effect."""
        h, e, thickness, light, focus = rng.standard_normal(5)
        return cls(
            hematoxylin=float(np.exp(0.09 * h)),
            eosin=float(np.exp(0.11 * e)),
            thickness=float(np.exp(0.06 * thickness)),
            tint=_rgb(0.014 * rng.standard_normal(3)),
            light=float(1 + 0.006 * light),
            focus=float(np.exp(0.12 * focus)),
        )


def scan(
    hematoxylin: Field,
    eosin: Field,
    center: Center,
    preparation: Preparation,
    rng: np.random.Generator,
    origin_px: tuple[int, int] = (0, 0),
) -> NDArray[np.uint8]:
    """The picture that ``center``'s scanner takes of stain concentrations, before compression.

    Parameters
    ----------
    hematoxylin, eosin : (h, w) float32 arrays
        Concentrations, 0 for glass; see :mod:`pathgui.core.phantom.tissues`.
    origin_px
        Where the picture lies on its slide, (x, y); the falloff of light depends on it.

    Returns
    -------
    (h, w, 3) uint8 array, RGB
    """
    h = hematoxylin * np.float32(
        center.hematoxylin_strength * preparation.hematoxylin * center.thickness
    )
    h *= np.float32(preparation.thickness)
    e = eosin * np.float32(center.eosin_strength * preparation.eosin * center.thickness)
    e *= np.float32(preparation.thickness)
    # Dye sticks where there is tissue, not to glass.
    e += np.float32(center.haze) * np.clip((hematoxylin + eosin) * 8, 0, 1)
    absorption = [
        _unit(_rgb(np.clip(_unit(stain) + preparation.tint, 0.02, None)))
        for stain in (center.hematoxylin, center.eosin)
    ]
    falloff = _falloff(hematoxylin.shape, origin_px, center.falloff)
    picture = np.empty((*hematoxylin.shape, 3), np.uint8)
    sigma = center.blur_px * preparation.focus
    for color in range(3):
        light = np.exp(
            -(h * np.float32(absorption[0][color]) + e * np.float32(absorption[1][color]))
        )
        light = blur(light, sigma)
        if center.sharpening > 0:
            light += np.float32(center.sharpening) * (light - blur(light, 1.2))
        light *= falloff
        np.clip(light, 0.0, None, out=light)
        if center.gamma != 1:
            np.power(light, np.float32(center.gamma), out=light)
        light *= np.float32(center.illumination[color] * preparation.light)
        # Shot noise: the variance goes with the light.
        grain = rng.standard_normal(light.shape, dtype=np.float32)
        grain *= np.sqrt(light * np.float32(center.noise**2) + np.float32(4e-6))
        light += grain
        light *= 255
        picture[..., color] = np.clip(light + 0.5, 0, 255)
    return picture


def _falloff(shape: tuple[int, ...], origin_px: tuple[int, int], loss: float) -> Field:
    x = (origin_px[0] + np.arange(shape[1])) % _FRAME_PX / _FRAME_PX - 0.5
    y = (origin_px[1] + np.arange(shape[0])) % _FRAME_PX / _FRAME_PX - 0.5
    field: Field = (1 - 2 * loss * (x[None, :] ** 2 + y[:, None] ** 2)).astype(np.float32)
    return field


def jpeg(picture: NDArray[np.uint8], quality: int) -> bytes:
    """``picture`` as a JPEG file."""
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "JPEG", quality=quality)
    return file.getvalue()


def from_jpeg(data: bytes) -> NDArray[np.uint8]:
    """The pixels of a JPEG file, (h, w, 3)."""
    with Image.open(io.BytesIO(data)) as image:
        return np.asarray(image.convert("RGB"))
