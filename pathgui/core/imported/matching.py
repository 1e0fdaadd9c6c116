"""Embeddings computed elsewhere, matched to the tiles of a reference set or of a slide.

They take part in an evaluation like those of any encoder: :class:`ImportingStore` hands them out
wherever the evaluation asks the store for them. What stands for the model, which is not here, is
in :mod:`pathgui.core.imported.as_encoders`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from pathgui.core.embedding.embedding_key import EmbeddingKey
from pathgui.core.embedding.store import EmbeddingStore
from pathgui.core.embedding.stored_embeddings import EmbeddingBuffer
from pathgui.core.errors import EmbeddingsError, ScaleError, os_errors_as, plural
from pathgui.core.imported.embeddings_columns import ExternalEmbeddings
from pathgui.core.imported.readers import read_file
from pathgui.core.language.texts import counted, say
from pathgui.core.progress import ProgressFn, ignore_progress
from pathgui.core.reference.labels import TextArray
from pathgui.core.reference.reference_set import ReferenceSet
from pathgui.core.reference.same_slide import file_key
from pathgui.core.slides.identity import TileIdentity
from pathgui.core.slides.slide import Slide
from pathgui.core.slides.slide_scale import require_mpp
from pathgui.core.slides.tiling import TileGrid
from pathgui.core.system.endings import LINK_ENDING
from pathgui.core.system.files import write_file

# fmt: off
_SLIDE_SUFFIXES = frozenset((
    "svs", "tif", "tiff", "ndpi", "mrxs", "scn", "bif", "vms", "vmu", "svslide", "dcm", "czi",
    "h5", "pt", "zarr", "ozx", LINK_ENDING[1:],
))
# fmt: on
_SCALE_TOLERANCE = 0.1  # of a tile's edge


def read_external(path: Path, array: str = "") -> ExternalEmbeddings:
    """Read embeddings that another program wrote.

    TRIDENT ``.h5`` or a folder of them, ``.npz`` and Parquet with the usual names, PathoROB's
    folder with one ``.npz`` for each center, slide2vec ``.pt``, AnnData ``.h5ad``, ``.npy``.
    ``array`` names what holds the embeddings where a file holds several that may.

    Raises
    ------
    EmbeddingsError
        If the file cannot be read, or holds numbers that are not finite.
    """
    found = read_file(Path(path), array)
    finite = np.isfinite(found.values).all(axis=1)
    if not finite.all():
        first, broken = int(np.flatnonzero(~finite)[0]), int((~finite).sum())
        name = f" ({found.tiles[first]})" if found.tiles is not None else ""
        raise EmbeddingsError(
            counted(
                broken,
                "{path_name}: {n} of {embeddings} is not finite, the first that of tile "
                "{first}{name}. Compute them again, in full precision.",
                "{path_name}: {n} of {embeddings} are not finite, the first that of tile "
                "{first}{name}. Compute them again, in full precision.",
                path_name=path.name,
                embeddings=plural(len(found), "embedding"),
                first=first,
                name=name,
            )
        )
    return found


def match_reference(external: ExternalEmbeddings, reference: ReferenceSet) -> NDArray[np.intp]:
    """The row of ``external`` for each tile of a reference set, shape (n_reference,).

    Tiles are matched by name or by the checksum of their picture, or where the file names none
    (TRIDENT) by slide and place, never by order.

    Raises
    ------
    EmbeddingsError
        If tiles have no embedding, or names are missing or stand for several tiles.
    ScaleError
        If the file says that its tiles show another field of view.
    """
    names = np.array(reference.tiles, dtype=np.str_)
    if external.tiles is None and can_be_placed(external) and reference.places_l0 is not None:
        rows = match_places(external, reference.labels.slide, reference.places_l0)
    elif external.tiles is not None and not {*external.tiles.tolist()}.isdisjoint(reference.sha256):
        place = {name: row for row, name in enumerate(external.tiles.tolist())}
        rows = np.array([place.get(each, -1) for each in reference.sha256], np.intp)
    else:
        rows = match_names(external, names, reference.labels.slide)
    _complain_of_gaps(
        rows, names, say("the reference set {info_name}", info_name=reference.info.name)
    )
    check_scale(external.edge_um, reference.info.edge_um)
    return rows


def can_be_placed(external: ExternalEmbeddings) -> bool:
    """Whether the file says of which slide each tile is, and where on it."""
    return external.coords_l0 is not None and "slide" in external.labels


def match_places(
    external: ExternalEmbeddings, slides: TextArray, places_l0: NDArray[np.float64]
) -> NDArray[np.intp]:
    """The row of ``external`` for each tile at ``places_l0`` (n, 2) of ``slides``; else -1."""
    if external.coords_l0 is None:
        raise ValueError("no coordinates")
    theirs = zip(external.labels["slide"].tolist(), external.coords_l0.tolist(), strict=True)
    place = {(slide_key(slide), x, y): row for row, (slide, (x, y)) in enumerate(theirs)}
    ours = zip(slides.tolist(), places_l0.tolist(), strict=True)
    return np.array(
        [
            place.get((slide_key(slide), round(x), round(y)), -1) if np.isfinite(x + y) else -1
            for slide, (x, y) in ours
        ],
        np.intp,
    )


def slide_key(name: str) -> str:
    """What is the same in a slide's name whether a program leaves folder and suffix or not.

    >>> slide_key("scans/TCGA-A1.svs"), slide_key("TCGA-A1"), slide_key("case.7")
    ('TCGA-A1', 'TCGA-A1', 'case.7')
    """
    last = _last(name)
    stem, dot, suffix = last.rpartition(".")
    return stem if dot and suffix.lower() in _SLIDE_SUFFIXES else last


def match_names(
    external: ExternalEmbeddings, names: TextArray, slides: TextArray
) -> NDArray[np.intp]:
    """The row of ``external`` for each tile called ``names`` of ``slides``; -1 where none.

    Programs name tiles in different ways: the whole path, its last part with or without suffix,
    or slide and tile joined by a hyphen. The way is taken that matches most. Where the file says
    of which slide each tile is, a tile of another slide is not taken for one of the same name.
    """
    if external.tiles is None:
        raise EmbeddingsError(
            say(
                "These embeddings ({source}) do not say which tile each belongs "
                "to. Save the tiles' names beside them, in an array 'tile'.",
                source=external.source,
            )
        )
    best = np.full(len(names), -1, np.intp)
    for theirs in (_same, _last, _stem):
        keys = [theirs(name) for name in external.tiles.tolist()]
        if len(set(keys)) < len(keys):
            continue  # not a name then
        place = {key: row for row, key in enumerate(keys)}
        for ours in (_same, _last, _stem):
            plain = [ours(name) for name in names.tolist()]
            joined = [f"{slide}-{key}" for slide, key in zip(slides.tolist(), plain, strict=True)]
            for wanted in (plain, joined):
                if len(set(wanted)) < len(wanted):
                    continue
                rows = np.array([place.get(key, -1) for key in wanted], np.intp)
                rows = _of_one_slide(rows, external.labels.get("slide"), slides)
                if (rows >= 0).sum() > (best >= 0).sum():
                    best = rows
    return best


def _of_one_slide(
    rows: NDArray[np.intp], theirs: TextArray | None, ours: TextArray
) -> NDArray[np.intp]:
    """``rows``, -1 where tiles that were matched by name are of different slides."""
    if theirs is None:
        return rows

    agree = np.array(
        [
            row >= 0 and file_key(str(theirs[row])) == file_key(str(ours[tile]))
            for tile, row in enumerate(rows)
        ]
    )
    if not agree.any():
        return rows  # they call slides otherwise
    return np.where(agree, rows, -1).astype(np.intp)


def _same(name: str) -> str:
    return name


def _last(name: str) -> str:
    return PurePosixPath(name.replace("\\", "/")).name


def _stem(name: str) -> str:
    last = _last(name)
    stem, dot, suffix = last.rpartition(".")
    return stem if dot and suffix.lower() in {"png", "jpg", "jpeg", "tif", "tiff"} else last


def _complain_of_gaps(rows: NDArray[np.intp], names: TextArray, whose: str) -> None:
    gaps = np.flatnonzero(rows < 0)
    if len(gaps):
        raise EmbeddingsError(
            say(
                "{n_gaps} of the {n_rows} tiles of {whose} have no embedding in "
                "the file, the first {names}. Compute them too, or choose the "
                "file that belongs to it.",
                n_gaps=len(gaps),
                n_rows=len(rows),
                whose=whose,
                names=names[gaps[0]],
            )
        )


def check_scale(edge_um: float | None, expected_um: float | None) -> None:
    """Make sure that tiles of ``edge_um`` show the field of view that is expected."""
    if edge_um is None or expected_um is None:
        return
    if abs(edge_um / expected_um - 1) > _SCALE_TOLERANCE:
        raise ScaleError(
            say(
                "These embeddings are of tiles {edge_um:.0f} µm wide, but "
                "{expected_um:.0f} µm are needed: encoders answer differently to "
                "another field of view. Compute them again from tiles of "
                "{expected_um:.0f} µm.",
                edge_um=edge_um,
                expected_um=expected_um,
            )
        )


def grid_of(
    external: ExternalEmbeddings, slide: Slide, expected_um: float | None = None
) -> tuple[TileGrid, NDArray[np.intp]]:
    """The tile grid that the coordinates of ``external`` form on ``slide``.

    Returns
    -------
    (grid, rows)
        ``rows[i]`` is the embedding of tile i of the grid.

    Raises
    ------
    EmbeddingsError
        If there are no coordinates, they are double, or lie outside the slide or on no lattice.
    ScaleError
        If the slide has no mpp, or tiles are not ``expected_um`` wide.
    """
    mpp = require_mpp(slide)
    if external.coords_l0 is None:
        raise EmbeddingsError(
            say(
                "These embeddings ({source}) come without coordinates, so they "
                "cannot be laid over {path_name}.",
                source=external.source,
                path_name=slide.path.name,
            )
        )
    coords = external.coords_l0
    if len(np.unique(coords, axis=0)) < len(coords):
        raise EmbeddingsError(
            say("Several embeddings have the same coordinates. Export them again.")
        )
    steps = np.concatenate([np.diff(np.unique(coords[:, axis])) for axis in (0, 1)])
    stride = int(np.gcd.reduce(steps)) if len(steps) else (external.size_l0 or 0)
    size = external.size_l0 or stride
    if size < 1 or stride < max(1, size // 8):
        raise EmbeddingsError(
            say(
                "The tiles ({size} pixels wide) lie on no lattice: their "
                "coordinates are multiples of {stride} pixels. Export them "
                "without shifts.",
                size=size,
                stride=stride,
            )
        )
    width, height = slide.size_l0
    low, high = coords.min(axis=0), coords.max(axis=0) + size
    # the last tile may stick out a little: programs pad at the edge
    if low.min() < 0 or high[0] > width + size or high[1] > height + size:
        raise EmbeddingsError(
            say(
                "The tiles reach from {low} to {high}, but {path_name} has "
                "{width} × {height} pixels. They belong to another slide.",
                low=tuple(low),
                high=tuple(high),
                path_name=slide.path.name,
                width=width,
                height=height,
            )
        )
    check_scale(size * mpp, expected_um)
    cells = (coords - low) // stride
    order = np.lexsort((cells[:, 0], cells[:, 1])).astype(np.intp)  # row by row
    columns, rows = (int(n) for n in cells.max(axis=0) + 1)
    grid = TileGrid(
        cells=cells[order].astype(np.int32),
        shape=(columns, rows),
        size_l0=size,
        stride_l0=stride,
        origin_l0=(int(low[0]), int(low[1])),
        mpp_l0=mpp,
    )
    return grid, order


def rows_on(external: ExternalEmbeddings, grid: TileGrid) -> NDArray[np.intp]:
    """The row of ``external`` for each tile of ``grid``, by the place of its corner.

    Raises EmbeddingsError if tiles have no embedding.
    """
    if external.coords_l0 is None:
        raise EmbeddingsError(
            say("These embeddings ({source}) come without coordinates.", source=external.source)
        )
    place = {(int(x), int(y)): row for row, (x, y) in enumerate(external.coords_l0)}
    rows = np.array([place.get((int(x), int(y)), -1) for x, y in grid.origins_l0], np.intp)
    gaps = int((rows < 0).sum())
    if gaps or external.size_l0 not in (None, grid.size_l0):
        raise EmbeddingsError(
            say(
                "{gaps} of the slide's {n_grid} tiles of {size_l0} pixels have "
                "no embedding in the file. Imported encoders that are compared "
                "must have seen the same tiles.",
                gaps=gaps,
                n_grid=len(grid),
                size_l0=grid.size_l0,
            )
        )
    return rows


@dataclass(frozen=True)
class ImportedTiles:
    """Embeddings for all tiles of one source, in its order."""

    content_key: str  # of the TileSource
    values: NDArray[np.float32]  # (n, d)


_UNKNOWN = TileIdentity()


class ImportingStore(EmbeddingStore):
    """A store that has, beside what ``store`` keeps, embeddings that were imported.

    Those are in memory and never written: their file is their store.
    """

    def __init__(
        self, imports: dict[str, Sequence[ImportedTiles]], store: EmbeddingStore | None = None
    ) -> None:
        super().__init__(store.folder if store else Path(), store.limit_bytes if store else 0)
        self._store = store
        self._parts = {
            (name, part.content_key): part.values
            for name, parts in imports.items()
            for part in parts
        }

    def open(
        self,
        key: EmbeddingKey,
        report: ProgressFn = ignore_progress,
        keep: bool = True,
        identity: TileIdentity = _UNKNOWN,
        *,
        wait: bool = True,
    ) -> Any:
        """The embeddings of ``key``, imported or kept."""
        values = self._parts.get((key.encoder, key.tiles))
        if values is not None and values.shape == (key.n_tiles, key.dim):
            return _Imported(values)
        if self._store is None:
            return _Imported(np.empty((0, key.dim), np.float32), key.n_tiles)
        return self._store.open(key, report, keep, identity, wait=wait)

    def count_done(
        self,
        key: EmbeddingKey,
        rows: NDArray[np.intp] | None = None,
        identity: TileIdentity = _UNKNOWN,
    ) -> int:
        """Tiles of ``key``, all or ``rows``, that need not be embedded."""
        if (key.encoder, key.tiles) in self._parts:
            return key.n_tiles if rows is None else len(rows)
        return self._store.count_done(key, rows, identity) if self._store else 0


class _Imported(EmbeddingBuffer):
    """What was imported, as the engine takes it from a store."""

    def __init__(self, values: NDArray[np.float32], n_tiles: int | None = None) -> None:
        super().__init__(len(values) if n_tiles is None else n_tiles, values.shape[1])
        self._rows = np.arange(len(values), dtype=np.intp)
        self.put(self._rows, values, np.ones(len(values), np.bool_))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing is kept open."""

    def load(self) -> Any:
        """All rows at once."""
        return iter((self._rows,)) if len(self._rows) else iter(())


