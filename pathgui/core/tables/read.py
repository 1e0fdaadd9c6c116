"""Reading a table, whoever wrote it, and saying in one line how it was read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from pathgui.core.errors import PathguiError, first_few
from pathgui.core.language.texts import say
from pathgui.core.system.plain_files import read_plain, require_plain
from pathgui.core.tables import cells
from pathgui.core.tables.delimited import LOOKED_AT, NoTable, Rows, read_delimited
from pathgui.core.tables.headings import (
    AmbiguousHeading,
    assign,
    known,
    one_name_each,
    role_of,
)
from pathgui.core.tables.workbook import read_other_workbook, read_workbook

PARQUET = (".parquet", ".pq")
WORKBOOKS = (".xlsx", ".xlsm")
OTHER_WORKBOOKS = (".ods", ".xls", ".xlsb")
TABLE_SUFFIXES = (".csv", ".tsv", ".txt", *WORKBOOKS, *OTHER_WORKBOOKS, *PARQUET)

_NOT_READ = (".numbers",)
_NUMBERS = ("mpp", "x", "y")
_MOST_BYTES = 1 << 30  # of a table as text; a million tiles take a tenth of it


@dataclass(frozen=True)
class Table:
    """Columns of text under the names of this program, each of ``n_rows`` cells.

    A cell is as it was written, without blanks around it: :meth:`labels` and :meth:`numbers` say
    what it means. Columns that this program does not know keep their own heading.
    """

    path: Path
    columns: Mapping[str, list[str]]  # in the order of the file
    headings: Mapping[str, str]  # what each column is called in the file
    n_rows: int
    recognized: str  # one line on how it was read; "" for a plain CSV or Parquet file
    decimal: str = "."
    faults: Mapping[int, str] | None = None  # by row, from 0: why it cannot be read

    def labels(self, name: str) -> list[str]:
        """The labels of a column; "" where one is missing."""
        return cells.label_column(self.columns[name])

    def numbers(self, name: str) -> NDArray[np.float64]:
        """A column as numbers (n_rows,); NaN where a cell is missing or no number."""
        found = [cells.number(text, self.decimal) for text in self.columns[name]]
        return np.array([np.nan if value is None else value for value in found], np.float64)

    def spelling_notice(self, names: Sequence[str]) -> str:
        """One sentence on labels of these columns that may be the same thing; "" if none are."""
        there = [name for name in names if name in self.columns]
        return cells.spelling_notice(
            {self.headings[name]: (self.columns[name], self.labels(name)) for name in there}
        )


@dataclass(frozen=True)
class Sheet:
    """The columns of a table under the headings that stand in it, before any is given a meaning.

    A cell is as it was written, without blanks around it.
    """

    path: Path
    headings: tuple[str, ...]  # "" where a column has none; may be double
    columns: tuple[list[str], ...]
    told: tuple[str, ...] = ()  # what is not as in a plain CSV file
    separator: str = ""  # "" where the format has none
    faults: Mapping[int, str] | None = None  # by row, from 0: why it cannot be read
    typed: bool = False  # whether its numbers are numbers, so that no decimal mark is sought

    @property
    def n_rows(self) -> int:
        """Rows below the headings."""
        return len(self.columns[0]) if self.columns else 0

    def decimal(self, columns: Iterable[Sequence[str]]) -> str:
        """What parts a number from its fractions in these columns, "," or "."."""
        return "." if self.typed else cells.decimal_mark(columns, self.separator)


def require_all_rows(table: Table | Sheet, error: type[PathguiError], then: str = "") -> None:
    """Raise ``error`` where a row cannot be read: for tables that mean something only as a whole.

    ``then`` is said after the row and the reason.
    """
    if table.faults:
        row, why = min(table.faults.items())
        raise error(
            say(
                "{path_name}, row {row}: {why}.{then}{then2}",
                path_name=table.path.name,
                row=row + 1,
                why=why,
                then=then and " ",
                then2=then,
            )
        )


def read_table(path: Path, error: type[PathguiError]) -> Table:
    """Read CSV, TSV, a workbook or Parquet.

    Separator (comma, semicolon, tab, bar), encoding (UTF-8, UTF-16, Windows-1252), decimal comma
    and the row of headings are found; headings are known in the spellings and words of
    :mod:`pathgui.core.tables.headings`. Everything stays text: a slide "007" keeps its zeros.

    Raises
    ------
    PathguiError
        Of the kind ``error``, naming the file, if it is no table or two columns may be the same.
    """
    sheet = _columns_apart(read_sheet(path, error))
    try:
        return _table(sheet, assign(sheet.headings))
    except AmbiguousHeading as found_error:
        raise _refused(sheet.path, error, found_error) from found_error


def read_sheet(path: Path, error: type[PathguiError]) -> Sheet:
    """As :func:`read_table`, but no column is given another name.

    Raises
    ------
    PathguiError
        Of the kind ``error``, naming the file, if it is no table.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix in _NOT_READ:
        raise error(
            say(
                "{path} is a workbook that is not read here. Save it as .xlsx or CSV (UTF-8).",
                path=path,
            )
        )
    try:
        if suffix in PARQUET:
            require_plain(path, error)
            return _parquet(path)
        content = read_plain(path, error, _MOST_BYTES)
        if suffix in OTHER_WORKBOOKS:
            return _from_rows(path, read_other_workbook(content))
        is_workbook = suffix in WORKBOOKS or content.startswith(b"PK\x03\x04")
        found = read_workbook(content) if is_workbook else read_delimited(content, by_row=True)
        return _from_rows(path, found)
    except NoTable as found_error:
        raise _refused(path, error, found_error) from found_error


