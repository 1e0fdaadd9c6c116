"""Taking a table into a cohort: which row is which slide, what is taken, and what is not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from pathgui.core.cohort.column_proposal import ColumnProposal
from pathgui.core.cohort.slide_search import is_file_name, slide_name
from pathgui.core.cohort.slide_table import COLUMNS, FILE, MPP, SLIDE_ID, SlideTable
from pathgui.core.language.texts import counted, say
from pathgui.core.reference.same_slide import file_key, slide_key
from pathgui.core.tables.cells import (
    is_missing,
    label_column,
    label_text,
    number,
    spelling_notice,
    tidy,
)

_NAMED = 5  # that a line lists


@dataclass(frozen=True)
class RowNote:
    """What is wrong with one row of a table; ``row`` counts rows below the headings from 1."""

    row: int
    text: str

    def __str__(self) -> str:
        return say("row {row}: {text}", row=self.row, text=self.text)


@dataclass(frozen=True)
class TableImport:
    """What a table makes of a cohort.

    Attributes
    ----------
    slides
        The table of slides after it.
    taken
        Rows that were taken.
    changed
        Cells that held something else before: the slide, the column, before and after.
    notes
        Rows, or cells of them, that were not taken, each with the reason.
    unknown
        Names in the table that are no slide of the cohort.
    not_named
        Slides of the cohort that the table does not name.
    told
        What is said of the table as a whole.
    """

    slides: SlideTable
    taken: int
    added: int
    changed: tuple[tuple[str, str, str, str], ...] = ()
    notes: tuple[RowNote, ...] = ()
    unknown: tuple[str, ...] = ()
    not_named: tuple[str, ...] = ()
    told: tuple[str, ...] = ()


@dataclass
class _Row:
    """One row of the table that is read."""

    number: int  # from 1
    slide_id: str
    file: str
    values: dict[str, str]
    slide: int | None = None  # of the cohort


@dataclass
class _Reading:
    """The rows of a table, and what was found wrong with them on the way."""

    rows: list[_Row]
    notes: list[RowNote] = field(default_factory=list)
    told: list[str] = field(default_factory=list)


def import_table(slides: SlideTable, proposal: ColumnProposal, *, add_slides: bool) -> TableImport:
    """Take the columns of ``proposal`` that are sure, or accepted, into the table of slides.

    A row is matched to a slide by its slide_id, by the name of its file, or by that name without
    its ending, in this order; spellings that differ in case alone are one. Several rows of one
    slide are one if they agree. A column that differs within most slides says nothing of slides
    (it is of their tiles) and is left out. An empty cell changes nothing.

    Parameters
    ----------
    add_slides
        Whether rows that match no slide become new slides; otherwise they are listed.
    """
    reading = _rows_of(proposal.declined())
    _match(reading, slides, add_slides)
    unknown = tuple(dict.fromkeys(
        row.slide_id or row.file for row in reading.rows if row.slide is None
    ))  # fmt: skip
    matched = [row for row in reading.rows if row.slide is not None]
    taken = _agreeing(matched, reading)
    new = sorted({row.slide for row in taken if row.slide is not None and row.slide >= len(slides)})
    place = {slide: len(slides) + i for i, slide in enumerate(new)}
    table = slides.with_rows([{} for _ in new])
    cells: dict[tuple[int, str], str] = {}
    changed = []
    for row in taken:
        assert row.slide is not None
        slide = place.get(row.slide, row.slide)
        wanted = dict(row.values)
        if slide >= len(slides):
            wanted = {SLIDE_ID: row.slide_id, **wanted}
        if row.file and not table.cell(slide, FILE):
            wanted[FILE] = row.file
        for column, text in wanted.items():
            if not text:
                if not table.has(column):
                    cells.setdefault((slide, column), "")  # the column is kept, empty
                continue
            before = table.cell(slide, column)
            if before and before != text:
                changed.append((table.cell(slide, SLIDE_ID), column, before, text))
            cells[slide, column] = text
    named = {row.slide for row in taken}
    return TableImport(
        slides=table.with_cells(cells),
        taken=len(taken),
        added=len(new),
        changed=tuple(dict.fromkeys(changed)),
        notes=tuple(sorted(reading.notes, key=lambda note: note.row)),
        unknown=unknown,
        not_named=tuple(name for i, name in enumerate(slides.slide_ids) if i not in named),
        told=tuple(reading.told),
    )


def named(names: Sequence[str]) -> str:
    """Names in a line; of many the first, and how many more there are."""
    more = say(" and {n_names:,} more", n_names=len(names) - _NAMED) if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more


def _rows_of(proposal: ColumnProposal) -> _Reading:
    """The rows under the cohort's names; those that cannot be read, or name no slide, are noted."""
    sheet = proposal.sheet
    columns = {
        each.column: sheet.columns[sheet.headings.index(each.heading)] for each in proposal.columns
    }
    decimal = sheet.decimal([columns[MPP]] if MPP in columns else [])
    reading = _Reading([])
    told = [*sheet.told, *([say("decimal commas")] if decimal == "," else [])]
    renamed = [
        say('"{heading}" is {column}', heading=each.heading, column=each.column)
        for each in proposal.columns
        if each.heading != each.column and each.heading not in proposal.renamed
    ]
    line = "; ".join(part for part in (", ".join(told), ", ".join(renamed)) if part)
    if line:
        reading.told.append(
            say("{path_name} was read so: {line}.", path_name=sheet.path.name, line=line)
        )
    reading.told += proposal.renamed.values()
    texts = {name: _texts(name, column) for name, column in columns.items()}
    for i in range(sheet.n_rows):
        fault = (sheet.faults or {}).get(i)
        values = {name: column[i] for name, column in texts.items()}
        slide_id, file = values.pop(SLIDE_ID, ""), values.pop(FILE, "")
        if not file and is_file_name(slide_id):
            file, slide_id = slide_id, slide_name(slide_id)
        row = _Row(i + 1, slide_id or slide_name(file), file, values)
        if fault:
            reading.notes.append(RowNote(row.number, say("{fault}; it was not taken", fault=fault)))
        elif not row.slide_id:
            what = "slide_id" if SLIDE_ID in columns or FILE not in columns else "file"
            reading.notes.append(
                RowNote(row.number, say("it has no {what}; it was not taken", what=what))
            )
        else:
            _read_mpp(row, decimal, reading)
            reading.rows.append(row)
    labels = [name for name in ("center", "patient_id", "tissue", "scanner") if name in columns]
    spelled = spelling_notice({name: (columns[name], texts[name]) for name in labels})
    if spelled:
        reading.told.append(spelled)
    return reading


