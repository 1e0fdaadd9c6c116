"""A reference set with tiles thrown out or labels mended: a new version beside the old one."""

from __future__ import annotations

import csv
import difflib
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from pathgui.core.errors import ReferenceSetError, first_few, plural
from pathgui.core.language.texts import in_english, say
from pathgui.core.progress import Part, Progress, ProgressFn, ignore_progress
from pathgui.core.reference.kept_embeddings import copy_rows
from pathgui.core.reference.reference_set import (
    TILES_FILE,
    KeptEmbeddings,
    ReferenceInfo,
    ReferenceSet,
)
from pathgui.core.reference.set_changes import NewLabel, SetChange, next_version
from pathgui.core.reference.set_writing import write_set
from pathgui.core.system.files import Replaceable
from pathgui.core.tables.cells import label_column
from pathgui.core.tables.headings import role_of
from pathgui.core.tables.read import Sheet, read_sheet, require_all_rows

# Columns of a table of new labels, by what its headings stand for, and those of the set.
LABELS = {"tissue": "tissue", "center": "center", "patient_id": "patient"}


@dataclass(frozen=True)
class Edits:
    """What is to be changed in a set."""

    dropped: frozenset[int] = frozenset()  # rows
    relabeled: Mapping[int, Mapping[str, str]] = field(default_factory=dict)  # row, column, label


def tiles_named(reference: ReferenceSet, given: Iterable[str]) -> frozenset[int]:
    """The rows of tiles that are given by name, or by the name of a table or list of tiles.

    A table has the column ``tile`` (or ``path``, as a manifest); a list has a name a line. A tile
    may also be called by its picture in the set.

    Raises
    ------
    ReferenceSetError
        If there is neither such a tile nor such a file, or a file names a tile that there is not.
    """
    rows = _rows_of_tiles(reference)
    found: set[int] = set()
    for text in given:
        if text in rows:
            found.update(rows[text])
            continue
        path = Path(text)
        if not path.is_file():
            near = difflib.get_close_matches(text, rows, n=1)
            hint = say(" Did you mean {near}?", near=near[0]) if near else ""
            raise ReferenceSetError(
                say(
                    "There is neither a tile nor a file called {text}.{hint} "
                    "The command pathgui reference show --find TEXT lists tiles.",
                    text=text,
                    hint=hint,
                )
            )
        names = _listed(read_sheet(path, ReferenceSetError))
        _require_known(path, names, rows, "tile")
        for name in names:
            found.update(rows[name])
    return frozenset(found)


def new_labels(reference: ReferenceSet, path: Path) -> dict[int, dict[str, str]]:
    """What a table says that tiles are labeled, by row and column of the set.

    The table has the column ``tile``, or ``slide_id`` for all tiles of a slide, and one or more of
    ``tissue``, ``center``, ``patient_id``. An empty cell leaves the label as it is.

    Raises
    ------
    ReferenceSetError
        If the table cannot be read, lacks these columns, or names what is not in the set.
    """
    sheet = read_sheet(path, ReferenceSetError)
    _require_readable(sheet)
    roles = {
        role_of(text): column for text, column in zip(sheet.headings, sheet.columns, strict=True)
    }
    tiles = _tile_column(sheet)
    if tiles is not None:
        keys, rows, what = tiles, _rows_of_tiles(reference), "tile"
    elif "slide_id" in roles:
        keys, what = roles["slide_id"], "slide"
        rows = {}
        for row, name in enumerate(reference.labels.slide.tolist()):
            rows.setdefault(name, []).append(row)
    else:
        raise ReferenceSetError(
            say(
                "{path} says neither tile nor slide_id, so it is not known which "
                "tiles are meant. It has the columns {headings}.",
                path=path,
                headings=", ".join(sheet.headings),
            )
        )
    labels = {own: label_column(roles[name]) for name, own in LABELS.items() if name in roles}
    if not labels:
        raise ReferenceSetError(
            say(
                "{path} has no new labels: name a column tissue, center or "
                "patient_id. It has {headings}.",
                path=path,
                headings=", ".join(sheet.headings),
            )
        )
    _require_known(path, keys, rows, what)
    found: dict[int, dict[str, str]] = {}
    for number, key in enumerate(keys):
        for column, texts in labels.items():
            if not texts[number]:
                continue
            for row in rows[key]:
                before = found.setdefault(row, {}).setdefault(column, texts[number])
                if before != texts[number]:
                    raise ReferenceSetError(
                        say(
                            "{path} gives the tile {key} two labels: {before} and {other}.",
                            path=path,
                            key=key,
                            before=before,
                            other=texts[number],
                        )
                        if what == "tile"
                        else say(
                            "{path} gives the slide {key} two labels: {before} and {other}.",
                            path=path,
                            key=key,
                            before=before,
                            other=texts[number],
                        )
                    )
    return found