def write_trident(
    path: Path,
    values: NDArray[np.float32],
    grid: TileGrid,
    *,
    slide_name: str,
    size_l0: tuple[int, int],
    encoder: str,
    patch_px: int,
    objective: float | None = None,
) -> None:
    """Write a slide's embeddings as TRIDENT lays them out: ``features``, ``coords``, attributes.

    Parameters
    ----------
    values : (n, d)
        Embeddings of the tiles of ``grid``, in its order.
    size_l0
        Width and height of the slide.
    patch_px
        Side at which the encoder saw a tile.
    objective
        Magnification of level 0; from mpp where the file does not say.

    Raises
    ------
    EmbeddingsError
        If the file cannot be written.
    """
    import io

    import h5py

    if len(values) != len(grid):
        raise ValueError(f"{len(values)} embeddings for {len(grid)} tiles")
    level0 = objective or 10 / grid.mpp_l0
    facts: dict[str, Any] = {
        "patch_size": patch_px,
        "patch_size_level0": grid.size_l0,
        "level0_magnification": _whole(level0),
        "target_magnification": _whole(10 * patch_px / grid.edge_um),
        # in pixels of the patch, as everything in TRIDENT that does not say level 0
        "overlap": round(max(0, grid.size_l0 - grid.stride_l0) * patch_px / grid.size_l0),
        "name": slide_name,
        "savetodir": "",
        "level0_width": size_l0[0],
        "level0_height": size_l0[1],
    }
    content = io.BytesIO()
    with h5py.File(content, "w") as file:
        file.create_dataset("features", data=np.asarray(values, np.float32))
        file["features"].attrs["encoder"] = encoder
        file["features"].attrs["name"] = slide_name
        coords = file.create_dataset("coords", data=grid.origins_l0)
        for name, value in facts.items():
            coords.attrs[name] = value
    with os_errors_as(
        EmbeddingsError, say("The embeddings could not be written to {path}", path=path)
    ):
        write_file(path, content.getvalue())


def _whole(value: float) -> int | float:
    """A magnification is a whole number wherever it is meant to be one."""
    return round(value) if abs(value - round(value)) < 0.05 else round(value, 2)
