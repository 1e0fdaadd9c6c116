"""PLISM: the same tissue in 13 stains on 7 scanners, tile by tile at the same places."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from functools import partial
from pathlib import Path

from pathgui.core.errors import EmbeddingsError, PathguiError, ReferenceSetError, plural
from pathgui.core.imported.hdf5_files import open_hdf5, read_dataset
from pathgui.core.language.texts import counted, noted, say
from pathgui.core.public_sets.layout import (
    NOT_LABELED,
    About,
    FoundTiles,
    Given,
    Layout,
    Pictures,
    Wishes,
)
from pathgui.core.public_sets.parquet_shards import Shards, holds_picture, open_shards
from pathgui.core.public_sets.tile_rows import make_rows
from pathgui.core.reference.manifest import Row
from pathgui.core.reference.tile_files import NotATile
from pathgui.core.system.png import encode_png
from pathgui.core.tables.read import PARQUET

CONFOUNDERS = ("scanner", "stain")  # the first plays the center unless the user says otherwise
SUPPOSED_MPP = 0.5
_COLUMNS = ("slide_id", "tile_id", "png")
_SLIDE = re.compile(r"(?P<stain>[^_]+)_(?P<scanner>.+)_to_[^_]+_[^_.]+(?:\.tif)?")
_TILE = re.compile(r".+_(?P<x>\d+)_(?P<y>\d+)")
_ABOUT = About("PLISM", "CC-BY-4.0", noted("Ochi et al., PLISM, Sci Data 11:330 (2024)"))


def _recognizes(given: Given) -> bool:
    shards = open_shards(given.having(*PARQUET))
    if holds_picture(shards.kinds.get("png")) and "slide_id" in shards.kinds:
        return True
    return any(_SLIDE.fullmatch(path.stem) for path in given.having(".h5"))


def _read(given: Given, wishes: Wishes) -> FoundTiles:
    shards = open_shards(given.having(*PARQUET))
    files = [path for path in given.having(".h5") if _SLIDE.fullmatch(path.stem)]
    if shards.paths:
        shards.require(_COLUMNS, "PLISM")
        cells = shards.labels(["slide_id", "tile_id"])
        slides, tiles = cells["slide_id"], cells["tile_id"]
        what = plural(len(shards.paths), "Parquet file")
    elif files:
        slides, tiles = _tiles_of(files, shards.lost)
        what = counted(
            len(files),
            "{n:,} HDF5 file, whose pictures are stored as PNG",
            "{n:,} HDF5 files, whose pictures are stored as PNG",
        )
    else:
        raise ReferenceSetError(
            say(
                "{top} holds neither Parquet with {COLUMNS} nor .h5 files called "
                "STAIN_SCANNER_to_GMH_S60.tif.h5. {lost}",
                top=given.top,
                COLUMNS=", ".join(_COLUMNS),
                lost=". ".join(shards.lost),
            ).strip()
        )
    columns, unread = _columns(slides, tiles)
    center = wishes.center or CONFOUNDERS[0]
    if center not in CONFOUNDERS:
        raise ReferenceSetError(
            say(
                "The center of PLISM is {CONFOUNDERS}, not {center}.",
                CONFOUNDERS=say(" or ").join(CONFOUNDERS),
                center=center,
            )
        )
    columns["center"] = columns[center]
    mpp = wishes.mpp or SUPPOSED_MPP
    file = shards.paths[0] if shards.paths else files[0]
    rows = make_rows(columns, mpp=mpp, file=file, place=shards.place if shards.paths else _nowhere)
    for index, why in unread.items():
        rows[index].reason = ""
        rows[index].refuse(f"{why} {slides[index]} {tiles[index]}".rstrip(), why)
    for index in shards.damaged:
        rows[index].reason = ""
        rows[index].refuse(
            say("the file is damaged there{place}", place=shards.place(index)),
            say("the file is damaged"),
        )
    told = [
        say(
            "PLISM: {n_rows:,} tiles of {n:,} slides in {what}.",
            n_rows=len(rows),
            n=len(set(slides)),
            what=what,
        ),
        say(
            "Stain and scanner are two columns, as the slide's name says; the "
            "{center} plays the center, and the other one is kept beside it.",
            center=center,
        ),
        say("Tiles at the same place of two slides are a pair: they show the same tissue."),
        say(
            "No tissue is labeled, so the robustness index is not defined: what "
            "the set carries is how alike the pairs are, and whether the center "
            "can be told."
        ),
    ]
    if wishes.mpp is None:
        told.append(say("The files give no scale: {mpp:g} µm per pixel is supposed.", mpp=mpp))
    stream = partial(_of_shards, shards, rows) if shards.paths else partial(_of_files, files, rows)
    return FoundTiles(rows, stream, told, CONFOUNDERS, shards.lost, _ABOUT)


def _nowhere(row: int) -> str:
    return ""


def _columns(
    slides: Sequence[str], tiles: Sequence[str]
) -> tuple[dict[str, list[str]], dict[int, str]]:
    """Labels that names of slides and tiles tell; and by row why one tells none."""
    names = ("tile", "slide_id", "tissue", *CONFOUNDERS, "pair")
    columns: dict[str, list[str]] = {name: [] for name in names}
    unread: dict[int, str] = {}
    known: dict[str, tuple[str, str]] = {}
    for index, (slide, tile) in enumerate(zip(slides, tiles, strict=True)):
        if slide not in known:
            found = _SLIDE.fullmatch(slide)
            known[slide] = (found["scanner"], found["stain"]) if found else ("", "")
        scanner, stain = known[slide]
        place = _TILE.fullmatch(tile)
        if not scanner:
            unread[index] = say("the slide is not called STAIN_SCANNER_to_GMH_S60.tif:")
        elif place is None:
            unread[index] = say("the tile is not called NAME_LEVEL_X_Y:")
        pair = f"{int(place['x'])} {int(place['y'])}" if place else ""
        cells = (f"{slide} {tile}", slide, NOT_LABELED, scanner, stain, pair)
        for name, text in zip(names, cells, strict=True):
            columns[name].append(text)
    return columns, unread


def _of_shards(shards: Shards, rows: list[Row], wanted: Collection[int]) -> Pictures:
    at = {number - 1 for number in wanted}
    for index, content in shards.pictures("png", at):
        yield rows[index], content


def _tiles_of(files: Sequence[Path], lost: list[str]) -> tuple[list[str], list[str]]:
    """Slide and name of each tile in files of one slide each."""
    slides, tiles = [], []
    for path in files:
        try:
            with open_hdf5(path) as file:
                names = sorted(name for name in file if _TILE.fullmatch(name))
        except (PathguiError, OSError, RuntimeError):
            lost.append(
                say(
                    "{path_name} is cut off, damaged or no HDF5 file: nothing of it is read",
                    path_name=path.name,
                )
            )
            continue
        slides += [path.stem] * len(names)
        tiles += names
    return slides, tiles


def _of_files(files: Sequence[Path], rows: Sequence[Row], wanted: Collection[int]) -> Pictures:
    of_slide: dict[str, list[Row]] = {}
    for row in rows:
        if row.number in wanted:
            of_slide.setdefault(row.values["slide_id"], []).append(row)
    for path in files:
        if path.stem in of_slide:
            yield from _of_file(path, of_slide[path.stem])


def _of_file(path: Path, rows: Sequence[Row]) -> Iterator[tuple[Row, bytes | NotATile]]:
    with open_hdf5(path) as file:
        for row in rows:
            name = row.values["tile"].removeprefix(f"{path.stem} ")
            try:
                pixels = read_dataset(file[name], path)
            except (EmbeddingsError, KeyError, OSError, RuntimeError):
                yield row, NotATile(say("cannot be read: its file is damaged there"))
                continue
            if pixels.dtype.name != "uint8" or pixels.ndim != 3 or pixels.shape[2] != 3:
                yield row, NotATile(say("is no RGB picture"), f": {pixels.dtype} {pixels.shape}")
                continue
            yield row, encode_png(pixels)


PLISM = Layout(
    "plism",
    "PLISM",
    say("Parquet with slide_id, tile_id and png, or files STAIN_SCANNER_to_GMH_S60.tif.h5"),
    _recognizes,
    _read,
)
