"""The one text file in a zip or gzip archive, as programs pack what they export."""

from __future__ import annotations

import gzip
import io
import lzma
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from pathgui.core.errors import PathguiError
from pathgui.core.language.texts import say

PACKED = (".zip", ".gz")  # endings of archives

_DAMAGED = (EOFError, OSError, zipfile.BadZipFile, zlib.error, lzma.LZMAError, ValueError)


def unpacked(
    path: Path,
    content: bytes,
    endings: Sequence[str],
    error: type[PathguiError],
    most_bytes: int,
) -> bytes:
    """The content of a file, unpacked if it is an archive, whatever its name.

    Parameters
    ----------
    content
        Of ``path``, which names the file in errors.
    endings
        Of the file that is sought in a zip archive, as ".json".
    most_bytes
        That are unpacked.

    Raises
    ------
    PathguiError
        Of the kind ``error``, if the archive is damaged, holds not exactly one such file, or is
        too long.
    """
    is_zip = content[:4] in (b"PK\x03\x04", b"PK\x05\x06")
    if not is_zip and content[:2] != b"\x1f\x8b":
        return content
    try:
        if is_zip:
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                text = archive.open(_only(path, archive, endings, error)).read(most_bytes + 1)
        else:
            text = gzip.GzipFile(fileobj=io.BytesIO(content)).read(most_bytes + 1)
    except (RuntimeError, NotImplementedError) as found:  # locked, or packed in another way
        why = say(
            "{path} cannot be unpacked: {found}. Unpack it, and open what it holds.",
            path=path,
            found=found,
        )
        raise error(why) from found
    except _DAMAGED as found:
        why = say(
            "{path} cannot be unpacked: it is cut off or damaged. Export it again.", path=path
        )
        raise error(why) from found
    if len(text) > most_bytes:
        raise error(
            say(
                "{path} holds more than {most_bytes:,} MB, the most that is unpacked.",
                path=path,
                most_bytes=most_bytes >> 20,
            )
        )
    return text


def _only(
    path: Path, archive: zipfile.ZipFile, endings: Sequence[str], error: type[PathguiError]
) -> zipfile.ZipInfo:
    """The file of an archive that is meant. Files that macOS adds are none."""
    found = []
    for each in archive.infolist():
        place = PurePosixPath(each.filename)
        hidden = place.name.startswith(".") or "__MACOSX" in place.parts
        if not each.is_dir() and not hidden and place.suffix.lower() in endings:
            found.append(each)
    if len(found) == 1:
        return found[0]
    kinds = say(" or ").join(endings)
    if not found:
        raise error(say("{path} holds no file that ends in {kinds}.", path=path, kinds=kinds))
    names = ", ".join(each.filename for each in found[:3]) + (", …" if len(found) > 3 else "")
    raise error(
        say(
            "{path} holds {n_found} files: {names}. Unpack it, and open the one you want.",
            path=path,
            n_found=len(found),
            names=names,
        )
    )
