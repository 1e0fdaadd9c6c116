"""Lengths, areas and magnifications in the words of a pathologist. Without Qt."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from pathgui.core.language.texts import filled, localized, say

MAGNIFICATIONS = (1.25, 2.5, 5.0, 10.0, 20.0, 40.0)
_SEEN_IN_HUNDREDTHS = 0.02  # the least width of a range whose ends differ in two decimals
_UM_AT_1X = 10.0  # by convention 40x is 0.25 µm/px, 20x 0.5, 10x 1.0


@dataclass(frozen=True)
class ScaleBar:
    """A bar of ``length_px`` device pixels that stands for ``text``."""

    length_px: float
    text: str


def scale_bar(mpp: float | None, scale: float, widest_px: float) -> ScaleBar:
    """The longest bar of 1, 2 or 5 times a power of ten that is at most ``widest_px`` long.

    µm up to 999, then mm; pixels of level 0 if ``mpp`` is unknown.

    >>> scale_bar(0.5, 1.0, 250)
    ScaleBar(length_px=200.0, text='100 µm')
    >>> scale_bar(0.5, 0.01, 250).text, scale_bar(None, 1.0, 250).text
    ('10 mm', '200 px')
    """
    unit = mpp or 1.0
    widest = widest_px / scale * unit
    power = 10.0 ** math.floor(math.log10(widest))
    # The power itself may be wider by a rounding, and then none of the three would fit.
    fits = widest * (1 + 1e-9)
    length = max(step * power for step in (1, 2, 5) if step * power <= fits)
    text = length_text(length) if mpp else say("{length:g} px", length=length)
    return ScaleBar(length / unit * scale, text)


def length_text(um: float) -> str:
    """A length.

    >>> length_text(0.5), length_text(123.4), length_text(1500)
    ('0.5 µm', '123 µm', '1.5 mm')
    """
    if um < 999.5:
        return filled("{um:.3g} µm", um=um)
    return say("{um:.4g} mm", um=um / 1000)


def area_text(um2: float) -> str:
    """An area, in mm² from a thousandth of one on.

    >>> area_text(1234567), area_text(250), area_text(1.25e9)
    ('1.23 mm²', '250 µm²', '1250 mm²')
    """
    number, unit = (um2, "µm²") if um2 < 999.5 else (um2 / 1e6, "mm²")
    return (
        filled("{number:.0f} {unit}", number=number, unit=unit)
        if number >= 999.5
        else filled("{number:.3g} {unit}", number=number, unit=unit)
    )


def area_words(area_px: float, mpp: float | None) -> str:
    """An area given in level-0 pixels; in those where the mpp is unknown.

    >>> area_words(4e6, 0.5), area_words(1234, None)
    ('1 mm²', '1,234 px²')
    """
    return area_text(area_px * mpp * mpp) if mpp else say("{area_px:,.0f} px²", area_px=area_px)


def magnification(mpp: float, scale: float) -> float:
    """Of the view: 10 µm/px on the screen is 1x."""
    return _UM_AT_1X * scale / mpp


def scale_of(mpp: float, power: float) -> float:
    """Device pixels per level-0 pixel at a magnification."""
    return power * mpp / _UM_AT_1X


def magnification_text(mpp: float | None, scale: float) -> str:
    """The magnification of the view; where the mpp is unknown, screen pixels per pixel.

    >>> magnification_text(0.25, 1.0), magnification_text(0.25, 0.031), magnification_text(None, .5)
    ('40×', '1.24×', '1 : 2')
    """
    if mpp is not None:
        return filled("{magnification:.3g}×", magnification=magnification(mpp, scale))
    if scale >= 1:
        return filled("{scale:.3g} : 1", scale=scale)
    return filled("1 : {scale:.3g}", scale=1 / scale)


def mpp_text(mpp: float | None, source: str) -> str:
    """The slide's mpp and where it came from.

    >>> mpp_text(0.503, "file"), mpp_text(0.25, "user"), mpp_text(None, "")
    ('0.503 µm/px, from file', '0.25 µm/px, given by you', 'µm/px unknown: click to give it')
    """
    if mpp is None:
        return say("µm/px unknown: click to give it")
    whence = say("given by you") if source == "user" else say("from file")
    return filled("{mpp:.4g} µm/px, {whence}", mpp=mpp, whence=whence)


@dataclass(frozen=True)
class Place:
    """A point of the slide, and a magnification if one was given."""

    x_l0: float
    y_l0: float
    power: float | None = None


def parse_place(text: str, mpp: float | None) -> Place:
    """What a user means by "12000, 8000", "12000 8000 @ 20x" or "1.5 mm, 2 mm".

    Plain numbers are level-0 pixels, with µm or mm lengths from the upper left corner.

    Raises
    ------
    ValueError
        With a text for the user.

    Examples
    --------
    >>> parse_place("12000, 8000 @ 20x", None)
    Place(x_l0=12000.0, y_l0=8000.0, power=20.0)
    >>> parse_place("1.5 mm; 200 µm", 0.5) == parse_place("1,5 mm; 200 µm", 0.5)
    True
    """
    match = _PLACE.fullmatch(text.strip())
    # "1,2,3": which of the commas parts the two numbers?
    unclear = match is not None and match["parted"] == "," and "," in match["x"] + match["y"]
    if match is None or unclear:
        raise ValueError(
            say("Give two numbers, for example “12000, 8000” or “1.5 mm, 2 mm @ 20x”.")
        )
    values = []
    for number, unit in ((match["x"], match["xu"]), (match["y"], match["yu"])):
        value = float(number.replace(",", "."))
        if unit:
            if mpp is None:
                raise ValueError(
                    say("The slide's µm per pixel is unknown, so only pixels can be given here.")
                )
            value *= (1000 if unit == "mm" else 1) / mpp
        values.append(value)
    power = float(match["power"].replace(",", ".")) if match["power"] else None
    return Place(values[0], values[1], power)


_NUMBER = r"\d+(?:[.,]\d+)?"
_PLACE = re.compile(
    rf"(?P<x>{_NUMBER})\s*(?P<xu>mm|µm|um)?(?P<parted>\s*[,; ]\s*)"
    rf"(?P<y>{_NUMBER})\s*(?P<yu>mm|µm|um)?"
    rf"(?:\s*@\s*(?P<power>{_NUMBER})\s*[x×]?)?"
)


def polygon_area_px(points: Sequence[tuple[float, float]]) -> float:
    """Area of a polygon that does not cross itself.

    >>> polygon_area_px([(0, 0), (4, 0), (4, 3), (0, 3)])
    12.0
    """
    total = 0.0
    for (x0, y0), (x1, y1) in zip(points, (*points[1:], *points[:1]), strict=True):
        total += x0 * y1 - x1 * y0
    return abs(total) / 2


def range_ends(low: float, high: float) -> tuple[str, str]:
    """Both ends of a range of numbers, short, and never as if it had no width.

    >>> range_ends(0.25, 0.5), range_ends(0.0, 0.00047), range_ends(0.0, 0.0)
    (('0.25', '0.50'), ('0', '4.7e-04'), ('0.00', '0.00'))
    """
    if low == high or high - low >= _SEEN_IN_HUNDREDTHS:
        return localized(low, ".2f"), localized(high, ".2f")
    few, many = (localized(each, ".1e") if each else "0" for each in (low, high))
    return few, many
