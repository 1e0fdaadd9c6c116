"""Why a file cannot be opened as a slide, in words that help."""

from __future__ import annotations

from pathlib import Path

from pathgui.core.language.texts import say
from pathgui.core.slides.reading.tiff_structure import DamagedTiffError, is_tiff, tiff_directories

_CONVERT = say(
    "Convert it to a tiled, pyramidal TIFF with JPEG compression (with "
    "QuPath: File, Export images, OME TIFF; or with libvips: vips tiffsave "
    "IN OUT.tif --tile --pyramid --compression jpeg) and open that."
)
_AGAIN = say("Copy or download it again.")
_TRANSFER_SYNTAXES = {
    "1.2.840.10008.1.2.4.80": "JPEG-LS",
    "1.2.840.10008.1.2.4.81": say("near-lossless JPEG-LS"),
    "1.2.840.10008.1.2.4.201": say("high-throughput JPEG 2000"),
    "1.2.840.10008.1.2.4.202": say("high-throughput JPEG 2000"),
    "1.2.840.10008.1.2.4.203": say("high-throughput JPEG 2000"),
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
        return say(
            "{path} cannot be read: {reason}. Check the file's permissions and the disk.",
            path=path,
            reason=reason,
        )
    if size == 0:
        return say("{path_name} is empty (0 bytes). {AGAIN}", path_name=path.name, AGAIN=_AGAIN)
    if head[128:] == b"DICM":
        return _why_dicom(path, error)
    if is_tiff(head):
        return _why_tiff(path, size, error)
    if head[:3] == b"\xff\xd8\xff" or head[:8] == b"\x89PNG\r\n\x1a\n":
        return say(
            "{path_name} is a plain picture, not a slide: it has no tiles and no scale. {CONVERT}",
            path_name=path.name,
            CONVERT=_CONVERT,
        )
    if b"\0" not in head and head.isascii():
        return say(
            "{path_name} is a text file, not a slide. Choose the slide file itself.",
            path_name=path.name,
        )
    return say(
        "{path_name} is not a slide in any format that pathgui reads, or "
        "its beginning is damaged. If it should be one, copy or download it "
        "again; if it comes from a scanner with a format of its own, export "
        "it as DICOM or as a tiled, pyramidal TIFF.",
        path_name=path.name,
    )


def _why_dicom(path: Path, error: str) -> str:
    for uid, name in _TRANSFER_SYNTAXES.items():
        if error.endswith(uid):
            return say(
                "{path_name} is a DICOM file whose pixels are compressed as "
                "{name} ({uid}), which OpenSlide does not read. Export or "
                "convert it with JPEG or JPEG 2000 compression.",
                path_name=path.name,
                name=name,
                uid=uid,
            )
    detail = error.removeprefix(f"Reading {path}: ")
    return say(
        "{path_name} is a DICOM file, but not a whole-slide image that "
        "OpenSlide can open ({detail}). Open another instance of the same "
        "series, or export the slide again.",
        path_name=path.name,
        detail=detail,
    )


def _why_tiff(path: Path, size: int, error: str) -> str:
    try:
        directories = tiff_directories(path)
    except (DamagedTiffError, OSError):
        return say(
            "{path_name} is a TIFF file whose directory is damaged. {AGAIN}",
            path_name=path.name,
            AGAIN=_AGAIN,
        )
    if any(each.beyond or each.data_beyond(size) for each in directories):
        return say(
            "{path_name} is cut off: it has {size:,} bytes and points to "
            "data behind its end. {AGAIN}",
            path_name=path.name,
            size=size,
            AGAIN=_AGAIN,
        )
    if not (directories and directories[0].tiled):
        return say(
            "{path_name} is a TIFF that is stored in strips, not in tiles, "
            "so parts of it cannot be read on their own. {CONVERT}",
            path_name=path.name,
            CONVERT=_CONVERT,
        )
    if "compression" in error.lower():
        return say(
            "{path_name} is compressed in a way that pathgui does not read ({error}). {CONVERT}",
            path_name=path.name,
            error=error,
            CONVERT=_CONVERT,
        )
    return say(
        "{path_name} is a TIFF that cannot be opened ({error}). {CONVERT}",
        path_name=path.name,
        error=error,
        CONVERT=_CONVERT,
    )
