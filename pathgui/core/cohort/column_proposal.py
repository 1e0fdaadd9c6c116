"""What is proposed for the columns of a table, before anything of it is taken.

A heading that stands for exactly one thing (Slide ID, Zentrum) is taken as that. One that may mean
something else too (Klinik, case) is proposed, and taken only if the user says so; until then its
column keeps its own name. Nothing is guessed silently, and no column is lost.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from pathgui.core.cohort.slide_search import is_file_name
from pathgui.core.cohort.slide_table import COLUMNS, FILE, SLIDE_ID
from pathgui.core.errors import CohortError
from pathgui.core.language.texts import say
from pathgui.core.tables.headings import is_sure, one_name_each, role_of
from pathgui.core.tables.read import Sheet

# By the column of a cohort: what it is called elsewhere, compared by letters and digits alone.
_FURTHER = {
    "scanner": (
        "scanner scannermodel scannermodell scannername scannertyp "
        "scannertype scannerid gerät device scandevice"
    ),
    "stain": "stain staining stainname färbung faerbung",
}
_FURTHER_PLACES = {word: name for name, words in _FURTHER.items() for word in words.split()}
_FILES = ("file", "filename", "path", "filepath", "datei", "dateiname", "dateipfad", "pfad")
_OWN = {"path": FILE}  # what the reader of tables calls otherwise
_OF_TILES = ("x", "y", "tile", "subset")


@dataclass(frozen=True)
class ProposedColumn:
    """One column of a table, and the column of the cohort that it becomes."""

    heading: str  # in the table
    column: str
    sure: bool  # whether the heading says so, or the user did


@dataclass(frozen=True)
class ColumnProposal:
    """What each column of a sheet becomes.

    Attributes
    ----------
    columns
        In the order of the sheet. Of several proposals for one column none is made.
    undecided
        By the column of the cohort that several headings may be: a sentence that names them.
    written
        By heading of the sheet: what stands in the file, where columns had to be told apart.
    """

    sheet: Sheet
    columns: tuple[ProposedColumn, ...]
    undecided: Mapping[str, str] = field(default_factory=dict)
    written: Mapping[str, str] = field(default_factory=dict)

    @property
    def renamed(self) -> Mapping[str, str]:
        """By heading: a sentence on each column that cannot have the name that it has."""
        said = {}
        for each in self.columns:
            written = self.written.get(each.heading, each.heading)
            if not written:
                said[each.heading] = say(
                    'A column without a heading is called "{column}".', column=each.column
                )
            elif each.column.startswith(f"{written} ("):
                said[each.heading] = say(
                    'A column "{written}" is called "{column}": another one has its name.',
                    written=written,
                    column=each.column,
                )
        return said

    @property
    def unsure(self) -> tuple[ProposedColumn, ...]:
        """What is proposed and needs the user's word."""
        return tuple(each for each in self.columns if not each.sure)

    def accepted(self) -> ColumnProposal:
        """With all that is proposed."""
        columns = tuple(replace(each, sure=True) for each in self.columns)
        return replace(self, columns=columns)

    def declined(self) -> ColumnProposal:
        """With what is sure alone: other columns keep their own names."""
        columns = tuple(
            each if each.sure else ProposedColumn(each.heading, each.heading, True)
            for each in self.columns
        )
        return replace(self, columns=_apart(columns))

    def settled(self, chosen: Mapping[str, str]) -> ColumnProposal:
        """With the user's word on some columns of the cohort: which heading each one is.

        Raises
        ------
        CohortError
            If the table has no such heading.
        """
        taken: dict[str, str] = {}
        for column, heading in chosen.items():
            taken[self._heading(heading)] = column
        columns = []
        for each in self.columns:
            if each.heading in taken:
                columns.append(ProposedColumn(each.heading, taken[each.heading], True))
            elif each.column in chosen:  # another heading is that now
                columns.append(ProposedColumn(each.heading, each.heading, True))
            else:
                columns.append(each)
        undecided = {name: text for name, text in self.undecided.items() if name not in chosen}
        return replace(self, columns=_apart(columns), undecided=undecided)

    def require_slides(self) -> None:
        """Raise CohortError if no column that is sure says which slide a row is of."""
        if not {SLIDE_ID, FILE} & {each.column for each in self.columns if each.sure}:
            raise CohortError(
                say(
                    "No column of {path_name} says which slide a row is of. Say "
                    "which one does: --column {SLIDE_ID}=HEADING. It has: "
                    "{headings}.",
                    path_name=self.sheet.path.name,
                    SLIDE_ID=SLIDE_ID,
                    headings=", ".join(self.sheet.headings),
                )
            )

    def _heading(self, text: str) -> str:
        found = [h for h in self.sheet.headings if h.casefold() == text.strip().casefold()]
        if not found:
            raise CohortError(
                say(
                    "{path_name} has no column {text}. It has: {headings}.",
                    path_name=self.sheet.path.name,
                    text=text,
                    headings=", ".join(self.sheet.headings),
                )
            )
        return found[0]


