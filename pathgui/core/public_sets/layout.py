"""What a layout of published tiles is, and what the files of one are read into.

An importer reads the labels of all tiles first, which are small, and the pictures later, one after
the other, so that a set of any size is never in memory.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pathgui.core.errors import ReferenceSetError
from pathgui.core.language.texts import noted, say
from pathgui.core.reference.manifest import Row
from pathgui.core.reference.tile_files import NotATile

NOT_LABELED = noted("not labeled")  # the tissue of tiles of which none is known

# A row that is wanted, and the file of its picture as it is stored; or why there is none.
Pictures = Iterator[tuple[Row, bytes | NotATile]]


@dataclass(frozen=True)
class Given:
    """The files and folders that the user named."""

    paths: tuple[Path, ...]

    @cached_property
    def files(self) -> tuple[Path, ...]:
        """All plain files, those in folders too, sorted; hidden ones are passed over."""
        found: dict[Path, None] = {}
        for path in self.paths:
            for file in sorted(_inside(path)) if path.is_dir() else (path,):
                found[file] = None
        return tuple(found)

    @cached_property
    def top(self) -> Path:
        """The deepest folder that holds all of it: what messages call the place."""
        if len(self.paths) == 1:
            return self.paths[0]
        return Path(os.path.commonpath([path.parent for path in self.paths]))

    def having(self, *endings: str) -> list[Path]:
        """The files whose name ends in one of ``endings``, whatever the case."""
        return [path for path in self.files if path.name.lower().endswith(endings)]


def give(paths: Sequence[Path]) -> Given:
    """The files that ``paths`` lead to.

    Raises
    ------
    ReferenceSetError
        If one leads to nothing, or all are empty.
    """
    whole = tuple(Path(os.path.abspath(path.expanduser())) for path in paths)
    for path in whole:
        if not path.exists():
            raise ReferenceSetError(say("There is no file or folder {path}.", path=path))
    given = Given(whole)
    if not given.files:
        raise ReferenceSetError(say("{top} holds no file.", top=given.top))
    return given


def _inside(folder: Path) -> Iterable[Path]:
    for where, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            path = Path(where, name)
            if not name.startswith(".") and path.is_file():
                yield path


@dataclass(frozen=True)
class Wishes:
    """What the user says of the files, beside where they are."""

    mpp: float | None = None  # µm per pixel of the pictures, in place of what is supposed
    columns: Mapping[str, str] = field(default_factory=dict)  # what a folder or column is
    accepted: bool = False  # all that is proposed
    center: str = ""  # the column that plays the center, where a layout has several
    array: str = ""  # what holds the embeddings, where a file holds several that may
    same_order: bool = False  # the rows of the table are those of the embeddings, one for one
    encoder: str = ""  # what embeddings are called
    allow_missing: bool = False  # rows of a table may lack embeddings


@dataclass(frozen=True)
class About:
    """What a set keeps of where it is from."""

    title: str = ""
    licence: str = ""
    citation: str = ""


@dataclass(frozen=True)
class Embedded:
    """Embeddings in place of pictures: row i of ``values`` (n, d) is of row i of the tiles."""

    values: NDArray[np.floating[Any]]
    encoder: str
    edge_um: float | None = None  # edge of a tile, where the file says so


@dataclass
class FoundTiles:
    """The tiles of some files before they are a reference set.

    Attributes
    ----------
    rows
        One for each tile, in the order of storage. Their ``values`` hold ``tile``, ``slide_id``,
        ``center``, ``tissue``, maybe ``patient_id`` and ``pair``, and the columns of ``further``.
        What lacks something is refused already.
    pictures
        Given the numbers of the rows that are wanted, reads these in the order of storage.
    told
        How the files were read and what was supposed, a sentence each.
    lost
        Files that cannot be read at all, a sentence each.
    """

    rows: list[Row]
    pictures: Callable[[Collection[int]], Pictures]
    told: list[str]
    further: tuple[str, ...] = ()
    lost: list[str] = field(default_factory=list)
    about: About = About()
    embedded: Embedded | None = None  # then no row has a picture


@dataclass(frozen=True)
class Layout:
    """One way in which tiles are published."""

    name: str  # of the command line
    title: str
    looks_like: str  # a phrase: what its files are
    recognizes: Callable[[Given], bool]
    read: Callable[[Given, Wishes], FoundTiles]
    refused: bool = False  # whether ``read`` only says why such files make no set