def read_pasted(content: bytes, error: type[PathguiError]) -> Sheet:
    """What was copied from a spreadsheet, tab-separated as a rule, with or without headings.

    The first row is one of headings if this program knows at least one of its words. Otherwise
    columns are called "column 1" and so on. The encoding is found as in a file.

    Raises
    ------
    PathguiError
        Of the kind ``error`` if it is no table.
    """
    try:
        found = read_delimited(content, by_row=True)
        first = next((row for row in found.rows if any(cell.strip() for cell in row)), [])
        if first and not known(first):
            names = [
                say("column {number}", number=number + 1)
                for number in range(max(map(len, found.rows)))
            ]
            told = [*found.told, say("no headings")]
            faults = {row + 1: why for row, why in found.faults.items()}
            found = Rows([names, *found.rows], found.separator, told, faults)
        return _from_rows(Path("pasted text"), found)
    except NoTable as found_error:
        raise error(
            say("The pasted text is no table: {found_error}.", found_error=found_error)
        ) from found_error


def _refused(path: Path, error: type[PathguiError], why: Exception) -> PathguiError:
    return error(
        say(
            "The table {path} cannot be read: {why}. It must be CSV with a line "
            "of headings, a workbook (.xlsx, .ods) or Parquet.",
            path=path,
            why=why,
        )
    )


def _from_rows(path: Path, found: Rows) -> Sheet:
    stripped = ([cell.strip() for cell in row] for row in found.rows)
    rows = {number: row for number, row in enumerate(stripped) if any(row)}
    readable = [number for number in rows if number not in found.faults]
    if not rows:
        raise NoTable(say("it is empty"))
    if len(readable) < 2 and found.faults:  # headings at most
        number, why = next(iter(found.faults.items()))
        raise NoTable(say("row {number}: {why}", number=number + 1, why=why))
    at = max(readable[:LOOKED_AT], key=lambda number: (known(rows[number]), -number))
    told = list(found.told)
    if any(number < at for number in rows):
        told.append(say("headings in row {above}", above=at + 1))
    headings = [cells.tidy(name) for name in rows[at]]
    again = [number for number, row in rows.items() if number > at and _are_headings(row, headings)]
    if again:
        where = first_few([say("row {number}", number=number + 1) for number in again], 3)
        told.append(say("headings again in {where} of the file", where=where))
    numbers = [number for number in rows if number > at and number not in again]
    body = [rows[number] for number in numbers]
    faults, short = {}, []
    for i, (number, row) in enumerate(zip(numbers, body, strict=True)):
        if number in found.faults:
            faults[i] = found.faults[number]
        elif any(row[len(headings) :]):
            faults[i] = say(
                "it has {n_row} values, but there are {n_headings} columns",
                n_row=len(row),
                n_headings=len(headings),
            )
            if found.separator:
                faults[i] += say(
                    '; a value that holds "{separator}" must be in quotes',
                    separator=found.separator,
                )
        elif found.separator and len(row) < len(headings) and any(headings[len(row) :]):
            short.append(say("row {i}", i=i + 1))
    if short:
        told.append(
            say(
                "fewer values than columns in {short}, the rest left empty",
                short=first_few(short, 3),
            )
        )
    columns = [[row[i] if i < len(row) else "" for row in body] for i in range(len(headings))]
    return Sheet(path, tuple(headings), tuple(columns), tuple(told), found.separator, faults)


