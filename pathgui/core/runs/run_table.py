"""Every number of a run as rows: encoder, name, value. For spreadsheets and notebooks."""

from __future__ import annotations

import csv
import dataclasses
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from pathgui.core.errors import RecordError, os_errors_as
from pathgui.core.language.texts import in_english, say
from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.runs.record import Run
from pathgui.core.system.files import write_file
from pathgui.core.system.json_records import field_names

# Replicates and deletions of the index, packed: of no use in a table.
PACKED = (".resamples.robustness_index", ".deletions.strata", ".deletions.robustness_index")


@dataclass(frozen=True)
class TableRow:
    """One number. ``name`` is its path in ``run.json``, from the encoder on."""

    encoder: str
    name: str
    value: float | None  # None: not assessable, or not a number
    text: str  # the value where it is text, or the reason where there is none


def run_rows(run: Run) -> list[TableRow]:
    """All numbers of all encoders, then those of the run, in the order of the record.

    Lists are numbered from 0. A number that is not assessable has its reason as text. Rows of the
    run as a whole (settings, reference set, slide, k, comparison, agreement of encoders, criteria)
    have no encoder.
    """
    rows: list[TableRow] = []
    for result in run.encoders:
        for part in ("encoder", "reference", "slide", "map", "seconds", "tiles_per_second"):
            rows += _rows(result.encoder.name, getattr(result, part), part)
    for part in ("settings", "reference", "slide", "k", "comparison", "agreement", "criteria"):
        rows += _rows("", getattr(run, part), part)
    return rows


def _rows(encoder: str, record: Any, part: str) -> Iterator[TableRow]:
    for name, value in _leaves(record, part):
        number = isinstance(value, int | float) and not isinstance(value, bool)
        text = "" if number or value is None else str(value)
        yield TableRow(encoder, name, float(value) if number else None, text)


@in_english()
def write_run_table(run: Run, path: Path, encoder: str = "") -> None:
    """Write the rows as CSV or, where ``path`` ends in ``.parquet`` or ``.pq``, as Parquet.

    With ``encoder`` only the rows of that encoder.

    Raises
    ------
    RecordError
        If the file cannot be written.
    """
    rows = [row for row in run_rows(run) if encoder in ("", row.encoder)]
    names = [field.name for field in dataclasses.fields(TableRow)]
    if path.suffix.lower() in (".parquet", ".pq"):
        table = pa.table({name: [getattr(row, name) for row in rows] for name in names})
        sink = io.BytesIO()
        pq.write_table(table, sink)
        content = sink.getvalue()
    else:
        text = io.StringIO(newline="")
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(names)
        for row in rows:
            value = "" if row.value is None else repr(row.value)
            writer.writerow([row.encoder, row.name, value, row.text])
        content = text.getvalue().encode("utf-8")
    with os_errors_as(RecordError, say("The table could not be written to {path}", path=path)):
        write_file(path, content)


def _leaves(value: Any, name: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, NotAssessable):
        yield name, value.reason
    elif names := field_names(value):
        for field in names:
            yield from _leaves(getattr(value, field), f"{name}.{field}")
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _leaves(item, f"{name}.{key}")
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from _leaves(item, f"{name}.{index}")
    elif name.endswith(PACKED):
        return
    else:
        yield name, value
