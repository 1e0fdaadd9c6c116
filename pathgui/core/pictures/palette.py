"""The colors of tissues, centers and neighbor kinds, the same on slide, panel and PDF.

Two families that cannot be mistaken for each other, both without the pinks and purples of H&E:
tissues after Okabe and Ito (2008), centers after Paul Tol's *bright* scheme. Centers also have
letters, and the entries past the sixth a pattern, so nothing rests on color alone.
"""

from __future__ import annotations

from typing import Final

from pathgui.core.metrics.neighbors.kinds import KINDS

Color = tuple[int, int, int]

_TISSUES: Final[tuple[Color, ...]] = (
    (0xE6, 0x9F, 0x00),
    (0x56, 0xB4, 0xE9),
    (0x00, 0x9E, 0x73),
    (0xF0, 0xE4, 0x42),
    (0x00, 0x72, 0xB2),
    (0xD5, 0x5E, 0x00),
)
_CENTERS: Final[tuple[Color, ...]] = (
    (0x44, 0x77, 0xAA),
    (0xEE, 0x66, 0x77),
    (0x22, 0x88, 0x33),
    (0xCC, 0xBB, 0x44),
    (0x66, 0xCC, 0xEE),
    (0xAA, 0x33, 0x77),
)

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
PATTERNS: Final = ("plain", "hatched", "dotted", "cross-hatched")


def tissue_colors(n: int) -> list[Color]:
    """Colors of ``n`` tissues, in their order. From the seventh on they come shaded."""
    return [_shaded(_TISSUES, i) for i in range(n)]


def center_colors(n: int) -> list[Color]:
    """Colors of ``n`` centers, in their order. From the seventh on they come shaded."""
    return [_shaded(_CENTERS, i) for i in range(n)]


def pattern(index: int) -> str:
    """Fill pattern of entry ``index``: six colors each in plain, hatched, dotted, cross-hatched."""
    return PATTERNS[index // len(_TISSUES) % len(PATTERNS)]


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


def to_hex(color: Color) -> str:
    """``#rrggbb``.

    >>> to_hex((0, 114, 178))
    '#0072b2'
    """
    return "#{:02x}{:02x}{:02x}".format(*color)


def _shaded(family: tuple[Color, ...], index: int) -> Color:
    """Round ``k`` through the family: as it is, then 35 % darker, then halfway to white."""
    turn, position = divmod(index, len(family))
    red, green, blue = family[position]
    match turn % 3:
        case 1:
            return (int(red * 0.65), int(green * 0.65), int(blue * 0.65))
        case 2:
            return ((red + 255) // 2, (green + 255) // 2, (blue + 255) // 2)
    return (red, green, blue)
