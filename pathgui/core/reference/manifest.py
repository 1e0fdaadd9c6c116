"""A manifest of labeled tiles: which of its rows can be used, and why not the others."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pathgui.core.errors import ReferenceSetError
from pathgui.core.language.texts import counted, say
from pathgui.core.progress import Part, Progress, ProgressFn
from pathgui.core.reference.tile_files import NotATile, read_tile
from pathgui.core.tables.cells import is_missing, label_text
from pathgui.core.tables.read import Table, read_table

LABELS = ("slide_id", "patient_id", "center", "tissue", "pair")
MOST_REFUSED = 0.1  # of the rows, beyond which the rest is not taken without being asked for

_REQUIRED = ("path", "slide_id", "center", "tissue")
_EDGE_TOLERANCE = 0.05  # tiles of one reference set show the same field of view
_ROWS_NAMED = 3


@dataclass(frozen=True)
class RefusedRow:
    """A row of the manifest that was not taken. ``row`` counts data rows from 1.

    ``kind`` is the reason without what is this row's own, the same for all rows of a kind.
    """

    row: int
    reason: str
    kind: str = ""


@dataclass
class Row:
    """One row of the manifest while it is checked."""

    number: int
    values: dict[str, str]
    picture: Path
    reason: str = ""
    kind: str = ""  # of reason
    sha256: str = ""
    side_px: int = 0
    mpp: float | None = None
    place: tuple[str | None, str | None] = (None, None)  # x, y in its slide

    @property
    def edge_um(self) -> float | None:
        """Side of the tile in µm; None if its mpp is not known."""
        return None if self.mpp is None else self.mpp * self.side_px

    def refuse(self, reason: str, kind: str = "") -> None:
        """Note why the row is not taken, unless that is known already."""
        if not self.reason:
            self.reason, self.kind = reason, kind or reason


class TooManyRefused(ReferenceSetError):
    """So many rows cannot be used that the rest may be another set than was meant."""

    def __init__(
        self, facts: str, refused: Sequence[RefusedRow], mend: str = say("Mend the manifest")
    ) -> None:
        super().__init__(
            say(
                "{facts} {mend}, or take the rest with --allow-missing if that is meant.",
                facts=facts,
                mend=mend,
            )
        )
        self.facts = facts  # without the way out, which is another one in the window
        self.refused = tuple(refused)


@dataclass(frozen=True)
class Manifest:
    """The rows of a manifest, and how it was read."""

    rows: list[Row]
    headings: Mapping[str, str]  # by the name used here, that of the manifest
    told: list[str]  # how it was read, and labels that may be the same thing


def read_manifest(path: Path) -> Manifest:
    """All rows; those that lack something are refused already.

    Raises
    ------
    ReferenceSetError
        If it is no table, lacks a column, or has no rows.
    """
    table = read_table(path, ReferenceSetError)
    columns = dict(table.columns)
    if "path" not in columns and "tile" in columns:
        columns["path"] = columns["tile"]
    if missing := [name for name in _REQUIRED if name not in columns]:
        raise ReferenceSetError(
            counted(
                len(missing),
                "The manifest {path} lacks the column {missing}. It has: {values}.",
                "The manifest {path} lacks the columns {missing}. It has: {values}.",
                path=path,
                missing=", ".join(missing),
                values=", ".join(table.headings.values()),
            )
        )
    if not table.n_rows:
        raise ReferenceSetError(say("The manifest {path} has no rows.", path=path))
    labels = {name: table.labels(name) for name in LABELS if name in columns}
    mpps = table.numbers("mpp") if "mpp" in columns else np.full(table.n_rows, np.nan)
    places = {name: _place_texts(table, name) for name in ("x", "y")}
    rows = []
    for i in range(table.n_rows):
        values = {name: cells[i] for name, cells in (columns | labels).items()}
        row = Row(i + 1, values, find_picture(path.parent, values["path"]))
        row.mpp = float(mpps[i])
        row.place = (places["x"][i], places["y"][i])
        if fault := (table.faults or {}).get(i):
            row.refuse(fault)
        rows.append(row)
    _check_values(rows, columns)
    told = [table.recognized, table.spelling_notice(LABELS)]
    respelled = sum(row.picture != path.parent / row.values["path"] for row in rows)
    if respelled:
        told.append(
            say(
                "{respelled} paths of {path_name} were found in another spelling "
                "(slashes for backslashes, or another Unicode form).",
                respelled=respelled,
                path_name=path.name,
            )
        )
    return Manifest(rows, table.headings, [text for text in told if text])


def _place_texts(table: Table, name: str) -> list[str | None]:
    """Places as plain numbers in text, whatever the decimal mark; as written where it is none."""
    if name not in table.columns:
        return [None] * table.n_rows
    texts = [
        text if np.isnan(value) else label_text(float(value))
        for text, value in zip(table.columns[name], table.numbers(name), strict=True)
    ]
    return [None if is_missing(text) else text for text in texts]


def find_picture(folder: Path, text: str) -> Path:
    """The picture that a manifest in ``folder`` calls ``text``.

    Windows writes backslashes, and macOS other letters for ö than the rest: where the name as it
    stands leads to nothing, these are tried.
    """
    as_written = folder / text
    for name in dict.fromkeys(
        form
        for slashes in (text, text.replace("\\", "/"))
        for form in (slashes, *(unicodedata.normalize(f, slashes) for f in ("NFC", "NFD")))
    ):
        try:
            if (folder / name).exists():
                return folder / name
        except (OSError, ValueError):  # too long, or with a null character
            continue
    return as_written


def check_pictures(rows: Sequence[Row], report: ProgressFn) -> None:
    """Refuse rows whose picture is not there, is no tile, is not square, or is there twice."""
    first_with: dict[str, int] = {}
    for done, row in enumerate(rows):
        if done % 16 == 0:
            report(Progress(say("Checking the tiles"), done, len(rows), part=Part.READING))
        if row.reason:
            continue
        name = row.values["path"]
        try:
            height, width = read_tile(row.picture).shape[:2]
            row.sha256 = hashlib.sha256(row.picture.read_bytes()).hexdigest()
        except FileNotFoundError:
            row.refuse(say("{name} does not exist", name=name), say("the picture does not exist"))
            continue
        except NotATile as error:
            row.refuse(f"{name} {error}", say("the picture {kind}", kind=error.kind))
            continue
        except OSError as error:
            row.refuse(
                say(
                    "{name} cannot be read: {strerror}", name=name, strerror=error.strerror or error
                ),
                say("the picture cannot be read"),
            )
            continue
        row.side_px = width
        if width != height:
            row.refuse(
                say(
                    "{name} is not square: {width} x {height} px",
                    name=name,
                    width=width,
                    height=height,
                ),
                say("the picture is not square"),
            )
        elif row.sha256 in first_with:
            twin = first_with[row.sha256]
            row.refuse(
                say("the same picture as in row {twin}", twin=twin),
                say("the same picture as in another row"),
            )
        else:
            first_with[row.sha256] = row.number
    report(Progress(say("Checking the tiles"), len(rows), len(rows), part=Part.READING))


def check_agreement(rows: Sequence[Row]) -> None:
    """Refuse slides with several centers or patients, and tiles of another field of view."""
    for column in ("center", "patient_id"):
        of_slide: dict[str, set[str]] = {}
        for row in rows:
            if not row.reason:
                of_slide.setdefault(row.values["slide_id"], set()).add(row.values.get(column, ""))
        for row in rows:
            found = of_slide.get(row.values["slide_id"], set())
            if not row.reason and len(found) > 1:
                names = ", ".join(sorted(name or "(none)" for name in found))
                slide = row.values["slide_id"]
                if column == "center":
                    row.refuse(
                        say("slide {slide} has several centers: {names}", slide=slide, names=names),
                        say("slides at several centers"),
                    )
                else:
                    row.refuse(
                        say(
                            "slide {slide} has several patients: {names}", slide=slide, names=names
                        ),
                        say("slides at several patients"),
                    )
    edges = [row.edge_um for row in rows if not row.reason and row.edge_um is not None]
    if not edges:
        return
    usual = float(np.median(edges))
    for row in rows:
        edge = row.edge_um
        if not row.reason and edge is not None and abs(edge / usual - 1) > _EDGE_TOLERANCE:
            kind = say(
                "another field of view than most tiles, which show {usual:.4g} µm", usual=usual
            )
            row.refuse(
                say(
                    "shows {edge:.4g} µm a side, while most tiles show {usual:.4g} µm",
                    edge=edge,
                    usual=usual,
                ),
                kind,
            )


def check_loss(rows: Sequence[Row], where: Path, *, allow_missing: bool) -> None:
    """Make sure that what is left is what the manifest means.

    Raises
    ------
    TooManyRefused
        If more than :data:`MOST_REFUSED` of the rows were refused or all rows of a center, and
        that was not allowed.
    ReferenceSetError
        If no row is left.
    """
    refused = refused_rows(rows)
    if len(refused) == len(rows):
        raise ReferenceSetError(
            say(
                "No row of {where} can be used ({n_refused} refused): {grouped}.",
                where=where,
                n_refused=len(refused),
                grouped="; ".join(grouped(refused)),
            )
        )
    if allow_missing or not refused:
        return
    taken = {row.values["center"] for row in rows if not row.reason}
    lost = sorted({row.values["center"] for row in rows} - taken - {""})
    if not lost and len(refused) <= MOST_REFUSED * len(rows):
        return
    losing = say(", and with them all tiles of {lost}", lost=", ".join(lost)) if lost else ""
    raise TooManyRefused(
        say(
            "{n_refused} of the {n_rows} rows of {where} cannot be used{losing}: {grouped}.",
            n_refused=len(refused),
            n_rows=len(rows),
            where=where,
            losing=losing,
            grouped="; ".join(grouped(refused)),
        ),
        refused,
    )


def refused_rows(rows: Iterable[Row]) -> tuple[RefusedRow, ...]:
    """Those of ``rows`` that are not taken."""
    return tuple(RefusedRow(row.number, row.reason, row.kind) for row in rows if row.reason)


def grouped(refused: Sequence[RefusedRow]) -> list[str]:
    """One line for each kind of reason, the most frequent first, with the rows it is about."""
    kinds: dict[str, list[RefusedRow]] = {}
    for row in refused:
        kinds.setdefault(row.kind or row.reason, []).append(row)
    lines = []
    for kind, members in sorted(kinds.items(), key=lambda item: -len(item[1])):
        numbers = [row.row for row in members]
        if len(members) == 1:
            lines.append(
                say("row {numbers}: {reason}", numbers=numbers[0], reason=members[0].reason)
            )
            continue
        if numbers == list(range(numbers[0], numbers[-1] + 1)):
            which = say("rows {numbers} to {numbers2}", numbers=numbers[0], numbers2=numbers[-1])
        else:
            which = say("rows {numbers}", numbers=", ".join(map(str, numbers[:_ROWS_NAMED])))
            which += ", ..." if len(numbers) > _ROWS_NAMED else ""
        first = (
            say("; the first: {reason}", reason=members[0].reason)
            if members[0].reason != kind
            else ""
        )
        lines.append(
            say(
                "{n_members} rows: {kind} ({which}{first})",
                n_members=len(members),
                kind=kind,
                which=which,
                first=first,
            )
        )
    return lines


def _check_values(rows: Sequence[Row], written: Mapping[str, Sequence[str]]) -> None:
    """Required values present, mpp a number, no path twice."""
    has_mpp = not all(is_missing(row.values.get("mpp", "")) for row in rows)
    first_with: dict[Path, int] = {}
    for row in rows:
        missing = [name for name in _REQUIRED if not row.values[name]]
        if missing:
            kind = say("no {missing}", missing=say(" and no ").join(missing))
            row.refuse(kind + _as_written(row, written, missing), kind)
        elif row.picture in first_with:
            twin = first_with[row.picture]
            row.refuse(
                say("the same path as in row {twin}", twin=twin),
                say("the same path as in another row"),
            )
        else:
            first_with[row.picture] = row.number
            _check_mpp(row, has_mpp)


def _as_written(row: Row, written: Mapping[str, Sequence[str]], missing: Sequence[str]) -> str:
    """What stands where a label is missing, if it is not just empty."""
    marks = [written[name][row.number - 1] for name in missing]
    shown = ", ".join(f'"{mark}"' for mark in dict.fromkeys(marks) if mark)
    return say(": {shown} stands for a missing value", shown=shown) if shown else ""


def _check_mpp(row: Row, expected: bool) -> None:
    text, mpp = row.values.get("mpp", ""), row.mpp
    row.mpp = None
    if is_missing(text):
        if expected:
            row.refuse(say("no mpp, though other rows have one"))
    elif mpp is None or np.isnan(mpp):
        row.refuse(say("mpp is not a number: {text!r}", text=text), say("mpp is not a number"))
    elif not (np.isfinite(mpp) and mpp > 0):
        row.refuse(say("mpp must be above 0, not {text}", text=text), say("mpp must be above 0"))
    else:
        row.mpp = mpp
