"""Camelyon17-WILDS: Parquet with all labels, or the folder that its authors give out."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial
from pathlib import Path

from pathgui.core.errors import ReferenceSetError, plural
from pathgui.core.language.texts import noted, say
from pathgui.core.public_sets.layout import About, FoundTiles, Given, Layout, Pictures, Wishes
from pathgui.core.public_sets.parquet_shards import Shards, holds_picture, open_shards
from pathgui.core.public_sets.picture_files import pictures_of_files
from pathgui.core.public_sets.tile_rows import make_rows
from pathgui.core.reference.manifest import Row
from pathgui.core.tables.cells import label_column
from pathgui.core.tables.read import PARQUET, read_sheet

SUPPOSED_MPP = 1.0
_COLUMNS = ("label", "center", "image_id", "patient", "node", "x_coord", "y_coord", "slide")
_LEAST_ALIKE = 6  # of these, to be taken for WILDS with a column missing
_OF_TABLE = ("patient", "node", "x_coord", "y_coord", "tumor", "slide", "center")
_TISSUES = {"0": "normal", "1": "tumor"}
_FURTHER = ("node", "x_coord", "y_coord", "split")
_ABOUT = About(
    "Camelyon17-WILDS",
    "CC0-1.0",
    noted(
        "Koh et al., WILDS, ICML 2021; Bándi et al., CAMELYON17, IEEE Trans Med "
        "Imaging 38:550 (2019)"
    ),
)


def _recognizes(given: Given) -> bool:
    shards = open_shards(given.having(*PARQUET))
    alike = sum(name in shards.kinds for name in _COLUMNS)
    if alike >= _LEAST_ALIKE and any(map(holds_picture, shards.kinds.values())):
        return True
    return _table(given) is not None


def _read(given: Given, wishes: Wishes) -> FoundTiles:
    table = _table(given)
    shards = open_shards(given.having(*PARQUET))
    if shards.paths:
        shards.require(("image", *_COLUMNS), "Camelyon17-WILDS")
        cells = shards.labels([*_COLUMNS, *(["split"] if "split" in shards.kinds else [])])
        what = say(
            "{tiles} in {files}",
            tiles=plural(len(shards), "tile"),
            files=plural(len(shards.paths), "Parquet file"),
        )
    elif table is not None:
        cells = _cells_of(table)
        what = say("{tiles} of {table}", tiles=plural(len(cells["label"]), "tile"), table=table)
    else:
        raise ReferenceSetError(
            say(
                "{top} holds neither Parquet of Camelyon17-WILDS nor its "
                "metadata.csv beside the folder patches. {lost}",
                top=given.top,
                lost=". ".join(shards.lost),
            ).strip()
        )
    columns = {
        "tile": cells["image_id"],
        "slide_id": [name and say("slide {name}", name=name) for name in cells["slide"]],
        "patient_id": [name and say("patient {name}", name=name) for name in cells["patient"]],
        "center": [name and say("center {name}", name=name) for name in cells["center"]],
        "tissue": [_TISSUES.get(label, label) for label in cells["label"]],
    }
    further = tuple(name for name in _FURTHER if name in cells)
    columns |= {name: cells[name] for name in further}
    mpp = wishes.mpp or SUPPOSED_MPP
    told = [say("Camelyon17-WILDS: {what}. Patient, slide and center are given.", what=what)]
    if {*cells["label"]} <= {*_TISSUES, ""}:
        told.append(say("Label 1 is taken for tumor, 0 for normal."))
    if wishes.mpp is None:
        told.append(say("The files give no scale: {mpp:g} µm per pixel is supposed.", mpp=mpp))
    if shards.paths:
        rows = make_rows(columns, mpp=mpp, file=shards.paths[0], place=shards.place)
        for index in shards.damaged:
            rows[index].reason = ""
            where = shards.place(index)
            rows[index].refuse(
                say("the file is damaged there{where}", where=where), say("the file is damaged")
            )
        stream = partial(_pictures, shards, rows)
        return FoundTiles(rows, stream, told, further, shards.lost, _ABOUT)
    assert table is not None
    rows = make_rows(columns, mpp=mpp, file=table)
    for row in rows:
        row.picture = table.parent / "patches" / _folder_of(row) / row.values["tile"]
    return FoundTiles(rows, partial(pictures_of_files, rows), told, further, [], _ABOUT)


def _pictures(shards: Shards, rows: list[Row], wanted: Collection[int]) -> Pictures:
    at = {number - 1 for number in wanted}
    for index, content in shards.pictures("image", at):
        yield rows[index], content


def _table(given: Given) -> Path | None:
    """The metadata.csv that lies beside the folder ``patches``."""
    for path in given.having("metadata.csv"):
        if (path.parent / "patches").is_dir():
            headings = read_sheet(path, ReferenceSetError).headings
            if set(_OF_TABLE) <= set(headings):
                return path
    return None


def _cells_of(path: Path) -> dict[str, list[str]]:
    """The columns of the table by the names that the Parquet files have."""
    sheet = read_sheet(path, ReferenceSetError)
    cells = {
        name: label_column(cells)
        for name, cells in zip(sheet.headings, sheet.columns, strict=True)
        if name
    }
    cells["label"] = cells.pop("tumor")
    named = zip(cells["patient"], cells["node"], cells["x_coord"], cells["y_coord"], strict=True)
    cells["image_id"] = [
        f"patch_patient_{patient.zfill(3)}_node_{node}_x_{x}_y_{y}.png"
        for patient, node, x, y in named
    ]
    return cells


def _folder_of(row: Row) -> str:
    patient = row.values["patient_id"].removeprefix("patient ").zfill(3)
    return f"patient_{patient}_node_{row.values['node']}"


WILDS = Layout(
    "wilds",
    "Camelyon17-WILDS",
    say("Parquet with image, label, center, patient, node, slide; or metadata.csv beside patches"),
    _recognizes,
    _read,
)
