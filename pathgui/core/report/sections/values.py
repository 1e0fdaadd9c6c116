"""Cells of measured values, each written as its entry among the measurements says."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from pathgui.core.language.texts import say
from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.metrics.results import Interval
from pathgui.core.reference.roles import USUAL, RoleColumns
from pathgui.core.report.render.document import Block, Cell, Table, name_and_numbers
from pathgui.core.results import formatting as fmt
from pathgui.core.results.measures import MEASURES, InReport, Measure, measure
from pathgui.core.results.readings import NOT_MEASURED
from pathgui.core.runs.record import EncoderResult

NOT_IN_RUN = say("not measured")


def shown(key: str, columns: RoleColumns = USUAL) -> tuple[Measure, InReport]:
    """A measurement of the report, and how it is shown there."""
    known = measure(key, columns)
    assert known is not None
    assert isinstance(known.report, InReport), f"{key} is left out of the report"
    return known, known.report


def name_of(key: str, columns: RoleColumns = USUAL) -> str:
    """The name of a measurement, beside its value."""
    return shown(key, columns)[0].title


def heading(key: str, columns: RoleColumns = USUAL) -> str:
    """The same name, in short lines, over a column."""
    return shown(key, columns)[1].heading


def value(result: EncoderResult, key: str, *, detail: str = "", why: bool = True) -> Cell:
    """A measured value with its interval, or ``detail`` below it; where there is none, why.

    ``why=False`` leaves the reason to another place of the report.
    """
    known, place = shown(key)
    found = known.read(result)
    if isinstance(found, NotAssessable):
        if found.reason == NOT_MEASURED:
            return Cell(NOT_IN_RUN, "muted")
        return Cell(fmt.NOT_ASSESSABLE, "muted", detail=fmt.because(found.reason) if why else "")
    if known.has_interval:
        bounds = Interval(found.low, found.high) if found.kept else None
        detail = detail or interval_detail(bounds, place.write)
    elif place.detail is not None:
        detail = place.detail(result)
    return Cell(place.write(found.value), detail=detail)


def columns_of(table: str) -> list[tuple[Measure, InReport]]:
    """The measurements that a table takes as its columns, in their order."""
    return [
        (each, each.report)
        for each in MEASURES
        if isinstance(each.report, InReport) and each.report.table == table
    ]


def words_of(table: str, columns: RoleColumns = USUAL) -> str:
    """What a table's text says of those columns, in the words of a run's columns."""
    known = [shown(each.key, columns) for each, _ in columns_of(table)]
    return " ".join(place.words for _, place in known)


def interval_detail(bounds: Interval | None, write: Callable[[float], str]) -> str:
    """The bounds; "" in records of earlier versions, which have none for most numbers."""
    if bounds is None:
        return ""
    if bounds.low is None or bounds.high is None:
        return say("no interval")
    return say("{write} to {write2}", write=write(bounds.low), write2=write(bounds.high))


def optional(value: float | None, detail: str) -> Cell:
    """An index that is not defined everywhere."""
    if value is None:
        return Cell(fmt.NOT_ASSESSABLE, "muted", detail=detail)
    return Cell(fmt.index(value), detail=detail)


def absent(found: object, n: int = 1) -> list[Cell]:
    """A row's cells where there is nothing: why in the first, dashes in the others."""
    reason = found.reason if isinstance(found, NotAssessable) else str(found or "")
    first = Cell(fmt.NOT_ASSESSABLE if reason else NOT_IN_RUN, "muted", detail=fmt.because(reason))
    return [first, *(Cell(fmt.NOTHING, "muted") for _ in range(n - 1))]


@dataclass(frozen=True)
class Column:
    """One column of a table of encoders: its cell from an encoder and the part of its record."""

    heading: str
    cell: Callable[[EncoderResult, Any], Cell]
    width: float = 1.0
    key: str = ""  # of the measurement whose heading this is, in the words of a run's columns


def column(key: str, width: float = 1.0, *, why: bool = True) -> Column:
    """The column of a measurement."""
    return Column(heading(key), lambda result, _: value(result, key, why=why), width, key)


def encoder_table(
    results: Sequence[EncoderResult],
    part: Callable[[EncoderResult], object],
    columns: Sequence[Column],
) -> list[Block]:
    """A row for each encoder; nothing where none has the part of the record that it is about.

    ``part`` gives it or, where there is none, why: in words, as not assessable, or None.
    """
    called = results[0].reference.columns if results else USUAL
    rows, having = [], False
    for result in results:
        found = part(result)
        there = not isinstance(found, (NotAssessable, str, type(None)))
        having |= there
        cells = (
            [each.cell(result, found) for each in columns] if there else absent(found, len(columns))
        )
        rows.append([Cell(result.encoder.title), *cells])
    table = Table(
        header=[
            say("Encoder"),
            *(heading(each.key, called) if each.key else each.heading for each in columns),
        ],
        rows=rows,
        align=name_and_numbers(len(columns)),
        widths=[2, *(each.width for each in columns)],
        small=True,
    )
    return [table] if having else []
