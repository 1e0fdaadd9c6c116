"""From the values that a file stores to 8-bit RGB: which channels, and which range.

Encoders were trained on bright-field pictures of 8 bits and three colors. Gray is shown as it is,
in all three colors. 16-bit values are mapped to 8 bits by one straight line, the same for all
channels and all places of a slide, so that neither colors nor tiles move against each other.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from pathgui.core.errors import SlideError
from pathgui.core.language.texts import say
from pathgui.core.slides.reading.properties import (
    BITS,
    GRAY,
    HIGHEST,
    HIGHEST_FROM,
)

Rgb = NDArray[np.uint8]
Values = NDArray[Any]  # (h, w, channels) of uint8 or uint16

_COLORS = ("red", "green", "blue")
_PLAIN_NAME = re.compile(r"(?:channel|ch|c)?[ :_-]*\d*", re.IGNORECASE)


@dataclass(frozen=True)
class Channel:
    """What a file says of one channel: "" and None where it says nothing."""

    name: str = ""
    rgb: tuple[int, int, int] | None = None  # the color it is to be shown in


@dataclass(frozen=True)
class SampleValues:
    """How stored values become RGB.

    Attributes
    ----------
    bits : int
        Of a stored value: 8 or 16.
    highest : int
        The stored value that becomes 255; 0 stays 0, what is higher is 255 too.
    highest_from : "type", "file" or "values"
        Whether 8 bits leave no choice, the file says how many of its bits are used, or its values
        do: the fewest bits that hold all values of the coarsest level.
    gray : bool
        Whether there is one channel.
    inverted : bool
        Whether 0 is white.
    """

    bits: int = 8
    highest: int = 255
    highest_from: str = "type"
    gray: bool = False
    inverted: bool = False

    def rgb(self, values: Values) -> Rgb:
        """Values of shape (h, w, channels) as RGB (h, w, 3), contiguous."""
        if self.bits == 8:
            eight = values
        else:
            top = np.minimum(values, self.highest).astype(np.uint32)
            # Rounded half up, in whole numbers: the same on every machine.
            eight = ((top * 510 + self.highest) // (2 * self.highest)).astype(np.uint8)
        if self.inverted:
            eight = 255 - eight
        if self.gray:
            eight = np.repeat(eight[..., :1], 3, axis=-1)
        return np.ascontiguousarray(eight[..., :3], np.uint8)

    def properties(self) -> dict[str, str]:
        """What is said of it among the properties of the slide; nothing of plain 8-bit RGB."""
        said = {GRAY: "1"} if self.gray else {}
        if self.bits != 8:
            said |= {
                BITS: str(self.bits),
                HIGHEST: str(self.highest),
                HIGHEST_FROM: self.highest_from,
            }
        return said


def sample_values(
    name: str,
    dtype: np.dtype[Any],
    channels: int,
    *,
    significant_bits: int = 0,
    inverted: bool = False,
    seen: Callable[[], Iterable[Values]] = tuple,
) -> SampleValues:
    """How the values of a file become RGB.

    Parameters
    ----------
    name : str
        Of the file, for messages.
    dtype : numpy dtype
        Of stored values.
    channels : int
        1 or 3 (a fourth that is opacity is left out before).
    significant_bits : int
        How many bits of a value are used, as the file says; 0 or all of them say nothing.
    inverted : bool
    seen : function
        Gives values of the coarsest level, where the file does not say.

    Raises
    ------
    SlideError
        If values are of another type than 8 or 16 bits without a sign.
    """
    if dtype not in (np.dtype(np.uint8), np.dtype(np.uint16)):
        raise SlideError(
            say(
                "{name} stores values of type {dtype}; pathgui reads 8 or 16 bits without a sign. "
                "Convert it, for example with QuPath (File, Export images, OME TIFF) after "
                "Image type is set to bright-field, or with libvips: vips cast IN OUT.tif"
                "[tile,pyramid] uchar.",
                name=name,
                dtype=str(dtype),
            )
        )
    gray = channels == 1
    if dtype.itemsize == 1:
        return SampleValues(gray=gray, inverted=inverted)
    if 8 <= significant_bits < 16:
        return SampleValues(16, (1 << significant_bits) - 1, "file", gray, inverted)
    most = max((int(values.max()) for values in seen() if values.size), default=0)
    bits = max(8, most.bit_length()) if most else 16
    return SampleValues(16, (1 << bits) - 1, "values", gray, inverted)


def check_channels(name: str, channels: Sequence[Channel], bits: int = 8) -> None:
    """Refuse channels that are no red, green and blue, and not one alone.

    Three of which nothing is said are colors where they have 8 bits, as converters write them;
    those of 16 bits are more often fluorescence.

    Raises
    ------
    SlideError
        With the names of the channels, and what to do.
    """
    if len(channels) == 1 or (len(channels) == 3 and _are_colors(channels, bits)):
        return
    named = [each.name for each in channels if not _PLAIN_NAME.fullmatch(each.name)]
    raise SlideError(
        say(
            "{name} has {n} channels{named}, as fluorescence has. Encoders see red, green and "
            "blue of a bright-field slide, so no three of these are taken silently. Export it as "
            "RGB, for example with QuPath (File, Export images, Rendered RGB), or export one "
            "channel alone, which is then shown in gray.",
            name=name,
            n=len(channels),
            named=f" ({', '.join(named[:6])}{', …' if len(named) > 6 else ''})" if named else "",
        )
    )


def refuse_stack(name: str, many: dict[str, int]) -> NoReturn:
    """Refuse a file with several pictures of each place; ``many``: length by axis."""
    raise SlideError(
        say(
            "{name} is a stack ({axes}): it has several pictures of each place, and an encoder "
            "sees one. Export one plane, for example with QuPath (File, Export images, OME TIFF, "
            "without all z-slices and time points) or with bfconvert -z 0 -timepoint 0 IN "
            "OUT.ome.tif.",
            name=name,
            axes=", ".join(f"{axis} {length}" for axis, length in many.items()),
        )
    )


def _are_colors(channels: Sequence[Channel], bits: int) -> bool:
    """Whether three channels are red, green and blue, by their colors or else by their names."""
    names = [each.name.strip().lower() for each in channels]
    if names == list(_COLORS) or names == [each[0] for each in _COLORS]:
        return True
    if all(each.rgb is not None for each in channels):
        return [each.rgb for each in channels] == [(255, 0, 0), (0, 255, 0), (0, 0, 255)]
    return bits == 8 and all(_PLAIN_NAME.fullmatch(name) for name in names)
