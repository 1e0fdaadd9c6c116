"""``pathgui baseline`` and ``pathgui check``: evidence over time."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from pathgui.cli.arguments import check_run_target, known_encoders
from pathgui.cli.options import Chosen, takes_settings
from pathgui.cli.runs import EXIT_CRITERIA
from pathgui.cli.terminal import Watch, out, print_json, tell
from pathgui.core.baselines.baseline import file_baseline, filing_cautions, why_not_filed
from pathgui.core.baselines.check import BaselineCheck, check_against
from pathgui.core.baselines.check_words import HEADINGS, INTERVALS, check_rows, check_sentences
from pathgui.core.baselines.standing import standing_of
from pathgui.core.baselines.tolerance import (
    proposed_tolerances,
    read_tolerances,
    save_tolerances,
)
from pathgui.core.errors import BaselineError, plural
from pathgui.core.language.texts import say
from pathgui.core.runs.monitoring import MOST_MONTHS, MonitoringPlan
from pathgui.core.runs.record import Run
from pathgui.core.runs.run_files import load_evaluation, load_run
from pathgui.core.runs.targets import require_file
from pathgui.core.system.endings import RUN_ENDING
from pathgui.folders import embeddings_dir, name_book, places_dir, pseudonym_key

RunFolder = Annotated[Path, typer.Argument(help=say("A finished run (NAME.pgrun)."))]


def baseline_command(
    run: RunFolder,
    tolerance: Annotated[
        Path | None,
        typer.Option(
            help=say(
                "A TOML file that says how far each number may move. By default "
                "the new value has to stay inside the 95 % interval of this run."
            )
        ),
    ] = None,
    write_tolerance: Annotated[
        Path | None,
        typer.Option(
            "--write-tolerance",
            help=say(
                "Write the tolerances into this file, to be edited, and file nothing. "
                "They are the default ones, or with --tolerance those of that file."
            ),
        ),
    ] = None,
    every: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=MOST_MONTHS,
            help=say(
                "Months until the next check, 0 for no day; by default those of "
                "the run's intended use."
            ),
        ),
    ] = None,
    trigger: Annotated[
        list[str] | None,
        typer.Option(
            help=say(
                "An event that asks for a check before that, as a new scanner. "
                'Repeat it for several, or give "" for none; by default those of '
                "the run's intended use."
            )
        ),
    ] = None,
    who: Annotated[str, typer.Option(help=say("Who files the run."))] = "",
    json: Annotated[bool, typer.Option("--json", help=say("Print one JSON document."))] = False,
) -> None:
    """File a finished run as a baseline, which later runs are checked against.

    A baseline is frozen: its files are sealed by checksums, and the run is neither replaced nor
    deleted by pathgui.
    """
    found = load_run(run)
    if write_tolerance is not None:
        filing = {"--every": every, "--trigger": trigger, "--who": who}
        if given := [option for option, value in filing.items() if value]:
            raise typer.BadParameter(
                say("nothing is filed with --write-tolerance"), param_hint=", ".join(given)
            )
        _write_tolerances(found, run, tolerance, write_tolerance, json)
        return
    chosen = None if tolerance is None else read_tolerances(tolerance, found)
    own = MonitoringPlan() if found.intended_use is None else found.intended_use.plan
    triggers = tuple(text for each in trigger or () if (text := each.strip()))
    plan = MonitoringPlan(
        own.every_months if every is None else every or None,
        triggers if trigger else own.triggers,
    )
    filed = file_baseline(run, tolerances=chosen, plan=plan, who=who)
    if json:
        print_json(filed)
        return
    with Watch() as watch:
        for text in filing_cautions(found):
            watch.say(say("Note: {text}", text=text))
    tell(
        say(
            "{name} is filed as a baseline, with tolerances for {numbers}. "
            "Content checksum: {content_sha256}",
            name=_name(run),
            numbers=plural(len(filed.tolerances), "number"),
            content_sha256=filed.content_sha256,
        )
    )
    standing = standing_of(run)
    if standing is not None and standing.next_check:
        tell(say("The next check is due by {next_check}.", next_check=standing.next_check))
    tell(say("Check it: pathgui check --against {quote}", quote=shlex.quote(str(run))))


def _write_tolerances(found: Run, folder: Path, given: Path | None, path: Path, json: bool) -> None:
    if why := why_not_filed(found):
        raise BaselineError(say("{run} cannot be filed. {why}", run=folder, why=why))
    require_file(path)
    tolerances = proposed_tolerances(found) if given is None else read_tolerances(given, found)
    save_tolerances(found, tolerances, _name(folder), path)
    if json:
        print_json({"file": str(path), "tolerances": tolerances})
        return
    tell(say("Tolerances to edit: {write_tolerance}", write_tolerance=path))
    again = ["pathgui", "baseline", str(folder), "--tolerance", str(path)]
    tell(say("File the run with them: {again}", again=shlex.join(again)))


@takes_settings("device", "offline")
def check_command(
    context: typer.Context,
    *,
    run: Annotated[
        Path | None,
        typer.Argument(
            help=say(
                "A finished run (NAME.pgrun) to hold against the baseline. "
                "Without one, the same as the baseline is evaluated again."
            )
        ),
    ] = None,
    against: Annotated[
        Path, typer.Option(help=say("The baseline, a run that was filed (NAME.pgrun)."))
    ],
    look_in: Annotated[
        list[Path] | None,
        typer.Option(
            help=say(
                "Where the reference set, the slide or the cohort lie: they "
                "themselves, or a folder, which is searched for slides at every "
                "depth. Repeat it for several. Beside the baseline and here they "
                "are found without it."
            )
        ),
    ] = None,
    out_folder: Annotated[
        Path | None,
        typer.Option(
            "--out",
            help=say(
                "The folder of the new run (NAME.pgrun); by default beside the "
                "baseline, with the day in its name."
            ),
        ),
    ] = None,
    chosen: Chosen,
    json: Annotated[bool, typer.Option("--json", help=say("Print one JSON document."))] = False,
) -> None:
    """Check a baseline: ask for the same again, and say which numbers are within tolerance.

    The exit code is 3 unless every number that has a tolerance is within it. What could not be
    compared is not within.
    """
    if run is not None:
        if out_folder is not None or look_in:
            raise typer.BadParameter(
                say("a run that is there is not evaluated again"), param_hint="--out, --look-in"
            )
        found = check_against(against, load_evaluation(run), run)
        folder = run
    else:
        from pathgui.core.embedding.store import EmbeddingStore
        from pathgui.core.evaluation.ask_again import Desk, check_again, check_folder

        folder = check_folder(against) if out_folder is None else out_folder
        before = check_run_target(folder, overwrite=False, how=say("Choose another name."))
        names = name_book()
        desk = Desk(
            known=known_encoders(context),
            store=EmbeddingStore(embeddings_dir()),
            pseudonym_key=pseudonym_key(),
            cohort_places=places_dir(),
            near=(against.absolute().parent, Path.cwd()),
            below=tuple(look_in or ()),
            names=names.known,
            remember=names.remember_all,
            device=chosen.settings.device,
            offline=chosen.settings.offline,
        )
        with Watch(quiet=json) as watch:
            _, found = check_again(against, folder, desk, replacing=before, report=watch)
    if json:
        print_json(found)
    else:
        print_check(found, folder)
    if found.outcome != "within":
        raise typer.Exit(EXIT_CRITERIA)


def print_check(found: BaselineCheck, run: Path) -> None:
    """Each number with its change and outcome, then what came out."""
    table = Table(title=say("Check against the baseline"), title_justify="left")
    for title in HEADINGS:
        table.add_column(title, overflow="fold")
    for row in check_rows(found):
        table.add_row(*row.cells)
    out.print(table)
    tell(INTERVALS)
    for caution in found.cautions:
        tell(say("Note: {caution}", caution=caution))
    for text in check_sentences(found):
        tell(text)
    tell(say("Run: {run}", run=run))
    tell(say("Report: pathgui report {quote}", quote=shlex.quote(str(run))))


def _name(run: Path) -> str:
    return run.name.removesuffix(RUN_ENDING)
