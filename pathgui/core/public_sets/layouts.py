"""The layouts that are known, and which of them some files have."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pathgui.core.errors import ReferenceSetError
from pathgui.core.language.texts import say
from pathgui.core.public_sets.embedded import EMBEDDINGS
from pathgui.core.public_sets.layout import FoundTiles, Given, Layout, Wishes, give
from pathgui.core.public_sets.pathorob import PATHOROB
from pathgui.core.public_sets.plism import PLISM
from pathgui.core.public_sets.refused import HISTAI, SPIDER
from pathgui.core.public_sets.scorpion import SCORPION
from pathgui.core.public_sets.tcga_ut import TCGA_UT
from pathgui.core.public_sets.tile_folders import FOLDERS
from pathgui.core.public_sets.wilds import WILDS

# The first that recognizes the files is taken, so what is told surely comes first.
LAYOUTS: tuple[Layout, ...] = (
    SPIDER, HISTAI, PATHOROB, WILDS, PLISM, TCGA_UT, EMBEDDINGS, SCORPION, FOLDERS,
)  # fmt: skip
IMPORTED = tuple(layout for layout in LAYOUTS if not layout.refused)


def layout_named(name: str) -> Layout:
    """The layout that the command line calls ``name``.

    Raises ReferenceSetError if there is none.
    """
    for layout in LAYOUTS:
        if layout.name == name.strip().lower():
            return layout
    names = ", ".join(layout.name for layout in IMPORTED)
    raise ReferenceSetError(
        say("There is no layout {name}. There are: {names}.", name=name, names=names)
    )


def recognize(given: Given) -> Layout:
    """The layout that the files have.

    Raises ReferenceSetError if they have none, and says what was looked for.
    """
    for layout in LAYOUTS:
        if layout.recognizes(given):
            return layout
    known = "; ".join(f"{layout.title} ({layout.looks_like})" for layout in IMPORTED)
    raise ReferenceSetError(
        say(
            "{top} has no layout that is known here: {known}. Tiles with a table "
            "of your own: pathgui reference build TABLE.",
            top=given.top,
            known=known,
        )
    )


def read_tiles(
    paths: Sequence[Path], layout: str = "", wishes: Wishes = Wishes()
) -> tuple[FoundTiles, Path]:
    """The tiles that files of a known layout hold, and what messages call the place.

    Parameters
    ----------
    paths
        Files and folders.
    layout
        Its name; "": it is recognized.
    wishes
        What the user says of the files.

    Raises
    ------
    ReferenceSetError
        If the layout is not known, or the files are not of it.
    """
    given = give(paths)
    taken = layout_named(layout) if layout else recognize(given)
    return taken.read(given, wishes), given.top
