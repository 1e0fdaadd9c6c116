"""What a slide's file says of itself, from the properties that its reader hands out."""

from __future__ import annotations

import math
from collections.abc import Mapping

from pathgui.core.language.texts import noted

Properties = Mapping[str, str]
Color = tuple[int, int, int]

# OpenSlide's names, which its library need not be loaded for.
VENDOR = "openslide.vendor"
MPP_X, MPP_Y = "openslide.mpp-x", "openslide.mpp-y"
OBJECTIVE = "openslide.objective-power"
BACKGROUND = "openslide.background-color"
BOUNDS = tuple(f"openslide.bounds-{name}" for name in ("x", "y", "width", "height"))

# What pathgui says itself of files that it reads without OpenSlide, in the same table.
BITS, HIGHEST, HIGHEST_FROM = "pathgui.bits", "pathgui.highest", "pathgui.highest-from"
GRAY = "pathgui.gray"
STORED_UM = "pathgui.stored-um"  # width and height of a pixel before it was made square
MISSING, TILES = "pathgui.missing-tiles", "pathgui.tiles"  # of level 0

_FORMATS = {
    "aperio": noted("Aperio SVS"),
    "dicom": "DICOM",
    "dicomweb": noted("DICOM of an archive"),
    "generic-tiff": noted("Tiled TIFF"),
    "hamamatsu": "Hamamatsu",
    "leica": noted("Leica SCN"),
    "mirax": "MIRAX",
    "ome-tiff": "OME-TIFF",
    "ome-zarr": "OME-Zarr",
    "philips-tiff": noted("Philips TIFF"),
    "sakura": noted("Sakura SVSLIDE"),
    "trestle": noted("Trestle TIFF"),
    "ventana": "Ventana",
    "zeiss": noted("Zeiss CZI"),
}


def format_of(vendor: str) -> str:
    """The format as a user would name it."""
    return _FORMATS.get(vendor, vendor)


def pixel_um(properties: Properties) -> tuple[float | None, float | None]:
    """Width and height of a level-0 pixel in µm, each None if the file does not say."""
    return _positive(properties, MPP_X), _positive(properties, MPP_Y)


def mpp_of(properties: Properties) -> float | None:
    """µm per level-0 pixel; None if the file does not say, or pixels are not square."""
    x, y = pixel_um(properties)
    if x is None or y is None:
        return x if y is None else y
    # Scanners calibrate both axes; a per cent is calibration, more is another kind of pixel.
    return (x + y) / 2 if abs(x - y) <= 0.02 * max(x, y) else None


def objective_of(properties: Properties) -> float | None:
    """Power of the objective; None if the file does not say."""
    return _positive(properties, OBJECTIVE)


def bounds_of(properties: Properties, size_l0: tuple[int, int]) -> tuple[int, int, int, int]:
    """What was scanned, as x, y, width, height; all of the slide if the file does not say.

    Bounds that reach out of the slide are damaged, and count as none.
    """
    try:
        x, y, width, height = (int(properties[name]) for name in BOUNDS)
    except (KeyError, ValueError):
        return (0, 0, *size_l0)
    inside = x >= 0 <= y and x + width <= size_l0[0] and y + height <= size_l0[1]
    return (x, y, width, height) if inside and width > 0 < height else (0, 0, *size_l0)


def background_of(properties: Properties) -> Color:
    """Color (r, g, b) of what was not scanned; white if the file does not say."""
    text = properties.get(BACKGROUND, "")
    try:
        red, green, blue = bytes.fromhex(text)
    except ValueError:
        return (255, 255, 255)
    return (red, green, blue)


def _positive(properties: Properties, name: str) -> float | None:
    try:
        value = float(properties.get(name, ""))
    except ValueError:
        return None
    return value if math.isfinite(value) and value > 0 else None
