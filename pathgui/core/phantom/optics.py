"""Virtual centers: how stain concentrations become the picture that a hospital's scanner gives.

Light that passes a stained section is dimmed by exp(-concentration x absorption) in each color
(Beer-Lambert). What differs between hospitals is all here: dyes, staining times, section
thickness, lamp, lens, camera and compression.
"""

from __future__ import annotations

import io
from dataclasses import dataclass

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


# Hematoxylin and eosin lie near the absorptions of Ruifrok and Johnston 2001 and of Macenko et
# al. 2009. The average of these four is the center of center effect 0.
_PROFILES = (
    Center(
        "Virtual Northfield",
        hematoxylin=(0.63, 0.70, 0.33),
        eosin=(0.11, 0.84, 0.53),
        hematoxylin_strength=1.05,
        eosin_strength=1.05,
        thickness=1.0,
        haze=0.01,
        illumination=(0.955, 0.950, 0.955),
        falloff=0.015,
        gamma=1.0,
        blur_px=0.45,
        sharpening=0.4,
        noise=0.01,
        jpeg_quality=92,
    ),
    Center(
        "Virtual Lakeside",
        hematoxylin=(0.53, 0.80, 0.20),
        eosin=(0.14, 0.93, 0.27),
        hematoxylin_strength=0.95,
        eosin_strength=0.90,
        thickness=0.92,
        haze=0.05,
        illumination=(0.925, 0.930, 0.985),
        falloff=0.035,
        gamma=1.08,
        blur_px=0.8,
        sharpening=0.0,
        noise=0.024,
        jpeg_quality=72,
    ),
    Center(
        "Virtual Easthaven",
        hematoxylin=(0.66, 0.66, 0.46),
        eosin=(0.10, 0.76, 0.70),
        hematoxylin_strength=0.82,
        eosin_strength=1.00,
        thickness=0.95,
        haze=0.06,
        illumination=(0.985, 0.950, 0.895),
        falloff=0.03,
        gamma=0.92,
        blur_px=1.3,
        sharpening=0.0,
        noise=0.008,
        jpeg_quality=84,
    ),
    Center(
        "Virtual Southgate",
        hematoxylin=(0.68, 0.68, 0.32),
        eosin=(0.24, 0.84, 0.44),
        hematoxylin_strength=1.30,
        eosin_strength=1.15,
        thickness=1.12,
        haze=0.03,
        illumination=(0.900, 0.925, 0.920),
        falloff=0.02,
        gamma=1.05,
        blur_px=0.6,
        sharpening=0.9,
        noise=0.016,
        jpeg_quality=80,
    ),
)

CENTER_NAMES = tuple(profile.name for profile in _PROFILES)


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
    numbers = np.array([_numbers(profile) for profile in _PROFILES])
    average = numbers.mean(axis=0)
    scaled = average + center_effect * (numbers - average)
    return tuple(_center(name, row) for name, row in zip(CENTER_NAMES, scaled, strict=True))


def _numbers(c: Center) -> list[float]:
    return [
        *_unit(c.hematoxylin),
        *_unit(c.eosin),
        *np.log([c.hematoxylin_strength, c.eosin_strength, c.thickness]),
        c.haze,
        *c.illumination,
        c.falloff,
        c.gamma,
        c.blur_px,
        c.sharpening,
        c.noise,
        c.jpeg_quality,
    ]


def _center(name: str, v: NDArray[np.float64]) -> Center:
    strengths = np.exp(v[6:9])
    return Center(
        name,
        hematoxylin=_rgb(v[0:3]),
        eosin=_rgb(v[3:6]),
        hematoxylin_strength=float(strengths[0]),
        eosin_strength=float(strengths[1]),
        thickness=float(strengths[2]),
        haze=float(v[9]),
        illumination=_rgb(v[10:13]),
        falloff=float(v[13]),
        gamma=float(v[14]),
        blur_px=float(v[15]),
        sharpening=float(v[16]),
        noise=float(v[17]),
        jpeg_quality=round(float(v[18])),
    )


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
