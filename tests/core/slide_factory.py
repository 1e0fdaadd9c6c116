"""Slides that tests make for themselves."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import numpy as np
import tifffile
from numpy.typing import NDArray


def write_slide(
    path: Path,
    level_0: NDArray[np.uint8],
    *,
    factors: tuple[int, ...] = (1,),
    mpp: float | tuple[float, float] | None = 0.5,
    tile: tuple[int, int] = (256, 256),
    **options: Any,
) -> Path:
    """A tiled TIFF that OpenSlide reads, one level per factor (made by leaving out pixels)."""
    across, down = mpp if isinstance(mpp, tuple) else (mpp, mpp)
    with tifffile.TiffWriter(path) as tif:
        for level, factor in enumerate(factors):
            scale: dict[str, Any] = {}
            if across is not None and down is not None:
                per_cm = (1e4 / (across * factor), 1e4 / (down * factor))
                scale = {"resolution": per_cm, "resolutionunit": "CENTIMETER"}
            tif.write(
                np.ascontiguousarray(level_0[::factor, ::factor]),
                tile=tile,
                photometric="rgb",
                subfiletype=1 if level else 0,
                metadata=None,
                **scale,
                **options,
            )
    return path


def noise(width: int, height: int, seed: int = 0) -> NDArray[np.uint8]:
    """A picture in which no two regions are alike."""
    rng = np.random.default_rng(seed)
    return rng.integers(0, 256, (height, width, 3), dtype=np.uint8)


def tissue_picture(
    width: int, height: int, glass: tuple[int, int, int] = (243, 242, 241), seed: int = 0
) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """Glass with one ellipse of pink tissue full of purple nuclei, and where the ellipse is."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width]
    inside = ((x - width / 2) / (width * 0.3)) ** 2 + ((y - height / 2) / (height * 0.3)) ** 2 < 1
    picture = np.full((height, width, 3), glass, np.float64)
    picture[inside] = (225, 170, 205)
    for cx, cy in zip(
        rng.integers(0, width, width * height // 600),
        rng.integers(0, height, width * height // 600),
        strict=True,
    ):
        nucleus = np.s_[max(cy - 4, 0) : cy + 4, max(cx - 4, 0) : cx + 4]
        picture[nucleus][inside[nucleus]] = (110, 70, 150)
    picture += rng.normal(0, 3, picture.shape)
    return np.clip(picture, 0, 255).astype(np.uint8), inside


def write_giant(
    path: Path,
    size: tuple[int, int],
    downsamples: tuple[int, ...] = (1,),
    empty: bool = False,
) -> NDArray[np.bool_]:
    """A BigTIFF of JPEG tiles of 256 px at 0.25 µm/px, tissue in its middle, quick to make.

    Each tile is one of two that are stored once: glass, which with ``empty`` is a tile without
    data, and tissue. Returns where tissue is, a value per tile of level 0.
    """
    import simplejpeg

    noise_of = np.random.default_rng(0).normal(0, 10, (256, 256, 1))
    streams = []
    for color in ((244, 243, 242), (200, 110, 170)):
        picture = np.clip(np.array(color) + noise_of * (color[1] < 200), 0, 255).astype(np.uint8)
        streams.append(simplejpeg.encode_jpeg(np.ascontiguousarray(picture), 80, "RGB", "420"))
    tissue_of: list[NDArray[np.bool_]] = []
    with path.open("wb") as file:
        file.write(struct.pack("<2sHHHQ", b"II", 43, 8, 0, 0))
        places = []
        for stream in streams:
            places.append((file.tell(), len(stream)))
            file.write(stream + b"\0" * (len(stream) % 2))
        if empty:
            places[0] = (0, 0)
        link = 8  # where the place of the next directory goes
        for downsample in downsamples:
            width, height = size[0] // downsample, size[1] // downsample
            across, down = -(-width // 256), -(-height // 256)
            y, x = np.mgrid[:down, :across]
            ellipse = ((x - across / 2) / across) ** 2 + ((y - down / 2) / down) ** 2 < 0.3**2
            tissue_of.append(ellipse)
            which = ellipse.ravel().astype(int)
            arrays = []
            for part in range(2):
                arrays.append(file.tell())
                file.write(np.array([place[part] for place in places], "<u8")[which].tobytes())
            scale = struct.pack("<II", round(1e7 / (0.25 * downsample)), 1000)
            entries = [
                (254, 4, 1, struct.pack("<II", int(downsample > 1), 0)),
                (256, 4, 1, struct.pack("<II", width, 0)),
                (257, 4, 1, struct.pack("<II", height, 0)),
                (258, 3, 3, struct.pack("<HHHH", 8, 8, 8, 0)),
                *((tag, 3, 1, struct.pack("<HHHH", value, 0, 0, 0))
                  for tag, value in ((259, 7), (262, 6), (277, 3))),
                (282, 5, 1, scale),
                (283, 5, 1, scale),
                *((tag, 3, 1, struct.pack("<HHHH", value, 0, 0, 0))
                  for tag, value in ((284, 1), (296, 3), (322, 256), (323, 256))),
                (324, 16, across * down, struct.pack("<Q", arrays[0])),
                (325, 16, across * down, struct.pack("<Q", arrays[1])),
                (530, 3, 2, struct.pack("<HHHH", 2, 2, 0, 0)),
            ]  # fmt: skip
            here = file.tell()
            file.seek(link)
            file.write(struct.pack("<Q", here))
            file.seek(here)
            file.write(struct.pack("<Q", len(entries)))
            for tag, kind, count, value in entries:
                file.write(struct.pack("<HHQ", tag, kind, count) + value)
            link = file.tell()
            file.write(struct.pack("<Q", 0))
    return tissue_of[0]
