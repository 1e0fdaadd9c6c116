"""Why a file cannot be opened as a slide, in words that help."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

_CONVERT = (
    "Convert it to a tiled, pyramidal TIFF with JPEG compression (with QuPath: File, Export "
    "images, OME TIFF; or with libvips: vips tiffsave IN OUT.tif --tile --pyramid "
    "--compression jpeg) and open that."
)
_AGAIN = "Copy or download it again."
_TRANSFER_SYNTAXES = {
    "1.2.840.10008.1.2.4.80": "JPEG-LS",
    "1.2.840.10008.1.2.4.81": "near-lossless JPEG-LS",
    "1.2.840.10008.1.2.4.201": "high-throughput JPEG 2000",
    "1.2.840.10008.1.2.4.202": "high-throughput JPEG 2000",
    "1.2.840.10008.1.2.4.203": "high-throughput JPEG 2000",
    "1.2.840.10008.1.2.5": "RLE",
}


def why_unopenable(path: Path, error: str) -> str:
    """The text for a file that OpenSlide refuses with ``error``, the file itself consulted."""
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            head = file.read(132)
    except OSError as problem:
        reason = problem.strerror or str(problem)
        return f"{path} cannot be read: {reason}. Check the file's permissions and the disk."
    if size == 0:
        return f"{path.name} is empty (0 bytes). {_AGAIN}"
    if head[128:] == b"DICM":
        return _why_dicom(path, error)
    if head[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
        return _why_tiff(path, size, error)
    if head[:3] == b"\xff\xd8\xff" or head[:8] == b"\x89PNG\r\n\x1a\n":
        return (
            f"{path.name} is a plain picture, not a slide: it has no tiles and no scale. {_CONVERT}"
        )
    if b"\0" not in head and head.isascii():
        return f"{path.name} is a text file, not a slide. Choose the slide file itself."
    return (
        f"{path.name} is not a slide in any format that OpenSlide reads, or its beginning is "
        f"damaged. If it should be one, copy or download it again; if it comes from a scanner "
        f"with a format of its own, export it as DICOM or as a tiled, pyramidal TIFF."
    )


def _why_dicom(path: Path, error: str) -> str:
    for uid, name in _TRANSFER_SYNTAXES.items():
        if error.endswith(uid):
            return (
                f"{path.name} is a DICOM file whose pixels are compressed as {name} ({uid}), "
                f"which OpenSlide does not read. Export or convert it with JPEG or JPEG 2000 "
                f"compression."
            )
    detail = error.removeprefix(f"Reading {path}: ")
    return (
        f"{path.name} is a DICOM file, but not a whole-slide image that OpenSlide can open "
        f"({detail}). Open another instance of the same series, or export the slide again."
    )


def _why_tiff(path: Path, size: int, error: str) -> str:
    try:
        facts = _tiff_facts(path, size)
    except (struct.error, OSError, ValueError):
        return f"{path.name} is a TIFF file whose directory is damaged. {_AGAIN}"
    if facts.end > size:
        return (
            f"{path.name} is cut off: it has {size:,} bytes and points to data behind its end. "
            f"{_AGAIN}"
        )
    if not facts.tiled:
        return (
            f"{path.name} is a TIFF that is stored in strips, not in tiles, so parts of it cannot "
            f"be read on their own. {_CONVERT}"
        )
    if "compression" in error.lower():
        return (
            f"{path.name} is compressed in a way that OpenSlide does not read ({error}). {_CONVERT}"
        )
    return f"{path.name} is a TIFF that OpenSlide cannot open ({error}). {_CONVERT}"


@dataclass(frozen=True)
class _TiffFacts:
    end: int  # first byte behind everything that the directories point to
    tiled: bool  # the first image is


def _tiff_facts(path: Path, size: int) -> _TiffFacts:
    """Follow a TIFF's directories, classic or BigTIFF, as far as they lie in the file.

    By hand, because tifffile reports damage by logging and goes on.
    """
    tile_width, tile_offsets = 322, (273, 324)
    tile_counts = {273: 279, 324: 325}
    end, tiled = 0, False
    with path.open("rb") as file:
        head = file.read(16)
        order = "<" if head[:2] == b"II" else ">"
        big = head[2:4] in (b"+\0", b"\0+")
        word = "Q" if big else "I"
        count_format, entry_format = (
            (f"{order}Q", f"{order}HHQ8s")
            if big
            else (
                f"{order}H",
                f"{order}HHI4s",
            )
        )
        (next_directory,) = struct.unpack_from(order + word, head, 8 if big else 4)
        seen: set[int] = set()
        while next_directory and next_directory not in seen:
            seen.add(next_directory)
            end = max(end, next_directory + 1)
            if next_directory >= size:
                break
            file.seek(next_directory)
            (entries,) = struct.unpack(count_format, file.read(struct.calcsize(count_format)))
            entry_size = struct.calcsize(entry_format)
            table = file.read(entries * entry_size + struct.calcsize(order + word))
            tags = {}
            for entry in range(entries):
                tag, kind, count, value = struct.unpack_from(
                    entry_format, table, entry * entry_size
                )
                tags[tag] = (kind, count, value)
            if len(seen) == 1:
                tiled = tile_width in tags
            for tag in tile_offsets:
                if tag in tags and tile_counts[tag] in tags:
                    offsets = _numbers(file, order, word, *tags[tag])
                    counts = _numbers(file, order, word, *tags[tile_counts[tag]])
                    ends = [offset + n for offset, n in zip(offsets, counts, strict=True)]
                    end = max([end, *ends])
            (next_directory,) = struct.unpack_from(order + word, table, entries * entry_size)
    return _TiffFacts(end, tiled)


def _numbers(
    file: object, order: str, word: str, kind: int, count: int, value: bytes
) -> tuple[int, ...]:
    code = {3: "H", 4: "I", 16: "Q"}.get(kind)
    if code is None:
        raise ValueError(f"TIFF type {kind} where offsets are expected")
    layout = f"{order}{count}{code}"
    length = struct.calcsize(layout)
    if length <= len(value):
        return struct.unpack(layout, value[:length])
    (offset,) = struct.unpack(order + word, value)
    file.seek(offset)  # type: ignore[attr-defined]
    return struct.unpack(layout, file.read(length))  # type: ignore[attr-defined]
