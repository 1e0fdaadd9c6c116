"""``pathgui report``, ``judge``: what is done with a finished run."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Optional

import typer
from rich.markup import escape
from rich.table import Table

from pathgui.cli.terminal import Watch, out, print_json
from pathgui.core.acceptance import (
    OUTCOME_WORDS,
    criterion_text,
    judge_later,
    judgement_text,
    outcome_sentence,
)
from pathgui.core.criteria import Criterion, JudgedCriteria, load_criteria
from pathgui.core.measures import MEASURES
from pathgui.core.record import add_later, load_run

EXIT_CRITERIA = 3


def report_command(
    run: Annotated[Path, typer.Argument(help="A finished run (NAME.pgrun).")],
    out_file: Annotated[
        Optional[Path],  # noqa: UP045  typer before 0.15 reads no "X | None" here
        typer.Option("--out", help="The PDF; by default report.pdf in the run."),
    ] = None,
) -> None:
    """Make the PDF of a finished run again; needs neither its slides nor its weights."""
    from pathgui.core.report import write_report

    with Watch() as watch:
        path = write_report(run, out_file, report=watch)
    out.print(str(path), soft_wrap=True)


def judge_command(
    run: Annotated[Path, typer.Argument(help="A finished run (NAME.pgrun).")],
    criteria: Annotated[Path, typer.Option(help="Acceptance criteria, as a TOML file.")],
    json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Judge a finished run by criteria; kept beside it, and printed, as set after results.

    Exit code 3 unless all are met.
    """
    finished = load_run(run)
    judged = judge_later(finished, read_criteria(criteria))
    add_later(run, finished, judged)
    if json:
        print_json(judged)
    else:
        out.print("These criteria were set after results could be seen.", soft_wrap=True)
        print_judged(judged)
    if judged.outcome != "pass":
        raise typer.Exit(EXIT_CRITERIA)


def read_criteria(path: Path) -> tuple[Criterion, ...]:
    """The criteria in a file; those that do not say when they were set are set now."""
    return load_criteria(
        path,
        metrics=[each.key for each in MEASURES],
        set_at=datetime.now().astimezone().isoformat(timespec="seconds"),
    )


def print_judged(judged: JudgedCriteria) -> None:
    """Each criterion, encoder by encoder, on stdout."""
    table = Table(title=f"Acceptance criteria: {outcome_sentence(judged)}", title_justify="left")
    for title in ("Criterion", "Encoder", "Result", "Outcome"):
        table.add_column(title)
    for item in judged.items:
        for found in item.judgements:
            table.add_row(
                escape(criterion_text(item.criterion)),
                escape(found.title),
                escape(judgement_text(item.criterion, found)),
                OUTCOME_WORDS[found.outcome],
            )
    out.print(table)
