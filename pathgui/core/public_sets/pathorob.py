"""PathoROB: Parquet with a JPEG, its labels, and beside it tables that say its subset."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from pathgui.core.errors import PathguiError, ReferenceSetError, plural
from pathgui.core.language.texts import noted, say
from pathgui.core.public_sets.layout import About, FoundTiles, Given, Layout, Pictures, Wishes
from pathgui.core.public_sets.parquet_shards import Shards, holds_picture, open_shards
from pathgui.core.public_sets.tile_rows import make_rows, with_patients
from pathgui.core.reference.manifest import Row
from pathgui.core.tables.cells import label_column
from pathgui.core.tables.read import PARQUET, read_sheet

LABELS = {
    "slide_id": "slide_id",
    "patch_id": "tile",
    "biological_class": "tissue",
    "medical_center": "center",
}
SUPPOSED_MPP = 0.5
CITATION = noted(
    "Kömen et al., PathoROB, Nat Commun 17:5218 (2026), doi "
    "10.1038/s41467-026-73923-2; arXiv:2507.17845"
)
_TABLES = (".csv", ".tsv")
_LEAST_ALIKE = 3  # of the four columns, to be taken for PathoROB with a column missing


def _recognizes(given: Given) -> bool:
    shards = open_shards(given.having(*PARQUET))
    alike = sum(name in shards.kinds for name in LABELS)
    return alike >= _LEAST_ALIKE and any(map(holds_picture, shards.kinds.values()))


def _read(given: Given, wishes: Wishes) -> FoundTiles:
    shards = open_shards(given.having(*PARQUET))
    if not shards.paths:
        raise ReferenceSetError(
            say(
                "{top} holds no Parquet file of PathoROB that can be read. {lost}.",
                top=given.top,
                lost=". ".join(shards.lost),
            )
        )
    shards.require(("image", *LABELS), "PathoROB")
    cells = shards.labels(list(LABELS))
    columns = {ours: cells[theirs] for theirs, ours in LABELS.items()}
    columns["tile"] = [
        f"{slide}-{patch}" if slide and patch else ""
        for slide, patch in zip(columns["slide_id"], columns["tile"], strict=True)
    ]
    mpp = wishes.mpp or SUPPOSED_MPP
    told = [
        say(
            "PathoROB: {tiles} in {files}.",
            tiles=plural(len(shards), "tile"),
            files=plural(len(shards.paths), "Parquet file"),
        )
    ]
    if wishes.mpp is None:
        told.append(say("The files give no scale: {mpp:g} µm per pixel is supposed.", mpp=mpp))
    told.append(with_patients(columns))
    table = _table_of(given, columns["tile"])
    further: tuple[str, ...] = ()
    if table is not None:
        columns["subset"] = [
            table.rows[tile][2] if tile in table.rows else "" for tile in columns["tile"]
        ]
        further = ("subset",)
        told.append(
            say(
                "The subset of a tile is that of its row in {path_name}.", path_name=table.path.name
            )
        )
    else:
        told.append(
            say(
                "No metadata table of PathoROB lies beside the files, so the "
                "subset (ID, OOD) of a tile is not known. Give the table (CSV) "
                "too to have it."
            )
        )
    rows = make_rows(columns, mpp=mpp, file=shards.paths[0], place=shards.place)
    for index in shards.damaged:
        rows[index].reason = ""  # labels that cannot be read are not missing
        rows[index].refuse(
            say("the file is damaged there{place}", place=shards.place(index)),
            say("the file is damaged"),
        )
    if table is not None:
        _compare(rows, table, shards)
    return FoundTiles(rows, partial(_pictures, shards, rows), told, further, shards.lost, ABOUT)


ABOUT = About("PathoROB", say("see the page of each set"), CITATION)


def _pictures(shards: Shards, rows: list[Row], wanted: Collection[int]) -> Pictures:
    at = {number - 1 for number in wanted}
    for index, content in shards.pictures("image", at):
        yield rows[index], content


@dataclass(frozen=True)
class _Metadata:
    """A table of PathoROB: (tissue, center, subset) by slide_id-patch_id."""

    path: Path
    rows: dict[str, tuple[str, str, str]]


def _table_of(given: Given, tiles: list[str]) -> _Metadata | None:
    """The metadata table that knows the most of ``tiles``; None if none knows one."""
    best: _Metadata | None = None
    there, most = set(tiles), 0
    for path in given.having(*_TABLES):
        try:
            sheet = read_sheet(path, ReferenceSetError)
        except PathguiError:
            continue  # another table that lies there
        wanted = ("slide_id", "patch_id", "biological_class", "medical_center", "subset")
        if any(sheet.headings.count(name) != 1 for name in wanted):
            continue
        slide, patch, *labels = (
            label_column(sheet.columns[sheet.headings.index(name)]) for name in wanted
        )
        keys = [f"{one}-{other}" for one, other in zip(slide, patch, strict=True)]
        rows = dict(zip(keys, zip(*labels, strict=True), strict=True))
        if (known := len(there & rows.keys())) > most:
            most, best = known, _Metadata(path, rows)
    return best


def _compare(rows: list[Row], table: _Metadata, shards: Shards) -> None:
    """Refuse tiles that the table lacks or contradicts, and entries of it without a tile."""
    seen = set()
    for index, row in enumerate(rows):
        tile = row.values["tile"]
        seen.add(tile)
        known = table.rows.get(tile)
        if known is None:
            row.refuse(
                say(
                    "{tile} has no row in {path_name}{place}",
                    tile=tile,
                    path_name=table.path.name,
                    place=shards.place(index),
                ),
                say("no row in {path_name}", path_name=table.path.name),
            )
        elif known[:2] != (row.values["tissue"], row.values["center"]):
            row.refuse(
                say(
                    "{tile} is {values} at {values2} here, and {known} at "
                    "{known2} in {path_name}{place}",
                    tile=tile,
                    values=row.values["tissue"],
                    values2=row.values["center"],
                    known=known[0],
                    known2=known[1],
                    path_name=table.path.name,
                    place=shards.place(index),
                ),
                say("other labels than in {path_name}", path_name=table.path.name),
            )
    empty = dict.fromkeys(rows[0].values, "") if rows else {}
    for number, (tile, labels) in enumerate(table.rows.items(), 1):
        if tile not in seen:
            values = empty | {"tile": tile, "tissue": labels[0], "center": labels[1]}
            row = Row(len(rows) + 1, values, table.path)
            row.refuse(
                say(
                    "{tile} (row {number} of {path_name}) is in none of the Parquet files",
                    tile=tile,
                    number=number,
                    path_name=table.path.name,
                ),
                say("in {path_name}, but in none of the Parquet files", path_name=table.path.name),
            )
            rows.append(row)


PATHOROB = Layout(
    "pathorob",
    "PathoROB",
    say("Parquet with image, slide_id, patch_id, biological_class and medical_center"),
    _recognizes,
    _read,
)
