"""``pathgui reference check``: is a reference set any good?"""

from __future__ import annotations

import shlex
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Optional

import typer

from pathgui.cli.arguments import OVERWRITE_HINT, OverwriteFile, known_encoders
from pathgui.cli.options import Chosen, takes_settings
from pathgui.cli.references import print_cells
from pathgui.cli.runs import EXIT_CRITERIA
from pathgui.cli.terminal import Watch, tell
from pathgui.core.appraisal.appraisal import Appraisal
from pathgui.core.errors import PathguiError
from pathgui.core.language.texts import say
from pathgui.core.reference.reference_set import load_reference
from pathgui.core.reference.role_columns import in_roles, left_out_text
from pathgui.core.results import set_appraisal
from pathgui.core.results.appraisal_line import Tone
from pathgui.core.runs.kept_appraisal import KeptAppraisal, belongs, keep_appraisal
from pathgui.core.runs.options import RunSettings
from pathgui.core.runs.run_files import load_evaluation, load_run
from pathgui.core.runs.targets import require_file
from pathgui.core.system.files import write_file
from pathgui.core.system.json_records import to_json
from pathgui.core.system.times import now
from pathgui.folders import embeddings_dir
from pathgui.version import __version__

_MARKS: dict[Tone, str] = {"fault": "!!", "caution": "! ", "fine": "- "}


@takes_settings("center_columns", "tissue_column", "device", "precision", "offline", "seed")
def check(
    context: typer.Context,
    *,
    reference: Annotated[Path, typer.Argument(help=say("A reference set (NAME.pgref)."))],
    encoder_names: Annotated[
        Optional[list[str]],  # noqa: UP045  typer before 0.15 reads no "X | None" here
        typer.Option(
            "--encoder",
            help=say(
                "An encoder to look through: its embeddings that are kept are "
                "used, others are made. Repeatable; by default color-statistics."
            ),
        ),
    ] = None,
    run: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option(
            "--run",
            help=say(
                "Take the encoders, k and columns of a finished run (NAME.pgrun). What is found "
                "is kept beside it, for its report."
            ),
        ),
    ] = None,
    quick: Annotated[
        bool,
        typer.Option("--quick", help=say("Look at labels and checksums alone, with no encoder.")),
    ] = False,
    chosen: Chosen,
    pictures: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option(
            help=say("A new folder for pictures of the tiles to look at, with a page and a table.")
        ),
    ] = None,
    json_file: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option("--json", help=say("Write what was found into this file, too.")),
    ] = None,
    overwrite: OverwriteFile = False,
) -> None:
    """Say whether a reference set is any good. Exit code 3: something in it must be mended."""
    from pathgui.core.appraisal.pictures import write_pictures
    from pathgui.core.embedding.store import EmbeddingStore
    from pathgui.core.evaluation.appraised_set import appraise_with

    if json_file is not None:
        require_file(json_file, replace=overwrite, how=OVERWRITE_HINT)
    if pictures is not None and pictures.exists():
        raise PathguiError(
            say("{pictures} exists. Name a new folder for the pictures.", pictures=pictures)
        )
    settings = chosen.settings
    if len(settings.center_columns) > 1:
        raise PathguiError(
            say(
                "A set is checked in one center column at a time. Name one "
                "--center-column, and check the set again for the next."
            )
        )
    names, k = list(encoder_names or ()), None
    if run is not None:
        of_run, k, settings = _of_run(run, settings)
        names += of_run
    names = names or ["color-statistics"]
    specs = () if quick else known_encoders(context).chosen(names)
    known = in_roles(load_reference(reference), settings.center_columns, settings.tissue_column)
    with Watch() as watch:
        found = appraise_with(
            known,
            specs,
            EmbeddingStore(embeddings_dir()),
            settings=settings,
            k=k,
            report=watch,
        )
        shown = None if pictures is None else write_pictures(known, found, pictures, watch)
    if text := left_out_text(known):
        tell(text)
    print_appraisal(found)
    if shown is not None:
        tell(say("\n{pictures}: {shown} tiles to look at", pictures=pictures, shown=shown))
    if json_file is not None:
        write_file(json_file, to_json(found))
    if run is not None and found.encoders:
        _keep(found, run)
    if found.at_fault:
        raise typer.Exit(EXIT_CRITERIA)


def _keep(found: Appraisal, folder: Path) -> None:
    """Keep what was found beside the run, if it is of the run's set."""
    run = load_run(folder)
    if not belongs(found, run):
        tell(say("This is not the set that the run was made with, so nothing is kept beside it."))
        return
    keep_appraisal(KeptAppraisal(run.id, now(), __version__, found), folder)
    tell(say("Kept beside the run. Report: pathgui report {run}", run=shlex.quote(str(folder))))


def _of_run(folder: Path, settings: RunSettings) -> tuple[list[str], int | None, RunSettings]:
    """The encoders of a run, the k that they share, and its columns where none are given."""
    run = load_evaluation(folder).run
    ks = {result.reference.k for result in run.encoders}
    asked = run.settings
    settings = replace(
        settings,
        center_columns=settings.center_columns or asked.center_columns[:1],
        tissue_column=settings.tissue_column or asked.tissue_column,
    )
    names = [result.encoder.name for result in run.encoders]
    return names, ks.pop() if len(ks) == 1 else None, settings


def print_appraisal(found: Appraisal) -> None:
    """All of it on stdout; lines that ask for something begin with an exclamation mark."""
    tell(
        say(
            "Is {found_name}, version {version}, any good?",
            found_name=found.name,
            version=found.version,
        )
    )
    line = set_appraisal.verdict(found)
    tell(f"{_MARKS[line.tone]} {line.whole}")
    tell("")
    cells = found.cells
    print_cells(
        set_appraisal.cell_title(found),
        cells.tissues,
        cells.centers,
        [
            [set_appraisal.cell_text(found, t, c) for c in range(len(cells.centers))]
            for t in range(len(cells.tissues))
        ],
        found.columns,
    )
    for part in set_appraisal.parts(found):
        tell(f"\n{part.title}")
        for line in part.lines:
            tell(f"{_MARKS[line.tone]} {line.whole}")