def _texts(name: str, column: Sequence[str]) -> list[str]:
    """Cells of a column. In those known here, marks of something missing ("NA", "-") are nothing.

    Labels that are numbers lose the ".0" that tables with gaps give them. Other columns are the
    user's own, and stay as they are.
    """
    if name in (FILE, MPP):
        return ["" if is_missing(text) else text for text in map(tidy, column)]
    return label_column(column) if name in COLUMNS else [tidy(text) for text in column]


def _read_mpp(row: _Row, decimal: str, reading: _Reading) -> None:
    text = row.values.get(MPP, "")
    if text:
        value = number(text, decimal)
        good = value is not None and 0 < value < 1e6
        if not good:
            reading.notes.append(
                RowNote(
                    row.number,
                    say("mpp is no positive number ({text}); it was left empty", text=text),
                )
            )
        row.values[MPP] = label_text(value) if good else ""


def _match(reading: _Reading, slides: SlideTable, add_slides: bool) -> None:
    """Say of each row which slide it is; new slides get the numbers behind those there are."""
    by_id: dict[str, list[int]] = {}
    by_key: dict[str, list[int]] = {}
    by_file: dict[str, list[int]] = {}
    for i, (slide_id, file) in enumerate(zip(slides.slide_ids, slides.column(FILE), strict=True)):
        if slide_id:
            by_id.setdefault(slide_id, []).append(i)
            by_key.setdefault(slide_key(slide_id), []).append(i)
        if file:
            by_file.setdefault(file_key(file), []).append(i)
    n_slides = len(slides)
    for row in reading.rows:
        name = row.file or row.slide_id
        for found in (
            by_id.get(row.slide_id), by_key.get(slide_key(row.slide_id)),
            by_file.get(file_key(name)), by_key.get(file_key(name)),
        ):  # fmt: skip
            if found:
                break
        if found and len(set(found)) > 1:
            text = say(
                "{name} may be any of {n} slides of the cohort; it was not taken",
                name=name,
                n=len(set(found)),
            )
            reading.notes.append(RowNote(row.number, text))
            row.slide = -1
        elif found:
            row.slide = found[0]
        elif add_slides:
            row.slide = n_slides
            by_id.setdefault(row.slide_id, []).append(n_slides)
            n_slides += 1
    reading.rows = [row for row in reading.rows if row.slide != -1]


def _agreeing(rows: Sequence[_Row], reading: _Reading) -> list[_Row]:
    """The rows without those that contradict an earlier one of the same slide.

    Columns that differ within most slides are taken out of all rows.
    """
    of_slide: dict[int, list[_Row]] = {}
    for row in rows:
        assert row.slide is not None
        of_slide.setdefault(row.slide, []).append(row)
    several = [members for members in of_slide.values() if len(members) > 1]
    of_tiles = []
    for column in dict.fromkeys(name for row in rows for name in (FILE, *row.values)):
        differing = sum(len(_different(_cells(column, members))) > 1 for members in several)
        if differing > len(of_slide) / 2:
            of_tiles.append(column)
    if of_tiles:
        also = [MPP] if FILE in of_tiles and any(row.values.get(MPP) for row in rows) else []
        of_tiles += [name for name in also if name not in of_tiles]
        reading.told.append(
            counted(
                len(of_tiles),
                "Slides have several rows that differ, so these are rows of tiles. Left out, as "
                "it says nothing of slides: the column {of_tiles}.",
                "Slides have several rows that differ, so these are rows of tiles. Left out, as "
                "it says nothing of slides: the columns {of_tiles}.",
                of_tiles=named(of_tiles),
            )
        )
        for row in rows:
            row.values = {name: text for name, text in row.values.items() if name not in of_tiles}
            row.file = "" if FILE in of_tiles else row.file
    kept = []
    for members in of_slide.values():
        said: dict[str, tuple[str, int]] = {}  # by column: the text, and the row that has it
        for row in members:
            all_values = {FILE: row.file, **row.values}
            against = next(
                (name for name, text in all_values.items()
                 if text and name in said and said[name][0] != text), None,
            )  # fmt: skip
            if against is not None:
                text, number_of_row = said[against]
                reading.notes.append(RowNote(
                    row.number,
                    say("{slide_id} has the {against} {all_values} here and "
                        "{text} in row {number_of_row}; it was not "
                        "taken", slide_id=row.slide_id, against=against,
                        all_values=all_values[against], text=text, number_of_row=number_of_row),
                ))  # fmt: skip
                continue
            for name, text in all_values.items():
                if text:
                    said.setdefault(name, (text, row.number))
            kept.append(row)
    return sorted(kept, key=lambda row: row.number)


def _cells(column: str, rows: Iterable[_Row]) -> list[str]:
    return [row.file if column == FILE else row.values.get(column, "") for row in rows]


def _different(texts: Iterable[str]) -> set[str]:
    return set(texts) - {""}
