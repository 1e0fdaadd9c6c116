"""OME-Zarr of versions 0.4 and 0.5: a folder, or the same in one zip.

Only a child process imports this. The layout follows https://ngff.openmicroscopy.org: a group
whose ``multiscales`` name arrays, the finest first, with axes and the size of a pixel.
"""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from pathgui.core.errors import SlideError
from pathgui.core.language.texts import say
from pathgui.core.slides.reading.ome_metadata import in_um
from pathgui.core.slides.reading.properties import (
    BACKGROUND,
    MISSING,
    MPP_X,
    MPP_Y,
    TILES,
    VENDOR,
)
from pathgui.core.slides.reading.raster_reader import Pyramid, downsamples, seen_values
from pathgui.core.slides.reading.sample_values import (
    Channel,
    Values,
    check_channels,
    refuse_stack,
    sample_values,
)
from pathgui.core.slides.reading.slide_messages import FileFacts
from pathgui.core.slides.reading.zarr_files import check_folder

_LARGEST_TILE_PX = 1 << 26
_MOST_LISTED = 1 << 21  # chunks of a level; beyond, nobody counts which are missing
_BLOSC_HEAD = 16  # bytes; the last four say how many there are in all
_PICTURES = ("label", "macro", "thumbnail")
_VERSIONS = ("0.4", "0.5")


def open_zarr(path: Path) -> tuple[Pyramid, FileFacts]:
    """Open an OME-Zarr.

    Raises
    ------
    SlideError
        If it is none, of another version, damaged, or holds what cannot be shown to an encoder
        as it is. The text says why, and what to do.
    """
    import zarr

    if path.is_dir():
        check_folder(path)
    store = _store_of(path)
    try:
        root: Any = zarr.open_group(store, path=_root_in(path), mode="r")
        return _open(path, root, store.close)
    except SlideError:
        store.close()
        raise
    except Exception as error:
        store.close()
        raise _damaged(path, str(error) or type(error).__name__) from error


def _store_of(path: Path) -> Any:
    import zarr.storage

    if path.is_dir():
        return zarr.storage.LocalStore(path, read_only=True)
    try:
        store = zarr.storage.ZipStore(path, mode="r", read_only=True)
        store._sync_open()
    except (OSError, zipfile.BadZipFile) as error:
        raise SlideError(
            say(
                "{name} is no whole zip file ({error}). Copy or download it again.",
                name=path.name,
                error=error,
            )
        ) from error
    return store


def _root_in(path: Path) -> str:
    """The group of a slide within a zip: at its top, or in the one folder that it holds."""
    if path.is_dir():
        return ""
    with zipfile.ZipFile(path) as file:
        names = file.namelist()
    if any(name in ("zarr.json", ".zgroup", ".zattrs") for name in names):
        return ""
    tops = {name.partition("/")[0] for name in names}
    return tops.pop() if len(tops) == 1 else ""


def _damaged(path: Path, why: str) -> SlideError:
    return SlideError(
        say(
            "{name} cannot be read as OME-Zarr ({why}). If it was copied or downloaded, do that "
            "again; else convert the slide anew, for example with bioformats2raw IN OUT.zarr.",
            name=path.name,
            why=why,
        )
    )


