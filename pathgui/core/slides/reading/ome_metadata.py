"""What OME metadata say of an image: in the XML of an OME-TIFF, and the JSON of an OME-Zarr."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from xml.etree import ElementTree

from pathgui.core.slides.reading.sample_values import Channel

# µm of one unit, by the signs that OME-XML has and the words that OME-Zarr has.
_UM = {
    "µm": 1.0, "μm": 1.0, "um": 1.0, "micrometer": 1.0, "micrometre": 1.0, "micron": 1.0,
    "nm": 1e-3, "nanometer": 1e-3, "nanometre": 1e-3,
    "mm": 1e3, "millimeter": 1e3, "millimetre": 1e3,
    "cm": 1e4, "centimeter": 1e4, "centimetre": 1e4,
    "m": 1e6, "meter": 1e6, "metre": 1e6,
    "å": 1e-4, "angstrom": 1e-4, "pm": 1e-6, "picometer": 1e-6,
    "in": 25400.0, "inch": 25400.0,
}  # fmt: skip


@dataclass(frozen=True)
class OmeImage:
    """One image of an OME file. Sizes are 0, and what is unknown None or "", where not said."""

    name: str = ""
    size: tuple[int, int] = (0, 0)  # width, height
    planes: Mapping[str, int] | None = None  # length of "Z" and "T", where above 1
    pixel_um: tuple[float | None, float | None] = (None, None)  # width, height of a pixel
    significant_bits: int = 0
    channels: tuple[Channel, ...] = ()
    objective: float | None = None  # nominal magnification
    elsewhere: bool = False  # other files hold its pixels, or some of them


def in_um(length: object, unit: str) -> float | None:
    """A length in µm; None where it is no positive number or its unit is no length.

    >>> in_um("250", "nm"), in_um(0.5, "micrometer"), in_um(1, "pixel")
    (0.25, 0.5, None)
    """
    factor = _UM.get(unit.strip().lower())
    try:
        value = float(str(length))
    except ValueError:
        return None
    return value * factor if factor and math.isfinite(value) and value > 0 else None


def color_of(number: object) -> tuple[int, int, int] | None:
    """Red, green and blue of a color as OME-XML writes it, a signed number of 32 bits, RGBA.

    >>> color_of("-16776961"), color_of("16711935"), color_of("65535")
    ((255, 0, 0), (0, 255, 0), (0, 0, 255))
    """
    try:
        word = int(str(number)) & 0xFFFFFFFF
    except ValueError:
        return None
    return word >> 24, word >> 16 & 255, word >> 8 & 255


def images_of(xml: str) -> list[OmeImage]:
    """The images that an OME-XML text describes, in its order; none where it is no such text."""
    try:
        root = ElementTree.fromstring(xml)
    except (ElementTree.ParseError, ValueError):
        return []
    objectives = {
        each.get("ID", ""): _number(each.get("NominalMagnification"))
        for each in root.iter()
        if _tag(each) == "Objective"
    }
    images = [
        _image(each, objectives, root.get("UUID", "")) for each in root if _tag(each) == "Image"
    ]
    if any(_tag(each) == "BinaryOnly" for each in root):
        return [OmeImage(elsewhere=True)]
    return images


def _image(
    image: ElementTree.Element, objectives: Mapping[str, float | None], file: str
) -> OmeImage:
    pixels = next((each for each in image if _tag(each) == "Pixels"), None)
    settings = next((each for each in image if _tag(each) == "ObjectiveSettings"), None)
    objective = None if settings is None else objectives.get(settings.get("ID", ""))
    if pixels is None:
        return OmeImage(image.get("Name", ""), objective=objective)
    channels: list[Channel] = []
    for each in pixels:
        if _tag(each) == "Channel":
            color = each.get("Color")
            channel = Channel(each.get("Name", ""), None if color is None else color_of(color))
            channels += [channel] * max(1, min(64, _count(each.get("SamplesPerPixel"))))
    # A file that was renamed still says its former name; its id stays.
    files = {(each.text or "").strip() for each in pixels.iter() if _tag(each) == "UUID"}
    return OmeImage(
        name=image.get("Name", ""),
        elsewhere=len(files) > 1 or bool(file and files - {file}),
        size=(_count(pixels.get("SizeX")), _count(pixels.get("SizeY"))),
        planes={axis: length for axis in "ZT" if (length := _count(pixels.get(f"Size{axis}"))) > 1},
        pixel_um=(
            in_um(pixels.get("PhysicalSizeX"), pixels.get("PhysicalSizeXUnit", "µm")),
            in_um(pixels.get("PhysicalSizeY"), pixels.get("PhysicalSizeYUnit", "µm")),
        ),
        significant_bits=_count(pixels.get("SignificantBits")),
        channels=tuple(channels),
        objective=objective,
    )


def _tag(element: ElementTree.Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _count(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() else 0


def _number(text: str | None) -> float | None:
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if math.isfinite(value) and value > 0 else None
