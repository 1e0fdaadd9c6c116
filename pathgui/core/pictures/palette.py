"""The colors of tissues, centers, neighbor kinds and numbers, the same on slide, panel and PDF.

Two families of 24 that share no color. The first six of tissues are those of Okabe and Ito (2008),
the first six of centers Paul Tol's *bright* scheme. The others were sought so that any two of a
family differ, and each from its neighbors strongly, also for those who lack a kind of cone
(``tests/core/pictures/test_palette.py`` measures how far). Where more than :data:`FEW` classes
meet, color alone is not enough: each has letters as well, which its tiles carry. In a report, which
may be printed in gray, tiles always carry them.
"""

from __future__ import annotations

from typing import Final

from pathgui.core.metrics.neighbors.kinds import KINDS

Color = tuple[int, int, int]

FEW: Final = 6  # classes that color alone tells apart


def _colors(*numbers: int) -> tuple[Color, ...]:
    return tuple((n >> 16, n >> 8 & 255, n & 255) for n in numbers)


_TISSUES: Final = _colors(
    0xE69F00, 0x56B4E9, 0x009E73, 0xF0E442, 0x0072B2, 0xD55E00,
    0x5A1E78, 0x5A4B00, 0x5AFFF0, 0xC30F3C, 0x8787B4, 0xFFD2B4,
    0x005A5A, 0x87D269, 0x5A2D1E, 0xC3D2FF, 0x96874B, 0x001EFF,
    0x3C693C, 0x5A5A87, 0x69B4B4, 0x78003C, 0x6969FF, 0x96695A,
)  # fmt: skip
_CENTERS: Final = _colors(
    0x4477AA, 0xEE6677, 0x228833, 0xCCBB44, 0x66CCEE, 0xAA3377,
    0x3CFFA5, 0x960000, 0xD269FF, 0xF02D00, 0x0F2D96, 0xFFC3D2,
    0x9600FF, 0x78B496, 0x004B2D, 0xA5FF00, 0xA57896, 0xE1A578,
    0x785A3C, 0x5A2D5A, 0xFF78C3, 0x87A54B, 0x1E6978, 0xF07800,
)  # fmt: skip

_OF_KINDS: Final[tuple[Color, ...]] = (
    (0x99, 0x99, 0x99),
    (0x00, 0x72, 0xB2),
    (0xD5, 0x5E, 0x00),
    (0xF0, 0xE4, 0x42),
)
KIND_COLORS: Final[dict[str, Color]] = dict(zip(KINDS, _OF_KINDS, strict=True))
# Numbers: even in lightness and read alike with any color vision, so order is seen as order.
# Eight stops of matplotlib's viridis and cividis (CC0), evenly spaced; and a plain gray.
PALETTES: Final[dict[str, tuple[Color, ...]]] = {
    "viridis": (
        (68, 1, 84), (70, 50, 126), (54, 92, 141), (39, 127, 142),
        (31, 161, 135), (74, 193, 109), (160, 218, 57), (253, 231, 37),
    ),
    "cividis": (
        (0, 34, 78), (33, 59, 110), (76, 85, 108), (108, 110, 114),
        (142, 137, 120), (177, 165, 112), (217, 197, 92), (254, 232, 56),
    ),
    "gray": ((20, 20, 20), (240, 240, 240)),
}  # fmt: skip
POINT_SHAPES: Final = ("circle", "square", "diamond")
_INKS: Final[tuple[Color, ...]] = ((0, 0, 0), (255, 255, 255))


def tissue_colors(n: int) -> list[Color]:
    """Colors of ``n`` tissues, in their order. From the 25th on they come again."""
    return [_TISSUES[i % len(_TISSUES)] for i in range(n)]


def center_colors(n: int) -> list[Color]:
    """Colors of ``n`` centers, in their order. From the 25th on they come again."""
    return [_CENTERS[i % len(_CENTERS)] for i in range(n)]


def point_shape(index: int) -> str:
    """Shape of class ``index`` on a map: another one every six classes and where colors repeat.

    72 classes differ in color or in shape.

    >>> [point_shape(index) for index in (0, 5, 6, 12, 18, 24)]
    ['circle', 'circle', 'square', 'diamond', 'circle', 'diamond']
    """
    return POINT_SHAPES[(index // FEW + index // len(_TISSUES)) % len(POINT_SHAPES)]


def ink_on(color: Color) -> Color:
    """Black or white, whichever is read better on ``color``: a contrast of at least 4.5.

    Contrast as in WCAG 2.2, 1.4.3.
    """
    linear = [
        share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4
        for share in (value / 255 for value in color)
    ]
    light = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    # The two contrasts, (light + 0.05) / 0.05 and 1.05 / (light + 0.05), meet here.
    return _INKS[0] if (light + 0.05) ** 2 > 1.05 * 0.05 else _INKS[1]


def center_letter(index: int) -> str:
    """Letter code of a center: A to Z, then AA, AB, ...

    >>> [center_letter(i) for i in (0, 25, 26, 51, 52)]
    ['A', 'Z', 'AA', 'AZ', 'BA']
    """
    letters = ""
    index += 1
    while index:
        index, digit = divmod(index - 1, 26)
        letters = chr(ord("A") + digit) + letters
    return letters


def tissue_letter(index: int) -> str:
    """Letter code of a tissue, in small letters: no center has it.

    >>> [tissue_letter(i) for i in (0, 26)]
    ['a', 'aa']
    """
    return center_letter(index).lower()


def center_codes(n: int) -> list[str]:
    """The letters that tiles of ``n`` centers carry; none where color alone tells them apart."""
    return [center_letter(i) for i in range(n)] if n > FEW else []


def tissue_codes(n: int) -> list[str]:
    """The same of ``n`` tissues."""
    return [tissue_letter(i) for i in range(n)] if n > FEW else []


def to_hex(color: Color) -> str:
    """``#rrggbb``.

    >>> to_hex((0, 114, 178))
    '#0072b2'
    """
    return "#{:02x}{:02x}{:02x}".format(*color)
