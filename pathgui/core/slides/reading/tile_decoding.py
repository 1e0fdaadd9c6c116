"""Decoders for the compressed tiles of a TIFF file, with OpenSlide's pixels as the aim."""

from __future__ import annotations

import struct
import sys
from collections.abc import Callable
from functools import cache

import numpy as np
from numpy.typing import NDArray

from pathgui.core.slides.reading.tiff_structure import COMPRESSION, PHOTOMETRIC, TiffDirectory

Rgb = NDArray[np.uint8]
Screen = NDArray[np.uint8]  # (h, w, 4): 0xffRRGGBB in the machine's byte order
Decoder = Callable[[Rgb | None, bytes], Rgb]  # into (it may take other memory), compressed
ScreenDecoder = Callable[[int, Screen | None, bytes], Screen]  # factor, into, compressed

_JPEG = 7
_JPEG_2000 = (33003, 33005)  # Aperio's, as YCbCr and as RGB
_PHOTOMETRIC_RGB = 2
# APP14 marker, transform 0: the components are red, green and blue. Only the TIFF tag says so;
# without the marker a decoder undoes a YCbCr transform that was never made.
_ADOBE_RGB = bytes.fromhex("ffee000e41646f626500640000000000")
_SCREEN_ORDER = "BGRA" if sys.byteorder == "little" else "ARGB"


def decoder_of(picture: TiffDirectory) -> tuple[Decoder, str, ScreenDecoder | None] | None:
    """How a tile of the picture is decoded, by what, and how for the screen; None if it cannot be.

    A function raises ValueError or RuntimeError where a tile is damaged, or has another size than
    the directory says.
    """
    compression, (width, height) = picture.number(COMPRESSION, 1), picture.tile
    if compression == _JPEG:
        import simplejpeg

        rgb = picture.number(PHOTOMETRIC, 0) == _PHOTOMETRIC_RGB
        head = b"\xff\xd8" + (_ADOBE_RGB if rgb else b"") + picture.jpeg_tables[2:-2]

        def whole(data: bytes) -> bytes:
            if data[:2] != b"\xff\xd8":
                raise ValueError("not a JPEG")
            return head + data[2:]

        # Always into memory that is there: a damaged tile may claim any size, and the decoder
        # would make room for it; what does not fit is a ValueError.

        def decode_jpeg(into: Rgb | None, data: bytes) -> Rgb:
            if into is None:
                into = np.empty((height, width, 3), np.uint8)
            # Accurate DCT and upsampling, simplejpeg's default: the fast ones are not OpenSlide's.
            tile: Rgb = simplejpeg.decode_jpeg(whole(data), "RGB", buffer=into)
            return tile

        def decode_for_screen(factor: int, into: Screen | None, data: bytes) -> Screen:
            if into is None:
                into = np.empty((height // factor, width // factor, 4), np.uint8)
            tile: Screen = simplejpeg.decode_jpeg(
                whole(data),
                _SCREEN_ORDER,
                min_width=width // factor,
                min_height=height // factor,
                min_factor=factor,
                buffer=into,
            )
            return tile

        return decode_jpeg, f"simplejpeg {_version_of('simplejpeg')}", decode_for_screen
    if compression in _JPEG_2000:
        import imagecodecs

        def decode_jpeg_2000(into: Rgb | None, data: bytes) -> Rgb:
            if not _is_one_jpeg_2000_tile(data, width, height):
                raise ValueError("a tile of another size")
            tile: Rgb = imagecodecs.jpeg2k_decode(data)
            return tile

        return decode_jpeg_2000, f"imagecodecs {imagecodecs.__version__}", None
    return None


@cache
def _version_of(package: str) -> str:
    """Read once: each slide that is opened has it in the name of its reader."""
    from importlib.metadata import version

    return version(package)


def _is_one_jpeg_2000_tile(data: bytes, width: int, height: int) -> bool:
    """Whether a codestream begins with a picture of that size, in one piece, of three colors."""
    if len(data) < 42 or data[:4] != b"\xff\x4f\xff\x51":
        return False
    x1, y1, x0, y0, part_width, part_height, part_x, part_y = struct.unpack_from(">8I", data, 8)
    (components,) = struct.unpack_from(">H", data, 40)
    whole = part_width >= width and part_height >= height and (part_x, part_y) == (0, 0)
    return (x0, y0, x1, y1) == (0, 0, width, height) and whole and components == 3
