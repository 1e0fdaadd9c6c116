"""``pathgui report``, ``judge``, ``compare``: what is done with a finished run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.table import Table

from pathgui.cli.kept import slide_changes
from pathgui.cli.slides_of_run import print_slide_changes
from pathgui.cli.summary import print_judged
from pathgui.cli.terminal import Watch, err, out, print_json, tell
from pathgui.core.language.texts import say
from pathgui.core.report.sections.options import (
    ATTACHMENTS,
    FRONT,
    REQUIRED,
    SECTIONS,
    ReportOptions,
)
from pathgui.core.results.earlier_runs import EARLIER_INTERVALS, has_earlier_intervals
from pathgui.core.results.formatting import NOT_ASSESSABLE
from pathgui.core.results.judging import (
    judge_later,
    read_criteria,
)
from pathgui.core.results.measures import reading_text
from pathgui.core.results.run_diff import basis_text, diff_runs
from pathgui.core.results.summary import difference_text
from pathgui.core.runs.criteria import Criterion
from pathgui.core.runs.private_names import slides_for_the_desk
from pathgui.core.runs.record import Run
from pathgui.core.runs.run_files import add_later, load_evaluation, load_run
from pathgui.core.system.times import now
from pathgui.folders import name_book

EXIT_CRITERIA = 3
_SECTION_KEYS = ", ".join(key for key, _ in (*FRONT, *SECTIONS) if key not in REQUIRED)
_ATTACHED = ", ".join(name for name, _ in ATTACHMENTS)


def report_command(
    run: Annotated[Path, typer.Argument(help=say("A finished run (NAME.pgrun)."))],
    out_file: Annotated[
        Path | None,
        typer.Option(
            "--out", help=say("The file, .pdf or .html; by default report.pdf in the run.")
        ),
    ] = None,
    paper: Annotated[Literal["a4", "letter"], typer.Option(help=say("Size of the pages."))] = "a4",
    leave_out: Annotated[
        list[str] | None,
        typer.Option(
            help=say(
                "A section to leave out. Repeat it for several. One of: {SECTION_KEYS}.",
                SECTION_KEYS=_SECTION_KEYS,
            )
        ),
    ] = None,
    without: Annotated[
        list[str] | None,
        typer.Option(
            help=say(
                "A file not to attach. Repeat it for several. One of: {ATTACHED}.",
                ATTACHED=_ATTACHED,
            )
        ),
    ] = None,
    file_names: Annotated[
        bool,
        typer.Option("--file-names", help=say("Print the slide's file name, not a pseudonym.")),
    ] = False,
    each_slide: Annotated[
        bool,
        typer.Option("--each-slide", help=say("Give each slide of a cohort a page of its own.")),
    ] = False,
    slides: Annotated[
        list[Path] | None,
        typer.Option(
            help=say(
                "A folder to look for the slide in, to say whether it has changed since the run."
            )
        ),
    ] = None,
    operator: Annotated[str, typer.Option(help=say("Who made the run."))] = "",
    site: Annotated[str, typer.Option(help=say("Where the run was made."))] = "",
    labels_by: Annotated[
        str, typer.Option(help=say("Who labeled the tiles of the reference set."))
    ] = "",
    labels_how: Annotated[str, typer.Option(help=say("How they were labeled."))] = "",
    labels_disagreement: Annotated[
        str, typer.Option(help=say("How often labels differed, and what was done then."))
    ] = "",
    intended_use: Annotated[
        str,
        typer.Option(
            help=say(
                "What the encoders are meant for. The report says that this, "
                "question and scope were typed when it was made."
            )
        ),
    ] = "",
    question: Annotated[str, typer.Option(help=say("What the report is to decide."))] = "",
    out_of_scope: Annotated[
        str, typer.Option(help=say("What the encoders must not be used for."))
    ] = "",
) -> None:
    """Write the report of a finished run. It needs neither the slide nor the weights."""
    from pathgui.core.report.report import write_report

    try:
        options = ReportOptions(
            paper=paper,
            left_out=frozenset(leave_out or ()),
            attached=frozenset(name for name, _ in ATTACHMENTS) - _known_files(without or ()),
            show_file_names=file_names,
            each_slide=each_slide,
            operator=operator,
            site=site,
            labels_by=labels_by,
            labels_how=labels_how,
            labels_disagreement=labels_disagreement,
            intended_use=intended_use,
            question=question,
            out_of_scope=out_of_scope,
        )
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    with Watch() as watch:
        path = write_report(run, out_file, options=options, report=watch)
        _say_if_earlier(load_run(run), watch)
    if change := slide_changes(run, load_run(run).slide, slides or ()):
        err.print(say("Note: {change}", change=change), soft_wrap=True)
    tell(str(path))


def _say_if_earlier(run: Run, watch: Watch) -> None:
    if has_earlier_intervals(run):
        watch.say(
            say(
                "Note: {EARLIER_INTERVALS} See pathgui remeasure --help.",
                EARLIER_INTERVALS=EARLIER_INTERVALS,
            )
        )


def _known_files(names: Sequence[str]) -> frozenset[str]:
    unknown = sorted(set(names) - {name for name, _ in ATTACHMENTS})
    if unknown:
        raise ValueError(f"no such attachment: {', '.join(unknown)}")
    return frozenset(names)


def judge_command(
    run: Annotated[Path, typer.Argument(help=say("A finished run (NAME.pgrun)."))],
    criteria: Annotated[
        Path, typer.Option(help=say("Acceptance criteria: a TOML file, or a run that has some."))
    ],
    json: Annotated[bool, typer.Option("--json", help=say("Print one JSON document."))] = False,
) -> None:
    """Check a finished run against criteria. The report marks them as set after the results.

    The exit code is 3 unless all are met.
    """
    finished = load_run(run)
    judged = judge_later(finished, criteria_in(criteria))
    add_later(run, finished, judged)
    with Watch() as watch:
        _say_if_earlier(finished, watch)
    if json:
        print_json(judged)
    else:
        tell(say("These criteria were set after results could be seen."))
        print_judged(judged)
    if judged.outcome != "pass":
        raise typer.Exit(EXIT_CRITERIA)


def compare_command(
    before: Annotated[Path, typer.Argument(help=say("The earlier run (NAME.pgrun)."))],
    after: Annotated[Path, typer.Argument(help=say("The later run (NAME.pgrun)."))],
    json: Annotated[bool, typer.Option("--json", help=say("Print one JSON document."))] = False,
) -> None:
    """Say what changed between two runs: inputs, encoders, settings, versions, numbers."""
    one, other = load_evaluation(before), load_evaluation(after)
    if json:
        print_json(diff_runs(one, other))
        return
    names = name_book().known
    found = diff_runs(
        *(replace(each, run=slides_for_the_desk(each.run, names)) for each in (one, other))
    )
    for caution in found.cautions:
        tell(say("Note: {caution}", caution=caution))
    if found.only_before:
        tell(say("Only in the earlier run: {titles}", titles=", ".join(found.only_before)))
    if found.only_after:
        tell(say("Only in the later run: {titles}", titles=", ".join(found.only_after)))
    changes = Table(
        title=say("What changed: {n_changes} facts", n_changes=len(found.changes)),
        title_justify="left",
    )
    for title in (say("Part"), say("Fact"), say("Before"), say("After")):
        changes.add_column(title, overflow="fold")
    for change in found.changes:
        changes.add_row(change.part, change.title, *(text or "–" for text in change.shown))
    numbers = Table(title=say("Numbers, with 95 % intervals"), title_justify="left")
    for title in (say("Encoder"), say("Measurement")):
        numbers.add_column(title)
    for title in (say("Before"), say("After"), say("Difference")):
        numbers.add_column(title, justify="right")
    numbers.add_column(say("Interval"))
    for each in found.numbers:
        numbers.add_row(
            each.encoder,
            each.title,
            *(
                NOT_ASSESSABLE if reading is None else reading_text(reading, each.digits)
                for reading in (each.before, each.after)
            ),
            difference_text(each.difference, each.low, each.high, each.digits),
            basis_text(each.basis),
        )
    out.print(numbers)
    out.print(changes)
    for tiles in found.tiles:
        tell(
            say(
                "{encoder}: of {tiles} tiles that both runs read, "
                "{same_tissue:.1%} have the same {of_tissue} and "
                "{same_center:.1%} the same {of_center}, after the probes.",
                encoder=tiles.encoder,
                tiles=tiles.tiles,
                same_tissue=tiles.same_tissue,
                of_tissue=found.columns.of_tissue,
                same_center=tiles.same_center,
                of_center=found.columns.of_center,
            )
        )
    if found.slides is not None:
        print_slide_changes(found.slides, found.columns)


def criteria_in(path: Path) -> tuple[Criterion, ...]:
    """The criteria in a file; those that do not say when they were set are set now."""
    return read_criteria(path, now())