@in_english()
def write_edits(reference: ReferenceSet, edits: Edits, folder: Path) -> dict[str, Path]:
    """Write what is to be changed into tables that :func:`tiles_named` and :func:`new_labels` read.

    Returns the tables by the options of ``pathgui reference edit`` that take them: ``--drop``,
    ``--relabel``. Nothing is written of what is not changed.
    """
    rows = _rows_of_tiles(reference)

    def name_of(row: int) -> str:
        name = reference.tiles[row]
        return name if rows[name] == [row] else reference.files[row]

    written: dict[str, Path] = {}
    tables = (
        ("--drop", ["tile"], [[name_of(row)] for row in sorted(edits.dropped)]),
        (
            "--relabel",
            ["tile", *LABELS],
            [
                [name_of(row), *(labels.get(own, "") for own in LABELS.values())]
                for row, labels in sorted(edits.relabeled.items())
            ],
        ),
    )
    for option, headings, cells in tables:
        if cells:
            written[option] = folder / f"{option.removeprefix('--')}.csv"
            folder.mkdir(parents=True, exist_ok=True)
            with written[option].open("w", encoding="utf-8", newline="") as file:
                csv.writer(file).writerows([headings, *cells])
    return written


def edit_reference(
    reference: ReferenceSet,
    edits: Edits,
    out: Path,
    *,
    version: str = "",
    replacing: Replaceable,
    report: ProgressFn = ignore_progress,
) -> ReferenceSet:
    """Write the changed set to ``out``; ``reference`` stays as it is.

    Pictures are copied byte for byte, so no tile is embedded again. All further columns are kept.
    The record says what was changed.

    Parameters
    ----------
    version : str
        Of the new set; by default the one that follows.
    replacing
        As for :func:`~pathgui.core.reference.set_writing.write_set`.

    Raises
    ------
    ReferenceSetError
        If nothing changes, no tile is left, a slide would have several centers or patients, a
        picture is gone, or the set cannot be written.
    """
    if out.absolute() == reference.folder.absolute() or (
        out.exists() and out.samefile(reference.folder)
    ):
        raise ReferenceSetError(
            say("A changed set is a new version beside the old one. Give it another name.")
        )
    table = pq.ParquetFile(reference.folder / TILES_FILE).read(use_threads=False)
    columns: dict[str, list[Any]] = {name: table[name].to_pylist() for name in table.column_names}
    told = []
    for row, labels in sorted(edits.relabeled.items()):
        if row in edits.dropped:
            continue
        for column, label in labels.items():
            before = columns[column][row] or ""
            if before != label:
                told.append(NewLabel(reference.tiles[row], column, before, label))
                columns[column][row] = label
    kept = [row for row in range(len(reference)) if row not in edits.dropped]
    if not kept:
        raise ReferenceSetError(say("No tile would be left."))
    if not told and not edits.dropped:
        raise ReferenceSetError(
            say("Nothing would change: all tiles stay, with the labels they have.")
        )
    columns = {name: [cells[row] for row in kept] for name, cells in columns.items()}
    _require_agreement(columns)
    change = SetChange(
        from_version=reference.info.version,
        from_sha256=reference.info.tiles_sha256,
        n_dropped=len(edits.dropped),
        n_relabeled=len({each.tile for each in told}),
        dropped=tuple(reference.tiles[row] for row in sorted(edits.dropped)),
        relabeled=tuple(told),
    )
    info = replace(
        reference.info,
        version=version or next_version(reference.info.version),
        changes=(*reference.info.changes, change),
    )
    if not reference.has_pictures:
        return _write_embedded(reference, info, columns, kept, out, replacing)
    return write_set(out, info, partial(_fill, reference, columns, report), replacing)


