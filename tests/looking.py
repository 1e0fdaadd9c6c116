"""All that can be read in a file: as it is, and inside archives, tables, pictures and PDFs."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pypdf
from PIL import Image


def files_with(place: Path, *words: str) -> set[str]:
    """Which files in ``place`` (a file or a folder) hold any of ``words``, in name or content."""
    found = set()
    files = [place] if place.is_file() else [each for each in place.rglob("*") if each.is_file()]
    for file in files:
        told = [str(file.relative_to(place)), *texts(file.name, file.read_bytes())]
        found |= {f"{file.name}: {word}" for word in words if any(word in text for text in told)}
    return found


def texts(name: str, content: bytes) -> Iterator[str]:
    """Everything in a file that a reader could see."""
    yield content.decode("latin-1")
    yield content.decode("utf-8", "ignore")
    yield content.decode("utf-16-be", "ignore")
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for each in archive.namelist():
                yield each
                yield from texts(each, archive.read(each))
    elif content.startswith(b"PAR1"):
        file = pq.ParquetFile(io.BytesIO(content))
        yield repr(file.metadata.metadata) + repr(file.schema_arrow.metadata)
        yield repr(file.read().to_pydict())
    elif content.startswith(b"%PDF"):
        yield from _of_pdf(content)
    elif content.startswith((b"\x89PNG", b"\xff\xd8", b"II*\0", b"MM\0*")):
        with Image.open(io.BytesIO(content)) as picture:
            yield repr(picture.info) + repr(dict(picture.getexif()))


def _of_pdf(content: bytes) -> Iterator[str]:
    reader = pypdf.PdfReader(io.BytesIO(content))
    yield repr(reader.metadata)
    for page in reader.pages:
        yield page.extract_text()
    for number in range(1, len(reader.xref[0]) + len(reader.xref_objStm) + 1):
        found = reader.get_object(number)
        if isinstance(found, pypdf.generic.StreamObject):
            try:
                data = found.get_data()
            except Exception:  # noqa: BLE001 - a picture in a filter that is not text
                continue
            yield from texts("stream", data if isinstance(data, bytes) else data.encode())
        else:
            yield repr(found)
