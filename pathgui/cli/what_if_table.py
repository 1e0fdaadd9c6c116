"""What altered tiles do to an encoder, in the terminal and as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping

from rich.box import SIMPLE_HEAD
from rich.table import Table

from pathgui.cli.terminal import out, tell
from pathgui.core.reference.roles import USUAL, RoleColumns
from pathgui.core.results.summary import Column
from pathgui.core.results.what_if import (
    basis_sentences,
    center_rows,
    columns_in,
    curve_columns_in,
    curve_rows,
    sentence,
)
from pathgui.core.what_if.results import Mean, WhatIf

CSV_COLUMNS = (
    "encoder", "alteration", "strength", "center", "tiles", "moved", "moved_low", "moved_high",
    "flipped", "flipped_low", "flipped_high", "named_before", "named", "followed_low",
    "followed_high",
)  # fmt: skip


def print_what_if(title: str, found: WhatIf, called: RoleColumns = USUAL) -> None:
    """What alterations do to one encoder, on stdout."""
    if found.centers:
        _print(title, columns_in(called), center_rows(found, called))
    if found.curves:
        _print(title, curve_columns_in(called), curve_rows(found))
    for text in filter(None, (sentence(title, found, called), *basis_sentences(found, called))):
        tell(text)


def _print(title: str, columns: Iterable[Column], rows: Iterable[Mapping[str, str]]) -> None:
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD)
    shown = list(columns)
    for column in shown:
        table.add_column(column.title, header_style="", overflow="fold")
    for row in rows:
        table.add_row(*(row[column.key] for column in shown))
    out.print(table)


def what_if_csv(found: Mapping[str, WhatIf]) -> str:
    """A row for each encoder and alteration, for other programs."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(CSV_COLUMNS)
    for name, one in found.items():
        for each in one.centers:
            named = (each.named_before, each.named, each.followed.low, each.followed.high)
            parts = (*_of(each.moved), *_of(each.flipped), *named)
            writer.writerow([name, "stain", "", each.center, one.n_tiles, *map(_cell, parts)])
        for curve in one.curves:
            for point in curve.points:
                parts = (*_of(point.moved), *_of(point.flipped), None, None, None, None)
                start = [name, curve.kind, f"{point.strength:g}", "", one.n_tiles]
                writer.writerow([*start, *map(_cell, parts)])
    return file.getvalue()


def _of(mean: Mean) -> tuple[float | None, ...]:
    return mean.value, mean.low, mean.high


def _cell(value: float | None) -> str:
    return "" if value is None else f"{value:.6g}"