def _open(path: Path, root: Any, close: Any) -> tuple[Pyramid, FileFacts]:
    import zarr

    name, group = _image_in(path, root)
    about = _ome(group)
    multiscale = about["multiscales"][0]
    version = str(about.get("version") or multiscale.get("version") or "0.4")
    if version not in _VERSIONS:
        raise SlideError(
            say(
                "{name} is OME-Zarr {version}, and pathgui reads 0.4 and 0.5. Convert it, for "
                "example with bioformats2raw IN OUT.zarr.",
                name=path.name,
                version=version,
            )
        )
    axes = [str(each["name"]).lower() for each in multiscale["axes"]]
    units = {str(each["name"]).lower(): str(each.get("unit", "")) for each in multiscale["axes"]}
    if axes[-2:] != ["y", "x"] or set(axes) - set("tczyx") or len(set(axes)) != len(axes):
        raise _axes(path, axes)
    arrays = [group[str(each["path"])] for each in multiscale["datasets"]]
    if not arrays or any(array.ndim != len(axes) for array in arrays):
        raise _axes(path, axes)
    shape = dict(zip(axes, arrays[0].shape, strict=True))
    many = {axis.upper(): shape[axis] for axis in "tz" if shape.get(axis, 1) > 1}
    if many:
        refuse_stack(path.name, many)
    levels = _falling([_ZarrLevel(array, axes) for array in arrays])
    omero = about.get("omero", {}).get("channels", [])
    said = [_channel(each) for each in omero] if len(omero) == levels[0].channels else []
    bits = 8 * arrays[0].dtype.itemsize
    check_channels(path.name, said or [Channel()] * levels[0].channels, bits)
    values = sample_values(
        path.name, arrays[0].dtype, levels[0].channels, seen=partial(seen_values, levels[-1])
    )
    properties = {VENDOR: "ome-zarr", "ome-zarr.version": version, "ome-zarr.image": name}
    for key, axis in ((MPP_X, "x"), (MPP_Y, "y")):
        scale = _scale(multiscale, axes.index(axis), len(axes))
        um = in_um(scale, units[axis]) if scale is not None else None
        if um is not None:
            properties[key] = f"{um:.10g}"
    missing = _missing(arrays[0])
    properties |= values.properties() | missing
    if missing and values.gray:  # what was left out may be the dark that surrounds fluorescence
        empty = np.full((1, 1, 1), arrays[0].fill_value or 0, arrays[0].dtype)
        properties[BACKGROUND] = values.rgb(empty).tobytes().hex()
    pictures = _pictures(root, name)
    sizes = [level.size for level in levels]
    facts = FileFacts(
        properties,
        tuple((*size, each) for size, each in zip(sizes, downsamples(sizes), strict=True)),
        {kind: level.size for kind, level in pictures.items()},
        None,
    )
    whole = {kind: partial(_whole, level) for kind, level in pictures.items()}
    return Pyramid(f"zarr {zarr.__version__}", tuple(levels), values, dict(whole), close), facts


def _image_in(path: Path, root: Any) -> tuple[str, Any]:
    """The image of a group: itself, or the largest of those that bioformats2raw writes into it."""
    if _is_image(root):
        return "", root
    found = [(name, group) for name, group in root.groups() if _is_image(group)]
    if not found:
        raise SlideError(
            say(
                "{name} is a Zarr group without an image (it names no multiscales). Choose the "
                "folder of the image within it, or the one around it.",
                name=path.name,
            )
        )
    return max(found, key=lambda each: _area(each[1]))


def _ome(group: Any) -> Mapping[str, Any]:
    """What OME says of a group: 0.5 has it under ``ome``, 0.4 has it at the top."""
    attributes: Mapping[str, Any] = group.attrs
    inner = attributes.get("ome")
    return inner if isinstance(inner, Mapping) else attributes


def _is_image(group: Any) -> bool:
    return bool(_ome(group).get("multiscales"))


def _area(group: Any) -> int:
    first = _ome(group)["multiscales"][0]["datasets"][0]["path"]
    height, width = group[str(first)].shape[-2:]
    return int(height) * int(width)


def _pictures(root: Any, main: str) -> dict[str, _ZarrLevel]:
    """Label, macro and thumbnail among the other images, by what they are called."""
    found: dict[str, _ZarrLevel] = {}
    if not main:
        return found
    for name, group in root.groups():
        if name == main or not _is_image(group):
            continue
        multiscale = _ome(group)["multiscales"][0]
        called = f"{name} {multiscale.get('name', '')}".lower()
        kind = next((each for each in _PICTURES if each in called), None)
        axes = [str(each["name"]).lower() for each in multiscale["axes"]]
        array = group[str(multiscale["datasets"][0]["path"])]
        if kind and axes[-2:] == ["y", "x"] and array.ndim == len(axes):
            found.setdefault(kind, _ZarrLevel(array, axes))
    return found


def _whole(level: _ZarrLevel) -> Values:
    return level.region(0, level.size[1], 0, level.size[0])


def _axes(path: Path, axes: Sequence[str]) -> SlideError:
    return SlideError(
        say(
            "{name} has the axes {axes}, and a slide has c, y, x, with y and x last and an array "
            "for each level. Convert it anew, for example with bioformats2raw IN OUT.zarr.",
            name=path.name,
            axes=", ".join(axes) or "–",
        )
    )


def _channel(said: Mapping[str, Any]) -> Channel:
    try:
        red, green, blue = bytes.fromhex(str(said.get("color", ""))[:6])
    except ValueError:
        return Channel(str(said.get("label", "")))
    return Channel(str(said.get("label", "")), (red, green, blue))


