"""``pathgui reference check``: is a reference set any good?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Optional

import typer

from pathgui.cli.arguments import OVERWRITE_HINT
from pathgui.cli.references import print_cells
from pathgui.cli.runs import EXIT_CRITERIA
from pathgui.cli.terminal import say
from pathgui.core.appraisal.appraisal import Appraisal, appraise
from pathgui.core.reference.reference_set import load_reference
from pathgui.core.results import set_appraisal
from pathgui.core.runs.targets import require_file
from pathgui.core.system.files import write_file
from pathgui.core.system.json_records import to_json

_MARKS: dict[set_appraisal.Tone, str] = {"fault": "!!", "caution": "! ", "fine": "- "}


def check(
    reference: Annotated[Path, typer.Argument(help="A reference set (NAME.pgref).")],
    json_file: Annotated[
        Optional[Path],  # noqa: UP045  typer before 0.15 reads no "X | None" here
        typer.Option("--json", help="Write what was found into this file, too."),
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace a file that is there.")
    ] = False,
) -> None:
    """Say whether a reference set is any good. Exit code 3: something in it must be mended."""
    if json_file is not None:
        require_file(json_file, replace=overwrite, how=OVERWRITE_HINT)
    found = appraise(load_reference(reference))
    print_appraisal(found)
    if json_file is not None:
        write_file(json_file, to_json(found))
    if found.at_fault:
        raise typer.Exit(EXIT_CRITERIA)


def print_appraisal(found: Appraisal) -> None:
    """All of it on stdout; lines that ask for something begin with an exclamation mark."""
    say(f"Is {found.name}, version {found.version}, any good?")
    line = set_appraisal.verdict(found)
    say(f"{_MARKS[line.tone]} {line.text}")
    say("")
    cells = found.cells
    print_cells(
        set_appraisal.cell_title(found),
        cells.tissues,
        cells.centers,
        [
            [set_appraisal.cell_text(found, t, c) for c in range(len(cells.centers))]
            for t in range(len(cells.tissues))
        ],
    )
    for part in set_appraisal.parts(found):
        say(f"\n{part.title}")
        for line in part.lines:
            say(f"{_MARKS[line.tone]} {line.text}")
