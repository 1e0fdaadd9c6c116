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


def write_ome_zarr(
    path: Path,
    level_0: NDArray[Any],
    *,
    version: str = "0.4",
    factors: tuple[int, ...] = (1, 2, 4),
    mpp: tuple[float, float] | None = (0.5, 0.5),
    axes: str = "cyx",
    chunk: int = 64,
    channels: list[dict[str, Any]] | None = None,
    image: str = "",
    unit: str = "micrometer",
    shard: int | None = None,
) -> Path:
    """An OME-Zarr as a folder; ``level_0`` in the order of ``axes``, y and x last."""
    import zarr

    old = version == "0.4"
    root = zarr.open_group(path, mode="a", zarr_format=2 if old else 3)
    group = root.require_group(image) if image else root
    datasets = []
    for level, factor in enumerate(factors):
        values = np.ascontiguousarray(level_0[..., ::factor, ::factor])
        chunks = (*values.shape[:-2], chunk, chunk)
        if axes[0] == "c" and old:
            chunks = (1, *chunks[1:])  # as bioformats2raw writes them
        options: dict[str, Any] = (
            {"chunk_key_encoding": {"name": "v2", "separator": "/"}} if old else {}
        )
        if shard is not None:
            options["shards"] = (*chunks[:-2], shard, shard)
        array = group.create_array(str(level), shape=values.shape, chunks=chunks,
                                   dtype=values.dtype, **options)  # fmt: skip
        array[:] = values
        scale = [1.0] * (values.ndim - 2) + (
            [] if mpp is None else [mpp[1] * factor, mpp[0] * factor]
        )
        transforms = [{"type": "scale", "scale": scale}] if mpp is not None else []
        datasets.append({"path": str(level), "coordinateTransformations": transforms})
    units = {"y": {"unit": unit}, "x": {"unit": unit}}
    multiscale: dict[str, Any] = {
        "name": image or "slide",
        "axes": [{"name": axis, **units.get(axis, {})} for axis in axes],
        "datasets": datasets,
    }
    said: dict[str, Any] = {"multiscales": [multiscale]}
    if channels is not None:
        said["omero"] = {"channels": channels}
    if old:
        multiscale["version"] = version
        group.attrs.update(said)
    else:
        group.attrs["ome"] = said | {"version": version}
    return path
