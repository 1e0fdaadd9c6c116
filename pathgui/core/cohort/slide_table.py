"""The table ``slides.csv``: one row a slide, cells of text, any further columns."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from pathgui.core.errors import CohortError
from pathgui.core.language.texts import in_english, say
from pathgui.core.system.typed import typed_number
from pathgui.core.tables.cells import is_missing, tidy
from pathgui.core.tables.delimited import NoTable, read_delimited

SLIDE_ID, FILE, MPP, CONTENT_ID = "slide_id", "file", "mpp", "content_id"
COLUMNS = (
    SLIDE_ID, FILE, "center", "patient_id", "tissue", "scanner", "stain", MPP, CONTENT_ID,
)  # fmt: skip
_MERGE_MARKS = ("<<<<<<<", ">>>>>>>", "=======")  # what git leaves where it cannot merge


@dataclass(frozen=True)
class SlideTable:
    """Columns and rows as they stand in the file, whoever wrote it.

    A row may be shorter or longer than the headings: what it holds beyond them is kept.
    """

    columns: tuple[str, ...] = COLUMNS
    rows: tuple[tuple[str, ...], ...] = ()

    def __len__(self) -> int:
        return len(self.rows)

    @cached_property
    def _place(self) -> dict[str, int]:
        """Of each column: the first of that name, and of one that differs in case or blanks."""
        found: dict[str, int] = {}
        for i, name in enumerate(self.columns):
            found.setdefault(name, i)
        for i, name in enumerate(self.columns):
            found.setdefault(_plain(name), i)
        return found

    def has(self, name: str) -> bool:
        """Whether there is a column of that name."""
        return name in self._place or _plain(name) in self._place

    def column(self, name: str) -> list[str]:
        """The cells of a column, each tidied; "" where one is missing, or the whole column."""
        at = self._place.get(name, self._place.get(_plain(name)))
        if at is None:
            return [""] * len(self)
        found = [tidy(row[at]) if at < len(row) else "" for row in self.rows]
        return ["" if is_missing(text) else text for text in found]

    def cell(self, row: int, name: str) -> str:
        """One cell, as in :meth:`column`."""
        at = self._place.get(name, self._place.get(_plain(name)))
        text = tidy(self.rows[row][at]) if at is not None and at < len(self.rows[row]) else ""
        return "" if is_missing(text) else text

    @cached_property
    def slide_ids(self) -> list[str]:
        """The slide_id of each row."""
        return self.column(SLIDE_ID)

    @cached_property
    def mpps(self) -> list[float | None]:
        """µm per level-0 pixel of each row, where it is a positive number."""
        values = [typed_number(text) for text in self.column(MPP)]
        return [value if value is not None and 0 < value < 1e6 else None for value in values]

    def with_cells(self, cells: Mapping[tuple[int, str], str]) -> SlideTable:
        """The table with other texts in some cells, by row and column; new columns are added."""
        wanted = [name for _, name in cells if not self.has(name)]
        columns = (*self.columns, *dict.fromkeys(map(as_text, wanted)))
        table = SlideTable(columns, self.rows)
        rows = [list(row) for row in self.rows]
        for (row, name), text in cells.items():
            name = as_text(name)
            at = table._place.get(name, table._place.get(_plain(name), -1))
            rows[row] += [""] * (at + 1 - len(rows[row]))
            rows[row][at] = as_text(tidy(text))
        return SlideTable(columns, tuple(map(tuple, rows)))

    def with_rows(self, added: Sequence[Mapping[str, str]]) -> SlideTable:
        """The table with further rows at its end, each the text of some columns."""
        first = len(self)
        longer = SlideTable(self.columns, self.rows + (("",) * len(self.columns),) * len(added))
        return longer.with_cells(
            {(first + i, name): text for i, row in enumerate(added) for name, text in row.items()}
        )

    def with_column(self, name: str) -> SlideTable:
        """The table with one more column at its end, empty.

        Raises
        ------
        CohortError
            If the name is empty or that of a column there is.
        """
        name = as_text(tidy(name))
        if not name:
            raise CohortError(say("A column needs a name."))
        if self.has(name):
            raise CohortError(say("There is a column {name} already.", name=name))
        return SlideTable((*self.columns, name), self.rows)

    def without_column(self, name: str) -> SlideTable:
        """The table without a column and what stands in it."""
        at = self._place[name]
        rows = tuple(row[:at] + row[at + 1 :] for row in self.rows)
        return SlideTable(self.columns[:at] + self.columns[at + 1 :], rows)

    def without_rows(self, rows: Sequence[int]) -> SlideTable:
        """The table without some rows."""
        out = set(rows)
        return SlideTable(
            self.columns, tuple(row for i, row in enumerate(self.rows) if i not in out)
        )


def as_text(name: str) -> str:
    """``name`` as UTF-8 can have it: names of files and JSON may hold halves of letters."""
    return name.encode("utf-8", "replace").decode()


@in_english()
def to_csv(table: SlideTable) -> bytes:
    """The bytes of ``slides.csv``: UTF-8, commas, one line feed a row; the same for one table."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(table.columns)
    writer.writerows(table.rows)
    return out.getvalue().encode()


def from_csv(content: bytes) -> tuple[SlideTable, list[str]]:
    """The table that people, spreadsheets or git left, and what is not as pathgui writes it.

    Separator and encoding are found. A row of too many or too few cells is kept as it is.

    Raises
    ------
    CohortError
        If it is no table, has no column slide_id, or git left marks of a merge in it.
    """
    if not content.strip():
        raise CohortError(say("it is empty"))
    for line, text in enumerate(content.splitlines(), 1):
        if text.startswith(tuple(mark.encode() for mark in _MERGE_MARKS)):
            raise CohortError(
                say(
                    "line {line} is a mark that git left of a merge. Settle the merge, and save it",
                    line=line,
                )
            )
    try:
        found = read_delimited(content)
    except NoTable as error:
        raise CohortError(str(error)) from error
    rows = [tuple(row) for row in found.rows if any(cell.strip() for cell in row)]
    if not rows:
        raise CohortError(say("it is empty"))
    table = SlideTable(rows[0], tuple(rows[1:]))
    if not table.has(SLIDE_ID):
        raise CohortError(
            say(
                "it has no column {SLIDE_ID}, but {rows}",
                SLIDE_ID=SLIDE_ID,
                rows=", ".join(rows[0]),
            )
        )
    told = []
    if found.told:
        told.append(
            say(
                "was saved with {told}; pathgui writes commas and UTF-8", told=", ".join(found.told)
            )
        )
    return table, told


def _plain(name: str) -> str:
    return tidy(name).casefold()
