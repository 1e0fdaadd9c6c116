"""Pictures of tiles as files in folders."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from pathgui.core.language.texts import say
from pathgui.core.public_sets.layout import Given, Pictures
from pathgui.core.reference.manifest import Row
from pathgui.core.reference.tile_files import NotATile, tile_content

PICTURES = (
    ".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".webp", ".jp2", ".ppm",
)  # fmt: skip


def pictures_of_files(rows: Sequence[Row], wanted: Collection[int]) -> Pictures:
    """The files of the rows that are wanted, as they lie on disk."""
    for row in rows:
        if row.number not in wanted:
            continue
        try:
            yield row, tile_content(row.picture)
        except NotATile as error:
            yield row, error
        except FileNotFoundError:
            yield row, NotATile(say("does not exist"), f": {row.picture}")
        except OSError as error:
            yield row, NotATile(say("cannot be read"), f": {error.strerror or error}")


def levels_of(given: Given) -> list[tuple[str, ...]]:
    """Of each picture that was given, the folders below the one that holds all, and its name."""
    parts = [path.parts for path in given.having(*PICTURES)]
    if not parts:
        return []
    shared = 0
    while all(len(each) > shared + 1 for each in parts) and len({e[shared] for e in parts}) == 1:
        shared += 1
    return [each[shared:] for each in parts]