def _scale(multiscale: Mapping[str, Any], axis: int, n_axes: int) -> float | None:
    """Size of a level-0 pixel along an axis, in the axis' unit; None where it is not said."""
    found = None
    for transforms in (
        multiscale["datasets"][0].get("coordinateTransformations", ()),
        multiscale.get("coordinateTransformations", ()),
    ):
        for each in transforms:
            if each.get("type") == "scale" and len(each.get("scale", ())) == n_axes:
                found = (1.0 if found is None else found) * float(each["scale"][axis])
    return found


class _ZarrLevel:
    """One level: an array whose last axes are y and x."""

    def __init__(self, array: Any, axes: Sequence[str]) -> None:
        height, width = (int(each) for each in array.shape[-2:])
        down, across = (int(each) for each in array.chunks[-2:])
        self.size = (width, height)
        self._chunk = (across, down)
        self.tile = (min(across, width), min(down, height))
        if min(*self.size, *self.tile) < 1 or self.tile[0] * self.tile[1] > _LARGEST_TILE_PX:
            raise ValueError(f"chunks of {across} × {down} px")
        self._array = array
        self._blosc = array.shards is None and any(
            "blosc" in type(each).__name__.lower() for each in array.compressors
        )
        self._channel = axes.index("c") if "c" in axes else None
        self.channels = 1 if self._channel is None else int(array.shape[self._channel])

    def read(self, row: int, column: int) -> Values | None:
        """Values of one chunk of all channels; None where it, or a channel of it, is not there."""
        if not all(self._there(key) for key in self._keys(row, column)):
            return None
        width, height = self.tile
        return self.region(
            row * height,
            min((row + 1) * height, self.size[1]),
            column * width,
            min((column + 1) * width, self.size[0]),
        )

    def _keys(self, row: int, column: int) -> list[str]:
        """Where the store has the chunks of a place: one, or one for each group of channels."""
        array = self._array
        stored = array.shards or array.chunks  # what lies in a file of its own
        place = [0] * (array.ndim - 2)
        place += [row * self._chunk[1] // stored[-2], column * self._chunk[0] // stored[-1]]
        n = 1
        if self._channel is not None:
            n = -(-array.shape[self._channel] // stored[self._channel])
        keys = []
        for channel in range(n):
            if self._channel is not None:
                place[self._channel] = channel
            keys.append(array.metadata.encode_chunk_key(tuple(place)))
        return keys

    def _there(self, key: str) -> bool:
        """Whether a chunk is in the store. Raises ValueError where it is cut off.

        Blosc reads on behind the end of a chunk that is shorter than its head says, so that what
        happens to lie there in memory would be shown.
        """
        from zarr.abc.store import RangeByteRequest
        from zarr.core.buffer import default_buffer_prototype
        from zarr.core.sync import sync

        place = self._array.store_path / key
        if not self._blosc:
            return bool(sync(place.exists()))
        head = sync(place.get(default_buffer_prototype(), RangeByteRequest(0, _BLOSC_HEAD)))
        if head is None:
            return False
        said = head.to_bytes()
        size = sync(place.store.getsize(place.path))
        if len(said) < _BLOSC_HEAD or size < int.from_bytes(said[12:16], "little"):
            raise ValueError("its chunk is cut off")
        return True

    def region(self, top: int, bottom: int, left: int, right: int) -> Values:
        """Values (height, width, channels)."""
        place: list[Any] = [0] * (self._array.ndim - 2) + [slice(top, bottom), slice(left, right)]
        if self._channel is not None:
            place[self._channel] = slice(None)
        values: Values = np.asarray(self._array[tuple(place)])
        return values[..., None] if values.ndim == 2 else np.moveaxis(values, 0, -1)


def _falling(levels: Sequence[_ZarrLevel]) -> list[_ZarrLevel]:
    """Those that have ever fewer pixels, the finest first."""
    found = [levels[0]]
    for level in levels[1:]:
        smaller = level.size[0] < found[-1].size[0] and level.size[1] < found[-1].size[1]
        if smaller and level.channels == found[0].channels:
            found.append(level)
    return found


def _missing(array: Any) -> dict[str, str]:
    """How many chunks of the finest level are not there, if any.

    An array may leave out chunks of one value; a copy that broke off lacks them too.
    """
    n = int(np.prod(array.cdata_shape))
    if n > _MOST_LISTED:
        return {}
    there = int(array.nchunks_initialized)
    return {MISSING: str(n - there), TILES: str(n)} if there < n else {}
