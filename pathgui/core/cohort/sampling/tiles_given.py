"""Tiles and slides that the user names: each by itself, or in a table."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from pathlib import Path

from pathgui.core.cohort.sampling.thrown_out_file import read_taken_back
from pathgui.core.cohort.slide_table import SLIDE_ID
from pathgui.core.errors import ReferenceSetError, first_few
from pathgui.core.language.texts import say
from pathgui.core.tables.headings import role_of
from pathgui.core.tables.read import read_sheet, require_all_rows

_TILE = re.compile(r"(?P<slide>.+) -?\d+ -?\d+")  # as drawing.tile_name writes it


def tiles_given(given: Iterable[str]) -> tuple[str, ...]:
    """Names of tiles (SLIDE X Y), sorted; each of ``given`` is one, or the file of a table.

    Raises
    ------
    ReferenceSetError
        If one is neither, or the file is no table with the column ``tile``.
    """
    found: set[str] = set()
    for text in given:
        path = Path(text)
        if _TILE.fullmatch(text) and not path.is_file():
            found.add(text)
        elif path.is_file():
            found.update(read_taken_back(path))
        else:
            raise ReferenceSetError(
                say(
                    "There is neither a tile nor a file called {text}. A tile is "
                    'called by its slide, x and y: "north-1 2048 512".',
                    text=text,
                )
            )
    return tuple(sorted(found))


def dropped_given(
    given: Iterable[str], slide_ids: Collection[str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names of tiles, and slides, that are to be taken out; both sorted.

    Each of ``given`` is a slide of the cohort, a tile on one, or the file of a table with the
    column ``tile``, or with ``slide_id`` or ``slide`` alone.

    Raises
    ------
    ReferenceSetError
        If one is none of these, or names a slide that the cohort does not have.
    """
    known = set(slide_ids)
    tiles: set[str] = set()
    slides: set[str] = set()
    for text in given:
        at = _TILE.fullmatch(text)
        if text in known:
            slides.add(text)
        elif at and at["slide"] in known:
            tiles.add(text)
        elif Path(text).is_file():
            of_tiles, of_slides = _in_file(Path(text))
            tiles.update(of_tiles)
            slides.update(of_slides)
        else:
            raise ReferenceSetError(
                say(
                    "{text} is neither a slide of the cohort, nor a tile on one "
                    '(as "{known} 2048 512"), nor a file.',
                    text=text,
                    known=first_few(sorted(known), 1),
                )
            )
    unknown = slides - known
    for name in tiles:
        at = _TILE.fullmatch(name)
        if at is None or at["slide"] not in known:
            unknown.add(name)
    if unknown:
        raise ReferenceSetError(
            say(
                "The cohort has no slides that these are, or lie on: {unknown}.",
                unknown=first_few(sorted(unknown)),
            )
        )
    return tuple(sorted(tiles)), tuple(sorted(slides))


def _in_file(path: Path) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Tiles and slides in a table."""
    sheet = read_sheet(path, ReferenceSetError)
    require_all_rows(sheet, ReferenceSetError)
    if "tile" in sheet.headings:
        return read_taken_back(path), ()
    for heading, column in zip(sheet.headings, sheet.columns, strict=True):
        if role_of(heading) == SLIDE_ID:
            return (), tuple(sorted({str(name) for name in column if name}))
    raise ReferenceSetError(
        say(
            "{path_name} has neither the column tile nor slide_id. It has the columns {headings}.",
            path_name=path.name,
            headings=", ".join(sheet.headings),
        )
    )
