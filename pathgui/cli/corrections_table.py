"""What corrections do to an encoder, in the terminal."""

from __future__ import annotations

from rich.box import SIMPLE_HEAD
from rich.table import Table

from pathgui.cli.terminal import out, tell
from pathgui.core.crossfit.results import Corrections
from pathgui.core.language.retelling import retold
from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.reference.roles import USUAL, RoleColumns
from pathgui.core.results.correction_columns import columns_in
from pathgui.core.results.corrections import (
    basis_sentences,
    rows,
)


def print_corrections(
    title: str, found: Corrections | NotAssessable, called: RoleColumns = USUAL
) -> None:
    """What corrections do to one encoder, on stdout."""
    if isinstance(found, NotAssessable):
        tell(f"{title}: {retold(found.reason)}")
        return
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD)
    columns = columns_in(called)
    for column in columns:
        table.add_column(column.title)
    shown = rows(found, called)
    for row in shown:
        table.add_row(*(row.cells[column.key] for column in columns))
    out.print(table)
    for row in shown:
        tell(row.sentence)
    for text in (*basis_sentences(found, called), *map(retold, found.notices)):
        tell(text)
