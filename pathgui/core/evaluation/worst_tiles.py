"""The tiles of a slide that speak most against an encoder, with their nearest reference tiles."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pathgui.core.errors import PathguiError
from pathgui.core.language.texts import say
from pathgui.core.pictures.tile_pictures import TilePicture
from pathgui.core.progress import Part, Progress, ProgressFn
from pathgui.core.reference.leakage import Pictures
from pathgui.core.runs.record import TileTable

TILES = 10  # of each encoder
NEIGHBORS = 5  # of each tile
EDGE_PX = 112
_OS = 2  # column of TileTable.kinds


def worst_rows(tiles: TileTable, encoder: str, most: int = TILES) -> NDArray[np.intp]:
    """Rows of the tiles that speak most against an encoder, the worst first.

    Where the slide's center is known: most neighbors of other tissue from that center (OS), of
    equals the one nearest to the reference set. Where it is not: farthest from the reference set.
    """
    readable = np.flatnonzero(tiles.readable)
    distance = tiles.distance[encoder][readable]
    if encoder in tiles.kinds:
        follows = tiles.kinds[encoder][readable, _OS]
        order = np.lexsort((readable, distance, -follows))
        order = order[follows[order] > 0]
    else:
        order = np.lexsort((readable, -distance))
    rows: NDArray[np.intp] = readable[order[:most]]
    return rows


def worst_pictures(
    tiles: TileTable,
    encoders: Sequence[str],
    slide: Pictures,
    slide_rows: NDArray[np.intp],
    reference: Pictures,
    report: ProgressFn,
) -> tuple[TilePicture, ...]:
    """Pictures of these tiles and of their nearest reference tiles.

    What cannot be read is left out.

    Parameters
    ----------
    slide_rows
        For each row of ``tiles``, its row among the pictures of ``slide``.
    """
    made: list[TilePicture] = []
    for done, encoder in enumerate(encoders):
        report(Progress(say("Keeping pictures of tiles"), done, len(encoders), part=Part.SAVING))
        nearest = tiles.neighbors.get(encoder)
        for row in worst_rows(tiles, encoder):
            jpeg = _jpeg(slide, int(slide_rows[row]))
            if jpeg is None:
                continue
            made.append(TilePicture(encoder, int(row), 0, -1, jpeg))
            found = [] if nearest is None else [int(n) for n in nearest[row, :NEIGHBORS] if n >= 0]
            for rank, neighbor in enumerate(found, 1):
                jpeg = _jpeg(reference, neighbor)
                if jpeg is not None:
                    made.append(TilePicture(encoder, int(row), rank, neighbor, jpeg))
    return tuple(made)


def _jpeg(pictures: Pictures, index: int) -> bytes | None:
    from PIL import Image

    try:
        picture = Image.fromarray(pictures.read(index, EDGE_PX))
    except PathguiError:
        return None
    picture = picture.resize((EDGE_PX, EDGE_PX), Image.Resampling.LANCZOS)
    draft = io.BytesIO()
    picture.save(draft, "JPEG", quality=86)
    return draft.getvalue()