def _write_embedded(
    reference: ReferenceSet,
    info: ReferenceInfo,
    columns: Mapping[str, Sequence[Any]],
    rows: Sequence[int],
    out: Path,
    replacing: Replaceable,
) -> ReferenceSet:
    """Of a set that keeps embeddings in place of pictures."""
    embeddings: tuple[KeptEmbeddings, ...] = ()

    def fill(draft: Path) -> Mapping[str, Sequence[Any]]:
        nonlocal embeddings
        embeddings = copy_rows(reference, rows, draft)
        return columns

    return write_set(out, lambda: replace(info, embeddings=embeddings), fill, replacing)


def _fill(
    reference: ReferenceSet, columns: dict[str, list[Any]], report: ProgressFn, draft: Path
) -> Mapping[str, Sequence[Any]]:
    files = columns["file"]
    for done, name in enumerate(files):
        if done % 64 == 0:
            report(Progress(say("Copying the tiles"), done, len(files), part=Part.SAVING))
        target = draft / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(reference.folder / name, target)
    report(Progress(say("Copying the tiles"), len(files), len(files), part=Part.SAVING))
    return columns


def _rows_of_tiles(reference: ReferenceSet) -> dict[str, list[int]]:
    rows: dict[str, list[int]] = {}
    for names in (reference.tiles, reference.files):
        for row, name in enumerate(names):
            if row not in rows.setdefault(name, []):
                rows[name].append(row)
    return rows


def _listed(sheet: Sheet) -> list[str]:
    """The names in the column ``tile``, or in a list without headings."""
    _require_readable(sheet)
    tiles = _tile_column(sheet)
    if tiles is not None:
        return [name for name in tiles if name]
    if len(sheet.columns) == 1:
        return [name for name in (*sheet.headings, *sheet.columns[0]) if name]
    raise ReferenceSetError(
        say(
            "{path} has no column tile, so it is not known which tiles are "
            "meant. It has {headings}.",
            path=sheet.path,
            headings=", ".join(sheet.headings),
        )
    )


def _tile_column(sheet: Sheet) -> list[str] | None:
    """The column that names tiles: ``tile``, or ``path`` as in the manifest of the set."""
    named = {
        heading.strip().casefold(): column
        for heading, column in zip(sheet.headings, sheet.columns, strict=True)
    }
    return named.get("tile", named.get("path"))


def _require_readable(sheet: Sheet) -> None:
    require_all_rows(sheet, ReferenceSetError, say("Nothing was changed."))


def _require_known(path: Path, names: Iterable[str], rows: Mapping[str, object], what: str) -> None:
    unknown = list(dict.fromkeys(name for name in names if name not in rows))
    if unknown:
        told = first_few([name or "(empty)" for name in unknown])
        raise ReferenceSetError(
            say(
                "{path} names {unknown} that the set does not have: {told}. Nothing was changed.",
                path=path,
                unknown=plural(len(unknown), "tile")
                if what == "tile"
                else plural(len(unknown), "slide"),
                told=told,
            )
        )


def _require_agreement(columns: Mapping[str, Sequence[Any]]) -> None:
    """One slide has one center and one patient, as when a set is built."""
    for column in ("center", "patient"):
        of_slide: dict[str, set[str]] = {}
        for slide, label in zip(columns["slide"], columns[column], strict=True):
            of_slide.setdefault(slide, set()).add(label or "")
        torn = [f"{slide} ({', '.join(sorted(name or 'none' for name in found))})"
                for slide, found in of_slide.items() if len(found) > 1]  # fmt: skip
        if torn:
            named = first_few(torn)
            raise ReferenceSetError(
                say(
                    "Slides would have several centers: {named}. A center is one for all tiles of "
                    "a slide: name the slide by slide_id in the table of new labels.",
                    named=named,
                )
                if column == "center"
                else say(
                    "Slides would have several patients: {named}. A patient is one for all tiles "
                    "of a slide: name the slide by slide_id in the table of new labels.",
                    named=named,
                )
            )
