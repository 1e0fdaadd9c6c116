"""Layers of tiles for other programs: QuPath GeoJSON and pyramidal OME-TIFF.

QuPath counts from the corner of the scanned part where a file says which part that is (MIRAX),
and OpenSlide from the corner of level 0. Both exports are in QuPath's coordinates: ``bounds_l0``
of the slide is subtracted, so what is written here lies on the slide as QuPath shows it.
"""

from __future__ import annotations

import hashlib
import json
import math
import uuid
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pathgui.core.errors import PathguiError, os_errors_as
from pathgui.core.language.texts import say
from pathgui.core.pictures.overlay import NO_TILE
from pathgui.core.pictures.tile_layer import OverlayLayer
from pathgui.core.progress import Progress, ProgressFn, ignore_progress
from pathgui.core.system.files import draft_file, write_file

Measurements = Mapping[str, NDArray[np.float32]]  # by name
Remarks = Mapping[tuple[int, int], Mapping[str, str]]  # by tile and name

_TIFF_TILE = 512
_LARGEST_TOP = 512  # px: the pyramid goes on until a level is no larger
_COARSEST = 32  # level-0 pixels per pixel of the finest level written, at most
_BLANK = (255, 255, 255)
_SHADES = 255
_NAMESPACE = uuid.UUID("6f0f1c9e-6a0b-4a44-9c1e-6f5d7c0c3b1a")


class ExportError(PathguiError):
    """A layer cannot be written."""


def write_geojson(
    path: Path,
    layer: OverlayLayer,
    bounds_l0: tuple[int, int, int, int],
    measurements: Measurements | None = None,
    remarks: Remarks | None = None,
) -> int:
    """Every tile as a QuPath tile object with its class and numbers. Returns how many.

    Parameters
    ----------
    path : Path
        Of the file to write (``.geojson``).
    layer : OverlayLayer
    bounds_l0 : (x, y, width, height)
        Of the slide: its scanned part.
    measurements : mapping, optional
        Name to (rows, columns) float32 image: more numbers for each tile; NaN = none.
    remarks : mapping, optional
        (row, column) to names and texts of that tile: QuPath's metadata.

    Raises
    ------
    ExportError
        If the file cannot be written.
    """
    scalar = layer.image.dtype == np.float32
    there = ~np.isnan(layer.image) if scalar else layer.image != NO_TILE
    numbers = dict(measurements or {})
    if scalar:
        numbers = {layer.title: layer.image, **numbers}
    features = []
    for row, column in np.argwhere(there):
        properties: dict[str, Any] = {"objectType": "tile"}
        if not scalar:
            value = int(layer.image[row, column])
            properties["classification"] = {
                "name": layer.names[value],
                "color": list(layer.colors[value]),
            }
        known = {
            name: round(float(image[row, column]), 6)
            for name, image in numbers.items()
            if np.isfinite(image[row, column])
        }
        if known:
            properties["measurements"] = known
        if said := (remarks or {}).get((int(row), int(column))):
            properties["metadata"] = dict(said)
        x0, y0, x1, y1 = _cell(layer, int(column), int(row), bounds_l0)
        features.append(
            {
                "type": "Feature",
                "id": str(uuid.uuid5(_NAMESPACE, f"{layer.title}/{column}/{row}")),
                "geometry": {
                    "type": "Polygon",
                    "coordinates": [[[x0, y0], [x1, y0], [x1, y1], [x0, y1], [x0, y0]]],
                },
                "properties": properties,
            }
        )
    text = json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False)
    with writing(path):
        write_file(path, text.encode())
    return len(features)


def regions_geojson(
    path: Path,
    regions: Sequence[Sequence[tuple[float, float]]],
    bounds_l0: tuple[int, int, int, int],
) -> None:
    """Regions, polygons in level 0, as QuPath annotations.

    Raises
    ------
    ExportError
        If the file cannot be written.
    """
    features = []
    for region in regions:
        ring = [[x - bounds_l0[0], y - bounds_l0[1]] for x, y in region]
        features.append(
            {
                "type": "Feature",
                "geometry": {"type": "Polygon", "coordinates": [[*ring, ring[0]]]},
                "properties": {"objectType": "annotation", "name": "Region of evaluation"},
            }
        )
    with writing(path):
        text = json.dumps({"type": "FeatureCollection", "features": features})
        write_file(path, text.encode())


