"""OME-Zarr on disk: what is one, which files it consists of, and by which of them it is known.

A slide is a folder of ten thousands of small files, or the same folder in one zip. Nothing here
opens them with zarr, so that lists of slides are made quickly.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

from pathgui.core.errors import SlideError
from pathgui.core.language.texts import say

FOLDER_ENDING = ".zarr"
FILE_ENDINGS = (".zarr.zip", ".ozx")
METADATA = frozenset(
    {"zarr.json", ".zattrs", ".zgroup", ".zarray", ".zmetadata", "METADATA.ome.xml"}
)
MOST_CHUNKS = 64  # whose content is part of what a slide is known by
_ROOTS = ("zarr.json", ".zgroup", ".zattrs")


def is_zarr_folder(path: Path) -> bool:
    """Whether a folder is a Zarr group or named as one."""
    return path.is_dir() and (
        path.suffix.lower() == FOLDER_ENDING or any((path / name).is_file() for name in _ROOTS)
    )


def is_zarr(path: Path) -> bool:
    """Whether a path is a Zarr group: a folder, or a zip named as one."""
    return is_zarr_folder(path) or (path.name.lower().endswith(FILE_ENDINGS) and path.is_file())


def zarr_names(folder: Path) -> list[tuple[str, int]]:
    """The files of a Zarr folder, by name within it, with their sizes; sorted.

    Raises OSError where the folder cannot be read.
    """
    return sorted(_walk(folder, ""))


def _walk(folder: Path, before: str) -> Iterator[tuple[str, int]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            name = f"{before}{entry.name}"
            if entry.is_dir(follow_symlinks=True):
                yield from _walk(folder / entry.name, f"{name}/")
            else:
                yield name, entry.stat().st_size


def telling_files(folder: Path) -> list[Path]:
    """The files by whose content a Zarr folder is known: its metadata, and some of its chunks."""
    names = [name for name, _ in zarr_names(folder)]
    metadata = [name for name in names if name.rpartition("/")[2] in METADATA]
    chunks = [name for name in names if name.rpartition("/")[2] not in METADATA]
    if not metadata:
        raise FileNotFoundError(f"{folder} has no metadata of Zarr")
    step = max(1, -(-len(chunks) // MOST_CHUNKS))
    return [folder / name for name in (*metadata, *chunks[::step])]


def listing_digest(folder: Path) -> bytes:
    """sha256 over names and sizes of all files of a Zarr folder."""
    digest = hashlib.sha256()
    for name, size in zarr_names(folder):
        digest.update(f"{name}\0{size}\n".encode("utf-8", "surrogateescape"))
    return digest.digest()


def check_folder(path: Path) -> None:
    """Refuse a folder named as a Zarr group that has no metadata.

    Raises
    ------
    SlideError
    """
    if not any((path / name).is_file() for name in _ROOTS):
        raise SlideError(
            say(
                "{name} is named as OME-Zarr and has no metadata (zarr.json, or .zgroup and "
                ".zattrs). It was copied in part, or a folder within it is meant. Copy it again, "
                "with hidden files.",
                name=path.name,
            )
        )
