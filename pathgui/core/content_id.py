"""A slide's identity by what is in its files, wherever they lie and whatever they are called."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

_END = 1 << 20
_SAMPLE = 1 << 16
_SAMPLES = 32


def file_digest(path: Path) -> bytes:
    """sha256 over a file's size, both its ends and blocks spread evenly in between.

    A file of up to 4 MiB is read whole. Slides run to tens of gigabytes on network disks, and
    two that agree in size, directory, ends and thirty blocks of compressed pixels are one.
    """
    size = path.stat().st_size
    digest = hashlib.sha256(size.to_bytes(8, "little"))
    with path.open("rb") as file:
        if size <= 2 * _END + _SAMPLES * _SAMPLE:
            digest.update(file.read())
            return digest.digest()
        digest.update(file.read(_END))
        step = (size - 2 * _END - _SAMPLE) // (_SAMPLES - 1)
        for sample in range(_SAMPLES):
            file.seek(_END + sample * step)
            digest.update(file.read(_SAMPLE))
        file.seek(size - _END)
        digest.update(file.read(_END))
    return digest.digest()


def content_id(paths: Sequence[Path]) -> str:
    """One hexadecimal id of 64 digits for all files of a slide, in whatever order they come."""
    digest = hashlib.sha256(b"pathgui slide 1")
    for part in sorted(file_digest(path) for path in paths):
        digest.update(part)
    return digest.hexdigest()


def is_dicom(path: Path) -> bool:
    """Whether a file says that it is DICOM."""
    try:
        with path.open("rb") as file:
            return file.read(132)[128:] == b"DICM"
    except OSError:
        return False


def dicom_files(folder: Path) -> list[Path]:
    """The DICOM files of a folder, by name."""
    return sorted(path for path in folder.iterdir() if path.is_file() and is_dicom(path))


def in_series(path: Path, series_uid: str) -> bool:
    """Whether a DICOM file belongs to the series of that uid, judged by its first 256 KiB.

    The uid stands near the start of every instance; looking for its bytes spares a DICOM parser.
    """
    with path.open("rb") as file:
        return series_uid.encode() in file.read(1 << 18)


def slide_files(path: Path, vendor: str, series_uid: str | None) -> list[Path]:
    """All files that a slide consists of, given the one that was opened."""
    if vendor == "dicom" and series_uid:
        return [file for file in dicom_files(path.parent) if in_series(file, series_uid)]
    if vendor == "mirax":
        folder = path.with_suffix("")
        inside = [file for file in folder.iterdir() if file.is_file()] if folder.is_dir() else []
        return [path, *inside]
    if path.suffix.lower() in {".vms", ".vmu"}:
        siblings = [file for file in path.parent.iterdir() if file.name.startswith(path.stem)]
        return [file for file in siblings if file.is_file()]
    return [path]