def propose_columns(sheet: Sheet, known: Sequence[str] = ()) -> ColumnProposal:
    """What each column of a sheet is taken as. ``known``: further columns of the cohort."""
    sheet, written = _told_apart(sheet)
    wanted: dict[str, list[tuple[bool, str]]] = {}
    for heading in sheet.headings:
        column, sure = _meaning(heading, known)
        if column:
            wanted.setdefault(column, []).append((sure, heading))
    if not wanted.keys() & {SLIDE_ID, FILE}:
        named = [name for name, cells in zip(sheet.headings, sheet.columns, strict=True)
                 if _are_files(cells)]  # fmt: skip
        wanted[FILE] = [(False, name) for name in named]
    means: dict[str, ProposedColumn] = {}
    undecided = {}
    for column, found in wanted.items():
        own = [heading for _, heading in found if heading == column]
        own = own or [heading for _, heading in found if heading.casefold() == column]
        certain = [heading for is_it, heading in found if is_it]
        best = own or certain or [heading for _, heading in found]
        if not best:
            continue
        if len(best) > 1:
            names = say(" and ").join(f'"{heading}"' for heading in best)
            undecided[column] = say(
                "The columns {names} may both be the {column}; say which one is.",
                names=names,
                column=column,
            )
        else:
            means[best[0]] = ProposedColumn(best[0], column, bool(own or certain))
    columns = [
        means.get(heading) or ProposedColumn(heading, heading, True) for heading in sheet.headings
    ]
    return ColumnProposal(sheet, _apart(columns), undecided, written)


def _apart(columns: Sequence[ProposedColumn]) -> tuple[ProposedColumn, ...]:
    """The columns under names that differ by more than case: what has a meaning keeps its name."""
    names: dict[str, str] = {}
    used: set[str] = set()
    meant = [each for each in columns if each.column != each.heading]
    as_here = [each for each in columns if each.column == each.heading]
    for each in (*meant, *sorted(as_here, key=lambda each: each.column not in COLUMNS)):
        name, copies = each.column, 2
        while name.casefold() in used or (name.casefold() in COLUMNS and name not in COLUMNS):
            name, copies = f"{each.column} ({copies})", copies + 1
        used.add(name.casefold())
        names[each.heading] = name
    return tuple(replace(each, column=names[each.heading]) for each in columns)


def _told_apart(sheet: Sheet) -> tuple[Sheet, dict[str, str]]:
    """The sheet with a heading for each column, and what those that got one had before.

    A column with neither a heading nor a cell, as a comma at the end of each line makes one, goes.
    """
    at = [i for i, name in enumerate(sheet.headings) if name or any(sheet.columns[i])]
    written = [sheet.headings[i] for i in at]
    names = one_name_each([sheet.headings[i] or f"column {i + 1}" for i in at])
    changed = {name: was for name, was in zip(names, written, strict=True) if name != was}
    columns = tuple(sheet.columns[i] for i in at)
    return replace(sheet, headings=tuple(names), columns=columns), changed


def _are_files(cells: Sequence[str]) -> bool:
    """Whether most cells name the file of a slide."""
    there = [text for text in cells if text]
    return 2 * sum(map(is_file_name, there)) > len(there)


def _meaning(heading: str, known: Sequence[str]) -> tuple[str, bool]:
    """The column of a cohort that a heading may be, and whether it is surely that."""
    plain = "".join(one for one in heading.casefold() if one.isalnum())
    if plain in _FURTHER_PLACES:
        return _FURTHER_PLACES[plain], plain == _FURTHER_PLACES[plain]
    if plain in _FILES:
        return FILE, True
    role = role_of(heading)
    if plain in ("name", "id"):
        return SLIDE_ID, False
    if role and role not in _OF_TILES:
        return _OWN.get(role, role), is_sure(heading)
    same = [name for name in known if name.casefold() == heading.casefold()]
    return (same[0], True) if same else ("", False)
