"""``pathgui qualify``: does the program work on this machine as it should? Kept beside a run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from pathgui.cli.arguments import known_encoders
from pathgui.cli.runs import EXIT_CRITERIA
from pathgui.cli.terminal import Watch, out, print_json, tell
from pathgui.core.language.texts import say
from pathgui.core.results.qualification import HEADINGS, outcome_rows
from pathgui.core.runs.qualification import Qualification, keep_qualification
from pathgui.core.runs.run_files import load_run


def qualify_command(
    context: typer.Context,
    run: Annotated[Path, typer.Argument(help=say("A finished run (NAME.pgrun)."))],
    reference: Annotated[
        Path | None,
        typer.Option(
            help=say("The reference set of the run (NAME.pgref), if it does not lie near it.")
        ),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help=say("Print one JSON document."))] = False,
) -> None:
    """Try whether the program works here as it should, and keep what is found beside a run.

    A self-test is run, a center effect of known size is sought in drawn tissue, and checksums of
    program, weights and reference set are compared. The report of the run has a section on it.
    The exit code is 3 if anything fails or differs.
    """
    from pathgui.core.phantom.qualifying import qualified

    record = load_run(run)
    places = [path for path in (reference, run.absolute().parent, Path.cwd()) if path is not None]
    with Watch(quiet=json) as watch:
        found = qualified(record, places, known_encoders(context), watch)
    keep_qualification(found, run)
    print_json(found) if json else _print(found, run)
    if not found.passed:
        raise typer.Exit(EXIT_CRITERIA)


def _print(found: Qualification, run: Path) -> None:
    table = Table(title=say("Qualification of the program"), title_justify="left")
    for title in HEADINGS:
        table.add_column(title, overflow="fold")
    for row in outcome_rows(found):
        table.add_row(*row.cells)
    out.print(table)
    tell(say("Program (SHA-256): {sha256}", sha256=found.program_sha256))
    tell(say("Kept beside the run. Report: pathgui report {run}", run=run))