def _columns_apart(sheet: Sheet) -> Sheet:
    """Columns of one heading told apart, but for those this program knows: which one is meant?"""
    numbered = one_name_each(sheet.headings)
    names = [was if role_of(was) else name
             for was, name in zip(sheet.headings, numbered, strict=True)]  # fmt: skip
    told = [say('another "{was}" is {name}', was=was, name=name)
            for was, name in zip(sheet.headings, names, strict=True) if was != name]  # fmt: skip
    return replace(sheet, headings=tuple(names), told=(*sheet.told, *told))


def _are_headings(row: Sequence[str], headings: Sequence[str]) -> bool:
    """Whether a row below the headings says them again, as where files were put together."""
    said = [cells.tidy(cell).casefold() for cell in row]
    return said[: len(headings)] == [name.casefold() for name in headings]


def _table(sheet: Sheet, names: Sequence[str]) -> Table:
    """The table of a sheet whose columns have got ``names``; columns without a name are left."""
    there = {name: i for i, name in enumerate(names) if name}
    columns = {name: sheet.columns[i] for name, i in there.items()}
    headings = {name: sheet.headings[i] for i, name in enumerate(names)}
    told = list(sheet.told)
    decimal = sheet.decimal([columns[name] for name in _NUMBERS if name in columns])
    if decimal == ",":
        told.append(say("decimal commas"))
    renamed = [
        say('"{headings}" is {name}', headings=headings[name], name=name)
        for name in columns
        if headings[name] != name
    ]
    line = "; ".join(part for part in (", ".join(told), ", ".join(renamed)) if part)
    return Table(
        path=sheet.path,
        columns=columns,
        headings=headings,
        n_rows=sheet.n_rows if columns else 0,
        recognized=say("{path_name} was read so: {line}.", path_name=sheet.path.name, line=line)
        if line
        else "",
        decimal=decimal,
        faults=sheet.faults,
    )


def _parquet(path: Path) -> Sheet:
    """The columns that are text or numbers; pictures and lists are passed over."""
    try:
        file = pq.ParquetFile(path)  # not read_table, which makes columns of folders' names
        headings = [field.name for field in file.schema_arrow if _is_plain(field.type)]
        table = file.read(columns=headings)
        columns = [
            [_plain(value) for value in table.column(heading).to_pylist()] for heading in headings
        ]
    except UnicodeDecodeError as error:
        raise NoTable(say("it holds text that is not UTF-8; export it again")) from error
    except Exception as error:  # pyarrow's errors are of many classes, some of Python's own
        raise NoTable(
            say("it is damaged or no Parquet file ({name})", name=type(error).__name__)
        ) from error
    if not columns:
        raise NoTable(say("it has no column of text or numbers"))
    return Sheet(path, tuple(map(cells.tidy, headings)), tuple(columns), typed=True)


def _is_plain(kind: Any) -> bool:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return not (
        pa.types.is_nested(kind)
        or pa.types.is_binary(kind)
        or pa.types.is_large_binary(kind)
        or pa.types.is_fixed_size_binary(kind)
    )


def _plain(value: Any) -> str:
    return value.strip() if isinstance(value, str) else cells.label_text(value)
