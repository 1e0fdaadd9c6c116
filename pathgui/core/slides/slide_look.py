"""A look at a file before any library reads it as a slide.

Costs a millisecond, and allocates nothing that the file asks for. What is refused here would end
the process that reads it, never end by itself, or be shown wrongly.
"""

from __future__ import annotations

import stat
from pathlib import Path

from pathgui.core.errors import SlideError
from pathgui.core.language.texts import say
from pathgui.core.slides.reading.tiff_structure import (
    DEPTH,
    ORIENTATION,
    PLANAR,
    SAMPLES,
    TILE_COUNTS,
    TILE_OFFSETS,
    DamagedTiffError,
    TiffDirectory,
    is_tiff,
    tiff_directories,
)
from pathgui.core.slides.reading.zarr_files import is_zarr_folder

LARGEST_TILE_SIDE = 1 << 15
LARGEST_TILE_PX = 1 << 26
LARGEST_SIDE = 1 << 23  # of a level; the largest scans of today have 300,000 px

_KINDS = (
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)
_TURNS = {
    2: say("mirrored"),
    3: say("turned by 180°"),
    4: say("upside down"),
    5: say("mirrored and turned"),
    6: say("turned by 90°"),
    7: say("mirrored and turned"),
    8: say("turned by 270°"),
}


def look_at(path: Path) -> None:
    """Refuse a file that must not be read as a slide.

    Raises
    ------
    SlideError
        If it is no regular file, its directory claims tiles or levels that no scanner makes or
        that contradict each other, or its pixels are stored turned.
    """
    if is_zarr_folder(path):
        return
    try:
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode):
            kind = next((name for test, name in _KINDS if test(mode)), say("not a regular file"))
            raise SlideError(
                say(
                    "{path} is {kind}, not a file with a beginning and an end. "
                    "Choose a slide file.",
                    path=path,
                    kind=kind,
                )
            )
        with path.open("rb") as file:
            if not is_tiff(file.read(4)):
                return
        directories = tiff_directories(path)
    except (OSError, DamagedTiffError):
        return  # whoever opens it says why it cannot be read
    for directory in directories:
        if directory.tiled:
            _check_picture(path, directory)


def _check_picture(path: Path, picture: TiffDirectory) -> None:
    (width, height), (tile_width, tile_height) = picture.size, picture.tile
    damaged = say(
        "which cannot be. The file is damaged; if it was copied or downloaded, do that again."
    )
    if (
        max(tile_width, tile_height) > LARGEST_TILE_SIDE
        or tile_width * tile_height > LARGEST_TILE_PX
    ):
        raise SlideError(
            say(
                "{path_name} claims tiles of {tile_width:,} × {tile_height:,} px, {damaged}",
                path_name=path.name,
                tile_width=tile_width,
                tile_height=tile_height,
                damaged=damaged,
            )
        )
    if max(width, height) > LARGEST_SIDE:
        raise SlideError(
            say(
                "{path_name} claims {width:,} × {height:,} px, {damaged}",
                path_name=path.name,
                width=width,
                height=height,
                damaged=damaged,
            )
        )
    needed, listed = _tiles_of(picture)
    if listed and listed != needed:
        # With another width, rows of tiles would be read as if they had another length.
        raise SlideError(
            say(
                "{path_name} claims {width:,} × {height:,} px in {needed:,} "
                "tiles and lists {listed:,}, {damaged}",
                path_name=path.name,
                width=width,
                height=height,
                needed=needed,
                listed=listed,
                damaged=damaged,
            )
        )
    turn = _TURNS.get(picture.number(ORIENTATION, 1))
    if turn is not None:
        # libtiff turns what it decodes to RGBA, tile by tile, and nobody turns the whole.
        raise SlideError(
            say(
                "{path_name} is stored {turn} (its orientation tag is "
                "{ORIENTATION}), and slides are read as they are stored. Export "
                "it again upright, for example with libvips: vips autorot IN "
                "OUT.tif[tile,pyramid].",
                path_name=path.name,
                turn=turn,
                ORIENTATION=picture.number(ORIENTATION, 1),
            )
        )


def _tiles_of(picture: TiffDirectory) -> tuple[int, int]:
    """How many tiles the picture's size needs, and how many it lists; 0 where that is not sure."""
    offsets, counts = picture.numbers.get(TILE_OFFSETS), picture.numbers.get(TILE_COUNTS)
    if min(*picture.size, *picture.tile) < 1 or offsets is None or counts is None:
        return 0, 0
    across, down = (-(-side // tile) for side, tile in zip(picture.size, picture.tile, strict=True))
    planes = picture.number(SAMPLES, 1) if picture.number(PLANAR, 1) == 2 else 1
    needed = across * down * planes * picture.number(DEPTH, 1)
    return needed, len(offsets) if len(offsets) == len(counts) else 0
