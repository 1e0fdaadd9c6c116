"""Reading a table, whoever wrote it, and saying in one line how it was read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from pathgui.core.errors import PathguiError
from pathgui.core.system.plain_files import read_plain, require_plain
from pathgui.core.tables import cells
from pathgui.core.tables.delimited import LOOKED_AT, NoTable, Rows, read_delimited
from pathgui.core.tables.headings import AmbiguousHeading, assign, known
from pathgui.core.tables.workbook import read_workbook

PARQUET = (".parquet", ".pq")
WORKBOOKS = (".xlsx", ".xlsm")
TABLE_SUFFIXES = (".csv", ".tsv", ".txt", *WORKBOOKS, *PARQUET)

_OTHER_WORKBOOKS = (".xls", ".xlsb", ".ods", ".numbers")
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


def read_table(path: Path, error: type[PathguiError]) -> Table:
    """Read CSV, TSV, Excel or Parquet.

    Separator (comma, semicolon, tab, bar), encoding (UTF-8, UTF-16, Windows-1252), decimal comma
    and the row of headings are found; headings are known in the spellings and words of
    :mod:`pathgui.core.tables.headings`. Everything stays text: a slide "007" keeps its zeros.

    Raises
    ------
    PathguiError
        Of the kind ``error``, naming the file, if it is no table or two columns may be the same.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix in _OTHER_WORKBOOKS:
        raise error(f"{path} is a workbook that is not read here. Save it as .xlsx or CSV (UTF-8).")
    try:
        if suffix in PARQUET:
            require_plain(path, error)
            return _parquet(path)
        content = read_plain(path, error, _MOST_BYTES)
        is_workbook = suffix in WORKBOOKS or content.startswith(b"PK\x03\x04")
        found = read_workbook(content) if is_workbook else read_delimited(content)
        return _from_rows(path, found)
    except (NoTable, AmbiguousHeading) as found_error:
        raise error(
            f"The table {path} cannot be read: {found_error}. It must be CSV with a line of "
            "headings, Excel (.xlsx) or Parquet."
        ) from found_error


def _from_rows(path: Path, found: Rows) -> Table:
    rows = [[cell.strip() for cell in row] for row in found.rows]
    rows = [row for row in rows if any(row)]
    if not rows:
        raise NoTable("it is empty")
    at = max(range(min(len(rows), LOOKED_AT)), key=lambda i: (known(rows[i]), -i))
    told = list(found.told)
    if at:
        told.append(f"headings in row {at + 1}")
    headings = [cells.tidy(name) for name in rows[at]]
    body = rows[at + 1 :]
    names = assign(headings)
    faults = {}
    for number, row in enumerate(body):
        if any(row[len(names) :]):
            faults[number] = f"it has {len(row)} values, but there are {len(names)} columns"
            if found.separator:
                faults[number] += f'; a value that holds "{found.separator}" must be in quotes'
    columns = {
        name: [row[i] if i < len(row) else "" for row in body]
        for i, name in enumerate(names)
        if name
    }
    return _table(path, columns, dict(zip(names, headings, strict=True)), told, found, faults)


def _table(
    path: Path,
    columns: dict[str, list[str]],
    headings: dict[str, str],
    told: list[str],
    found: Rows | None = None,
    faults: dict[int, str] | None = None,
) -> Table:
    numeric = [columns[name] for name in _NUMBERS if name in columns]
    decimal = "." if found is None else cells.decimal_mark(numeric, found.separator)
    if decimal == ",":
        told.append("decimal commas")
    renamed = [f'"{headings[name]}" is {name}' for name in columns if headings[name] != name]
    line = "; ".join(part for part in (", ".join(told), ", ".join(renamed)) if part)
    return Table(
        path=path,
        columns=columns,
        headings=headings,
        n_rows=len(next(iter(columns.values()), [])),
        recognized=f"{path.name} was read so: {line}." if line else "",
        decimal=decimal,
        faults=faults,
    )


def _parquet(path: Path) -> Table:
    """The columns that are text or numbers; pictures and lists are passed over."""
    try:
        file = pq.ParquetFile(path)  # not read_table, which makes columns of folders' names
        headings = [field.name for field in file.schema_arrow if _is_plain(field.type)]
        names = assign([cells.tidy(name) for name in headings])
        table = file.read(columns=headings)
        columns = {
            name: [_plain(value) for value in table.column(heading).to_pylist()]
            for name, heading in zip(names, headings, strict=True)
            if name
        }
    except AmbiguousHeading:
        raise
    except UnicodeDecodeError as error:
        raise NoTable("it holds text that is not UTF-8; export it again") from error
    except Exception as error:  # pyarrow's errors are of many classes, some of Python's own
        raise NoTable(f"it is damaged or no Parquet file ({type(error).__name__})") from error
    if not columns:
        raise NoTable("it has no column of text or numbers")
    return _table(path, columns, dict(zip(names, headings, strict=True)), [])


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