def write_ome_tiff(
    path: Path,
    layer: OverlayLayer,
    size_l0: tuple[int, int],
    bounds_l0: tuple[int, int, int, int],
    mpp: float | None,
    report: ProgressFn = ignore_progress,
) -> int:
    """The layer as a picture of the whole slide, a tiled pyramid that QuPath and others open.

    Every cell is a block of whole pixels in its color, everything else white, so no edge is off
    by a fraction of a pixel: the finest level has as many level-0 pixels per pixel as divide
    stride and origin, a power of two up to 32. Where no cells are, and where a tile of the
    picture repeats, nothing is painted anew.

    Parameters
    ----------
    size_l0, bounds_l0
        Of the slide.
    mpp : float or None
        µm per level-0 pixel; without it the file carries no physical size.

    Returns
    -------
    int
        Level-0 pixels per pixel of the finest level.

    Raises
    ------
    ExportError
        If the file cannot be written.
    """
    import tifffile

    step = _step(layer, bounds_l0)
    width, height = bounds_l0[2:]
    size = (math.ceil(width / step), math.ceil(height / step))
    sizes = [size]
    while max(sizes[-1]) > _LARGEST_TOP:
        sizes.append((math.ceil(sizes[-1][0] / 2), math.ceil(sizes[-1][1] / 2)))
    colored = _colored(layer)
    total = sum(_tiles(each)[0] * _tiles(each)[1] for each in sizes)
    metadata: dict[str, Any] = {
        "axes": "YXS",
        "Name": layer.title,
        "Description": _description(layer, step, size_l0),
        "UUID": _id_of(layer, bounds_l0),  # else a new one each time
    }
    if mpp is not None:
        metadata |= {
            "PhysicalSizeX": mpp * step,
            "PhysicalSizeXUnit": "µm",
            "PhysicalSizeY": mpp * step,
            "PhysicalSizeYUnit": "µm",
        }
    done = 0
    with (
        writing(path),
        draft_file(path) as draft,
        tifffile.TiffWriter(draft, ome=True, bigtiff=True) as tif,
    ):
        for index, (level_width, level_height) in enumerate(sizes):
            downsample = step * 2**index
            tif.write(
                _counted(
                    _compressed(layer, colored, (level_width, level_height), downsample,
                                bounds_l0),
                    done,
                    total,
                    report,
                ),
                shape=(level_height, level_width, 3),
                dtype=np.uint8,
                tile=(_TIFF_TILE, _TIFF_TILE),
                photometric="rgb",
                compression="adobe_deflate",
                subifds=len(sizes) - 1 if index == 0 else None,
                subfiletype=1 if index else 0,
                metadata=metadata if index == 0 else None,
            )  # fmt: skip
            columns, rows = _tiles((level_width, level_height))
            done += columns * rows
    return step


def _id_of(layer: OverlayLayer, bounds_l0: tuple[int, int, int, int]) -> str:
    """The same for the same picture, and for no other."""
    facts = (layer.title, layer.origin_l0, layer.stride_l0, layer.value_range, bounds_l0)
    content = hashlib.sha256(repr((*facts, tuple(layer.colors))).encode() + layer.image.tobytes())
    return str(uuid.uuid5(_NAMESPACE, content.hexdigest()))


def _compressed(
    layer: OverlayLayer,
    colored: NDArray[np.uint8],
    size: tuple[int, int],
    downsample: int,
    bounds_l0: tuple[int, int, int, int],
) -> Iterator[bytes]:
    """The tiles of one level, row by row, compressed; repeated ones compressed once."""
    columns, rows = _tiles(size)
    xs = _cell_of_pixel(layer, 0, columns * _TIFF_TILE, downsample, bounds_l0[0])
    ys = _cell_of_pixel(layer, 1, rows * _TIFF_TILE, downsample, bounds_l0[1])
    known: dict[tuple[bytes, bytes, bytes], bytes] = {}
    for row in range(rows):
        y = ys[row * _TIFF_TILE : (row + 1) * _TIFF_TILE]
        for column in range(columns):
            x = xs[column * _TIFF_TILE : (column + 1) * _TIFF_TILE]
            part = colored[y.min() : y.max() + 1, x.min() : x.max() + 1]
            if (part == _BLANK[0]).all():
                key = (b"", b"", b"")
            else:
                key = ((y - y.min()).tobytes(), (x - x.min()).tobytes(), part.tobytes())
            if key not in known:
                wide = part[:, x - x.min()]
                known[key] = zlib.compress(wide[y - y.min()].tobytes(), 1)
            yield known[key]


