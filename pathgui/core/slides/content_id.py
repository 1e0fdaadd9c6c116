"""A slide's identity by what is in its files, wherever they lie and whatever they are called."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pathgui.core.slides.reading.zarr_files import (
    is_zarr_folder,
    listing_digest,
    telling_files,
)

_END = 1 << 20
_SAMPLE = 1 << 16
_SAMPLES = 32
_SOP_CLASS_UID, _SERIES_UID = 0x00080016, 0x0020000E  # DICOM tags


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


def content_id(paths: Sequence[Path], listing: bytes = b"") -> str:
    """One hexadecimal id of 64 digits for all files of a slide, in whatever order they come.

    ``listing`` is what else is known of files that are not read.
    """
    digest = hashlib.sha256(b"pathgui slide 1" + listing)
    for part in sorted(file_digest(path) for path in paths):
        digest.update(part)
    return digest.hexdigest()


def content_of_files(path: Path, files: Sequence[Path]) -> str:
    """The id of the slide at ``path`` that consists of ``files``, or is known by them.

    Of OME-Zarr the names and sizes of all its files count, and the content of some.
    """
    return content_id(files, listing_digest(path) if is_zarr_folder(path) else b"")


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


def files_in(folder: Path) -> list[Path]:
    """The files that the slide in a folder is known by: of OME-Zarr, or of DICOM."""
    return telling_files(folder) if is_zarr_folder(folder) else dicom_files(folder)


def slide_series(path: Path) -> str | None:
    """The series uid of a DICOM file that holds an image of a slide; None for all others.

    Annotations, segmentations and reports lie beside slides and name their uids, but are no
    part of them. A file that does not say what it is counts as an image.
    """
    import pydicom
    from pydicom.filereader import read_partial

    def behind_the_series(tag: Any, _vr: str | None, _length: int) -> bool:
        return int(tag) > _SERIES_UID

    tags: list[Any] = [_SOP_CLASS_UID, _SERIES_UID]
    try:
        with path.open("rb") as file:
            header = read_partial(file, stop_when=behind_the_series, specific_tags=tags)
        sop_class = _uid(header.get_item(_SOP_CLASS_UID))
        if sop_class not in ("", pydicom.uid.VLWholeSlideMicroscopyImageStorage):
            return None
        return _uid(header.get_item(_SERIES_UID))
    except OSError:
        raise
    except Exception:  # noqa: BLE001 - whatever pydicom stumbles over in a damaged file
        return None


def _uid(element: Any) -> str:
    """A uid as it is written: what pydicom makes of an odd one is a warning."""
    value = b"" if element is None else element.value
    text = value.decode("ascii", "replace") if isinstance(value, bytes) else str(value)
    return text.strip(" \0")


def slide_files(path: Path, vendor: str, series_uid: str | None) -> list[Path]:
    """All files that a slide consists of, given the one that was opened."""
    if vendor == "dicom" and series_uid:
        series = series_uid.strip(" \0")
        found = [file for file in dicom_files(path.parent) if slide_series(file) == series]
        return found or [path]
    if path.is_dir():
        return telling_files(path)
    if vendor == "mirax":
        folder = path.with_suffix("")
        return [path, *_named_in(folder / "Slidedat.ini", folder)]
    if path.suffix.lower() in {".vms", ".vmu"}:
        return _named_in(path, path.parent)
    return [path]


def _named_in(index: Path, folder: Path) -> list[Path]:
    """An index file of ``key = value`` lines, and the files of ``folder`` that it names."""
    if not index.is_file():
        return []
    found = {index}
    for line in index.read_text(encoding="utf-8-sig", errors="replace").splitlines():
        name = line.partition("=")[2].strip()
        if name and not re.search(r"[\\/\0]", name) and (folder / name).is_file():
            found.add(folder / name)
    return sorted(found)
