"""How far apart colors look, also to those who lack a kind of cone; and how well text is read.

Simulation: Machado, Oliveira and Fernandes, IEEE TVCG 2009, 15(6), 1291-1298, the matrices of
severity 1, on linear light. Differences: CIEDE2000 (Sharma, Wu and Dalal, Color Research and
Application 2005, 30(1), 21-30). Contrast: WCAG 2.2, success criterion 1.4.3.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

AA_TEXT = 4.5  # least contrast of text that is not large
VISIONS = {
    "usual": np.eye(3),
    "protanopia": np.array([
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ]),
    "deuteranopia": np.array([
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ]),
}  # fmt: skip
_TO_XYZ = np.array([
    [0.4124564, 0.3575761, 0.1804375],
    [0.2126729, 0.7151522, 0.0721750],
    [0.0193339, 0.1191920, 0.9503041],
])  # fmt: skip
_WHITE = _TO_XYZ @ np.ones(3)


def linear(colors: ArrayLike) -> NDArray[np.float64]:
    """Light of sRGB colors (..., 3) of 0 to 255."""
    share = np.asarray(colors, np.float64) / 255
    return np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)


def lab(colors: ArrayLike, vision: str = "usual") -> NDArray[np.float64]:
    """CIELAB of sRGB colors (..., 3), as seen with a kind of vision."""
    seen = np.clip(linear(colors) @ VISIONS[vision].T, 0, 1)
    ratio = seen @ _TO_XYZ.T / _WHITE
    x, y, z = np.moveaxis(
        np.where(ratio > 216 / 24389, np.cbrt(ratio), (24389 / 27 * ratio + 16) / 116), -1, 0
    )
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def difference(one: ArrayLike, other: ArrayLike) -> NDArray[np.float64]:
    """CIEDE2000 of CIELAB colors (..., 3); 1 can just be seen."""
    (l1, a1, b1), (l2, a2, b2) = (np.moveaxis(np.asarray(each), -1, 0) for each in (one, other))
    mean_c7 = ((np.hypot(a1, b1) + np.hypot(a2, b2)) / 2) ** 7
    g = 0.5 * (1 - np.sqrt(mean_c7 / (mean_c7 + 25.0**7)))
    a1, a2 = (1 + g) * a1, (1 + g) * a2
    c1, c2 = np.hypot(a1, b1), np.hypot(a2, b2)
    h1, h2 = (np.degrees(np.arctan2(b, a)) % 360 for a, b in ((a1, b1), (a2, b2)))
    colored = c1 * c2 > 0
    turn = np.where(colored, (h2 - h1 + 180) % 360 - 180, 0)
    hue = 2 * np.sqrt(c1 * c2) * np.sin(np.radians(turn / 2))
    mean_l, mean_c = (l1 + l2) / 2, (c1 + c2) / 2
    mean_h = np.where(colored, (h1 + turn / 2) % 360, h1 + h2)
    t = (
        1
        - 0.17 * np.cos(np.radians(mean_h - 30))
        + 0.24 * np.cos(np.radians(2 * mean_h))
        + 0.32 * np.cos(np.radians(3 * mean_h + 6))
        - 0.20 * np.cos(np.radians(4 * mean_h - 63))
    )
    light = 1 + 0.015 * (mean_l - 50) ** 2 / np.sqrt(20 + (mean_l - 50) ** 2)
    chroma, tone = 1 + 0.045 * mean_c, 1 + 0.015 * mean_c * t
    bend = 60 * np.exp(-(((mean_h - 275) / 25) ** 2))
    cross = -np.sin(np.radians(bend)) * 2 * np.sqrt(mean_c**7 / (mean_c**7 + 25.0**7))
    dl, dc, dh = (l2 - l1) / light, (c2 - c1) / chroma, hue / tone
    return np.sqrt(dl**2 + dc**2 + dh**2 + cross * dc * dh)


def contrast(one: ArrayLike, other: ArrayLike) -> float:
    """Contrast ratio of two sRGB colors, 1 to 21."""
    lights = sorted(float(linear(each) @ _TO_XYZ[1]) for each in (one, other))
    return (lights[1] + 0.05) / (lights[0] + 0.05)