def _counted(tiles: Iterator[bytes], done: int, total: int, report: ProgressFn) -> Iterator[bytes]:
    for index, tile in enumerate(tiles):
        report(Progress(say("Writing the overlay"), done + index, total))
        yield tile


def _cell_of_pixel(
    layer: OverlayLayer, axis: int, pixels: int, downsample: int, start_l0: int
) -> NDArray[np.intp]:
    """Row or column of the cell under the middle of each pixel; the last one: no cell."""
    cells = layer.image.shape[1 - axis]
    middle = (np.arange(pixels) + 0.5) * downsample + start_l0
    index: NDArray[np.intp]
    index = np.floor((middle - layer.origin_l0[axis]) / layer.stride_l0).astype(np.intp)
    index[(index < 0) | (index >= cells)] = cells
    return index


def _colored(layer: OverlayLayer) -> NDArray[np.uint8]:
    """Color of each cell, (rows + 1, columns + 1, 3): a blank row and column come last."""
    rows, columns = layer.image.shape
    table = np.full((256, 3), _BLANK, np.uint8)
    if layer.image.dtype == np.float32:
        low, high = layer.value_range
        shades = np.asarray(layer.colors, np.float64)
        at = np.linspace(0, len(shades) - 1, _SHADES)
        for channel in range(3):
            table[:_SHADES, channel] = np.rint(
                np.interp(at, np.arange(len(shades)), shades[:, channel])
            )
        known = np.nan_to_num(np.clip((layer.image - low) / (high - low), 0, 1)) * (_SHADES - 1)
        index = np.where(np.isnan(layer.image), NO_TILE, known).astype(np.uint8)
    else:
        table[: len(layer.colors)] = np.asarray(layer.colors, np.uint8)[:NO_TILE]
        index = layer.image
    colored = np.full((rows + 1, columns + 1, 3), _BLANK, np.uint8)
    colored[:rows, :columns] = table[index]
    return colored


def _step(layer: OverlayLayer, bounds_l0: tuple[int, int, int, int]) -> int:
    """The coarsest power of two that divides stride and origin: no cell is cut."""
    step = 1
    numbers = [layer.stride_l0, *(o - b for o, b in zip(layer.origin_l0, bounds_l0, strict=False))]
    while step < _COARSEST and all(number % (2 * step) == 0 for number in numbers):
        step *= 2
    return step


def _cell(
    layer: OverlayLayer, column: int, row: int, bounds_l0: tuple[int, int, int, int]
) -> tuple[float, float, float, float]:
    """A cell in QuPath's coordinates; whole numbers as such."""
    x = layer.origin_l0[0] + column * layer.stride_l0 - bounds_l0[0]
    y = layer.origin_l0[1] + row * layer.stride_l0 - bounds_l0[1]
    x0, y0, x1, y1 = (
        int(value) if float(value).is_integer() else value
        for value in (x, y, x + layer.stride_l0, y + layer.stride_l0)
    )
    return x0, y0, x1, y1


def _tiles(size: tuple[int, int]) -> tuple[int, int]:
    return -(-size[0] // _TIFF_TILE), -(-size[1] // _TIFF_TILE)


def _description(layer: OverlayLayer, step: int, size_l0: tuple[int, int]) -> str:
    classes = "; ".join(
        f"{name} = #{red:02x}{green:02x}{blue:02x}"
        for name, (red, green, blue) in zip(layer.names, layer.colors, strict=False)
    )
    return (
        say(
            "{layer_title}. One pixel is {step} x {step} level-0 pixels of the "
            "slide ({size_l0} x {size_l0_2}), from the corner of its scanned "
            "part. {classes}",
            layer_title=layer.title,
            step=step,
            size_l0=size_l0[0],
            size_l0_2=size_l0[1],
            classes=classes,
        )
    ).strip()


def writing(path: Path) -> AbstractContextManager[None]:
    """Let what keeps an export from being written to ``path`` be an :class:`ExportError`."""
    advice = say("Check that the folder exists and that its disk has room.")
    return os_errors_as(ExportError, say("{path} cannot be written", path=path), advice)
