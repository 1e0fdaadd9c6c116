"""Parquet files that hold a picture in each row, read as one table that is never in memory."""

from __future__ import annotations

import json
import sys
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from pathgui.core.errors import ReferenceSetError
from pathgui.core.language.texts import counted, noted, say
from pathgui.core.reference.tile_files import MOST_BYTES, NotATile
from pathgui.core.system.plain_files import why_not_plain
from pathgui.core.tables.cells import label_text

_ROWS_AT_ONCE = 64  # pictures in memory together
_READ_BYTES = 1 << 20  # of a column at a time; without it a whole row group is read at once
_DAMAGED = noted("cannot be read: its file is damaged there")


@dataclass
class Shards:
    """Some Parquet files of the same columns, in order.

    Attributes
    ----------
    lost
        A sentence for each file that cannot be opened.
    damaged
        Rows, counted from 0 over all files, whose labels cannot be read.
    """

    paths: tuple[Path, ...]
    sizes: tuple[int, ...]  # rows of each
    kinds: dict[str, Any]  # type of each column that all files have
    names: dict[str, list[str]]  # of columns of numbers that stand for names: the names
    lost: list[str] = field(default_factory=list)
    damaged: set[int] = field(default_factory=set)

    def __len__(self) -> int:
        return sum(self.sizes)

    def require(self, columns: Sequence[str], layout: str) -> None:
        """Raise ReferenceSetError if a file lacks one of ``columns``."""
        missing = [name for name in columns if name not in self.kinds]
        if missing:
            several = (
                say(" (and {n_paths} more)", n_paths=len(self.paths) - 1)
                if len(self.paths) > 1
                else ""
            )
            raise ReferenceSetError(
                counted(
                    len(missing),
                    "{name}{several} lacks the column {missing} of {layout}. It has: {kinds}.",
                    "{name}{several} lacks the columns {missing} of {layout}. It has: {kinds}.",
                    name=self.paths[0].name,
                    several=several,
                    missing=", ".join(missing),
                    layout=layout,
                    kinds=", ".join(self.kinds),
                )
            )

    def place(self, row: int) -> str:
        """Where a row is, where that is not plain: " (row 3 of b.parquet)"; "" of a lone file."""
        if len(self.paths) == 1:
            return ""
        for path, size in zip(self.paths, self.sizes, strict=True):
            if row < size:
                return say(" (row {row} of {path_name})", row=row + 1, path_name=path.name)
            row -= size
        raise IndexError(row)

    def labels(self, columns: Sequence[str]) -> dict[str, list[str]]:
        """Columns as labels, "" where one is missing or its part of the file is damaged."""
        found: dict[str, list[str]] = {name: [] for name in columns}
        if not columns:
            return found
        row = 0
        for path in self.paths:
            with pq.ParquetFile(path) as file:
                for group in range(file.num_row_groups):
                    size = file.metadata.row_group(group).num_rows
                    try:
                        table = file.read_row_group(group, columns=list(columns), use_threads=False)
                        texts = {name: self._texts(name, table.column(name)) for name in columns}
                    except Exception:  # noqa: BLE001 - pyarrow's errors are of many classes
                        self.damaged.update(range(row, row + size))
                        texts = {name: [""] * size for name in columns}
                    for name, cells in texts.items():
                        found[name].extend(cells)
                    row += size
        return found

    def _texts(self, name: str, column: Any) -> list[str]:
        """The labels of a part of a column. Equal ones are one text: labels repeat."""
        own = self.names.get(name)
        known: dict[Any, str] = {}
        texts = []
        for value in column.to_pylist():
            if value not in known:
                if own is not None and isinstance(value, int) and 0 <= value < len(own):
                    known[value] = own[value]
                else:
                    known[value] = sys.intern(label_text(value))
            texts.append(known[value])
        return texts

    def pictures(
        self, column: str, wanted: Collection[int]
    ) -> Iterator[tuple[int, bytes | NotATile]]:
        """The files in the cells of ``column``, of the rows that are wanted, in order."""
        kind = self.kinds[column]
        leaf = f"{column}.bytes" if pa.types.is_struct(kind) else column
        start = 0
        for path, size in zip(self.paths, self.sizes, strict=True):
            here = range(start, start + size)
            start += size
            if any(row in wanted for row in here):
                yield from _of_file(path, leaf, here.start, wanted)


