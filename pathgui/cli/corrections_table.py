"""What corrections do to an encoder, in the terminal."""

from __future__ import annotations

from rich.box import SIMPLE_HEAD
from rich.table import Table

from pathgui.cli.terminal import out, tell
from pathgui.core.crossfit.results import Corrections
from pathgui.core.language.retelling import retold
from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.results.corrections import COLUMNS, basis_sentences, rows


def print_corrections(title: str, found: Corrections | NotAssessable) -> None:
    """What corrections do to one encoder, on stdout."""
    if isinstance(found, NotAssessable):
        tell(f"{title}: {retold(found.reason)}")
        return
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD)
    for column in COLUMNS:
        table.add_column(column.title)
    shown = rows(found)
    for row in shown:
        table.add_row(*(row.cells[column.key] for column in COLUMNS))
    out.print(table)
    for row in shown:
        tell(row.sentence)
    for text in (*basis_sentences(found), *map(retold, found.notices)):
        tell(text)
