"""``pathgui reference edit``: a new version of a reference set."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Optional

import typer

from pathgui.cli.arguments import (
    OverwriteSet,
    check_set_target,
)
from pathgui.cli.references import print_reference
from pathgui.cli.terminal import Watch, tell
from pathgui.core.language.texts import say
from pathgui.core.reference.reference_set import load_reference
from pathgui.core.reference.set_editing import Edits, edit_reference, new_labels, tiles_named


def edit(
    reference: Annotated[Path, typer.Argument(help=say("A reference set (NAME.pgref)."))],
    out_folder: Annotated[
        Path, typer.Option("--out", help=say("The folder of the new version (NAME.pgref)."))
    ],
    drop: Annotated[
        Optional[list[str]],  # noqa: UP045  typer before 0.15 reads no "X | None" here
        typer.Option(
            metavar="TILE|FILE",
            help=say(
                "A tile to throw out, or a file that names tiles: a table with "
                "the column tile, or a list. Repeatable."
            ),
        ),
    ] = None,
    relabel: Annotated[
        Optional[list[Path]],  # noqa: UP045
        typer.Option(
            metavar="TABLE",
            help=say(
                "A table with tile or slide_id, and the new tissue, center or "
                "patient_id. An empty cell changes nothing. Repeatable."
            ),
        ),
    ] = None,
    version: Annotated[
        str, typer.Option(help=say("Version of the new set; by default the one that follows."))
    ] = "",
    overwrite: OverwriteSet = False,
) -> None:
    """Throw tiles out of a reference set or mend labels, as a new version beside the old one."""
    before = check_set_target(out_folder, overwrite)
    known = load_reference(reference)
    relabeled: dict[int, dict[str, str]] = {}
    for table in relabel or ():
        for row, labels in new_labels(known, table).items():
            relabeled.setdefault(row, {}).update(labels)
    edits = Edits(tiles_named(known, drop or ()), relabeled)
    with Watch() as watch:
        made = edit_reference(
            known, edits, out_folder, version=version, replacing=before, report=watch
        )
    tell(made.info.changes[-1].sentence)
    print_reference(made)
