"""The table of tiles that were thrown out, which people cut down to what they take back."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from pathlib import Path

from pathgui.core.cohort.sampling.inspection import ThrownOut
from pathgui.core.errors import ReferenceSetError
from pathgui.core.language.texts import say
from pathgui.core.tables.read import read_sheet, require_all_rows

THROWN_OUT_FILE = "thrown_out.csv"
_TILE = "tile"
_COLUMNS = (_TILE, "slide", "center", "tissue", "x", "y", "flaw", "value", "limit", "why")


def write_thrown_out(path: Path, tiles: Iterable[ThrownOut]) -> None:
    """Write the table; without a tile, its headings alone."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(_COLUMNS)
    for each in tiles:
        flaw = each.flaw
        table.writerow([
            each.name, each.slide_id, each.center, each.tissue, *each.origin,
            flaw.kind, f"{flaw.value:.4g}", f"{flaw.limit:.4g}", f"{flaw}",
        ])  # fmt: skip
    path.write_text(text.getvalue(), encoding="utf-8")


def read_taken_back(path: Path) -> tuple[str, ...]:
    """Names of the tiles in such a table, however much of it is left.

    Raises
    ------
    ReferenceSetError
        If it cannot be read, or has no column of tiles.
    """
    sheet = read_sheet(path, ReferenceSetError)
    require_all_rows(sheet, ReferenceSetError)
    if _TILE not in sheet.headings:
        raise ReferenceSetError(
            say(
                "{path_name} has no column {TILE}. Take rows of the "
                "{THROWN_OUT_FILE} of a set or of a dry run with --pictures.",
                path_name=path.name,
                TILE=_TILE,
                THROWN_OUT_FILE=THROWN_OUT_FILE,
            )
        )
    column = sheet.columns[sheet.headings.index(_TILE)]
    return tuple(sorted({str(name) for name in column if name}))