def _of_file(
    path: Path, leaf: str, row: int, wanted: Collection[int]
) -> Iterator[tuple[int, bytes | NotATile]]:
    with pq.ParquetFile(path, buffer_size=_READ_BYTES) as file:
        for group in range(file.num_row_groups):
            end = row + file.metadata.row_group(group).num_rows
            if not any(each in wanted for each in range(row, end)):
                row = end
                continue
            batches = file.iter_batches(
                _ROWS_AT_ONCE, row_groups=[group], columns=[leaf], use_threads=False
            )
            while row < end:
                try:
                    cells = _contents(next(batches))
                except Exception:  # noqa: BLE001 - pyarrow's errors are of many classes
                    yield from (
                        (each, NotATile(_DAMAGED)) for each in range(row, end) if each in wanted
                    )
                    break
                for cell in cells:
                    if row in wanted:
                        yield row, _picture(cell)
                    row += 1
            row = end


def _contents(batch: Any) -> list[Any]:
    """The bytes in a batch of the one column."""
    column = batch.column(0)
    if pa.types.is_struct(column.type):
        column = column.field("bytes")
    cells: list[Any] = column.to_pylist()
    return cells


def _picture(cell: Any) -> bytes | NotATile:
    if not isinstance(cell, bytes) or not cell:
        return NotATile(say("is not in the file: its cell is empty"))
    if len(cell) > MOST_BYTES:
        return NotATile(say("is no tile"), say(": it has {n_cell} MB", n_cell=len(cell) >> 20))
    return cell


def open_shards(paths: Sequence[Path]) -> Shards:
    """Look at Parquet files; those that cannot be opened are set aside as ``lost``."""
    good, sizes, kinds, names, lost = [], [], [], {}, []
    for path in paths:
        try:
            if why := why_not_plain(path):
                raise ValueError(why)
            with pq.ParquetFile(path) as file:
                schema, n_rows = file.schema_arrow, file.metadata.num_rows
        except Exception:  # noqa: BLE001 - pyarrow's errors are of many classes
            lost.append(
                say(
                    "{path_name} is cut off, damaged or no Parquet file, so nothing of it is read",
                    path_name=path.name,
                )
            )
            continue
        good.append(path)
        sizes.append(n_rows)
        kinds.append({field.name: field.type for field in schema})
        names.update(_names_of_classes(schema))
    shared = {
        name: kind for name, kind in (kinds[0] if kinds else {}).items()
        if all(name in other for other in kinds)
    }  # fmt: skip
    return Shards(tuple(good), tuple(sizes), shared, names, lost)


def holds_picture(kind: Any) -> bool:
    """Whether a column of that type may hold pictures: bytes, or bytes beside a path.

    None is no column, and holds none.
    """
    if kind is None:
        return False
    if pa.types.is_struct(kind):
        return any(kind.field(i).name == "bytes" for i in range(kind.num_fields))
    return bool(pa.types.is_binary(kind) or pa.types.is_large_binary(kind))


def _names_of_classes(schema: Any) -> dict[str, list[str]]:
    """The names behind columns of class numbers, as the hub's library notes them in a file."""
    try:
        notes = json.loads(schema.metadata[b"huggingface"])
        features = notes["info"]["features"]
        return {
            column: [str(name) for name in feature["names"]]
            for column, feature in features.items()
            if isinstance(feature, dict) and isinstance(feature.get("names"), list)
        }
    except (TypeError, KeyError, ValueError, AttributeError):
        return {}
