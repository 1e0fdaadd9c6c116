"""Slides as OME writes them, that tests make for themselves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import tifffile
from numpy.typing import NDArray


def write_ome_tiff(
    path: Path,
    level_0: NDArray[Any],
    *,
    factors: tuple[int, ...] = (2, 4),
    mpp: tuple[float, float] | None = (0.5, 0.5),
    axes: str = "YXS",
    tile: int = 128,
    label: NDArray[np.uint8] | None = None,
    metadata: dict[str, Any] | None = None,
    **options: Any,
) -> Path:
    """An OME-TIFF whose coarser levels lie in SubIFDs (made by leaving out pixels)."""
    said: dict[str, Any] = {"axes": axes}
    if mpp is not None:
        said |= {"PhysicalSizeX": mpp[0], "PhysicalSizeY": mpp[1]}
    options = {
        "tile": (tile, tile),
        "photometric": "rgb" if axes == "YXS" else "minisblack",
    } | options
    with tifffile.TiffWriter(path, ome=True) as tif:
        tif.write(level_0, subifds=len(factors), metadata=said | (metadata or {}), **options)
        for factor in factors:
            coarse = (
                level_0[::factor, ::factor] if axes[0] == "Y" else level_0[..., ::factor, ::factor]
            )
            tif.write(np.ascontiguousarray(coarse), subfiletype=1, **options)
        if label is not None:
            tif.write(label, photometric="rgb", metadata={"axes": "YXS", "Name": "label image"})
    return path
