"""Slides that tests make for themselves."""

from __future__ import annotations

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
