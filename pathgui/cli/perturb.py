"""``pathgui perturb``: what if the slide had been stained elsewhere, or scanned otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pathgui.cli.arguments import OVERWRITE_HINT, OverwriteFile, known_encoders
from pathgui.cli.options import Chosen, takes_settings
from pathgui.cli.sets_of_runs import set_of_run
from pathgui.cli.terminal import Watch, err, print_error, print_json, tell
from pathgui.cli.what_if_table import print_what_if, what_if_csv
from pathgui.core.errors import PathguiError, RecordError, os_errors_as
from pathgui.core.language.texts import as_read, in_english, say
from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.progress import Event, PartialResult
from pathgui.core.reference.reference_set import load_reference
from pathgui.core.reference.role_columns import in_roles
from pathgui.core.results.what_if import DEFINITION, FOLLOWED, INTERVALS, MOVED, so_far
from pathgui.core.runs.given_files import is_run
from pathgui.core.runs.record import Run
from pathgui.core.runs.run_files import load_run
from pathgui.core.runs.run_places import slide_of_run
from pathgui.core.runs.targets import require_file
from pathgui.core.slides.slide_file import SlideFile
from pathgui.core.system.files import write_file
from pathgui.core.what_if.alterations import CURVES
from pathgui.core.what_if.results import WhatIf
from pathgui.folders import embeddings_dir, name_book

if TYPE_CHECKING:
    from pathgui.core.cost.estimate import Cost
    from pathgui.core.evaluation.altering import AlteringPlan

_NAMES = ", ".join(each.name for each in CURVES)
MOST_TILES = 2000


@takes_settings("center_columns", "tissue_column", "device", "precision", "seed", "offline")
def perturb_command(
    context: typer.Context,
    *,
    target: Annotated[
        Path,
        typer.Argument(help=say("A finished run of one slide (NAME.pgrun), or a slide.")),
    ],
    against: Annotated[
        Path | None,
        typer.Option(
            help=say(
                "The reference set (NAME.pgref). A run takes its own, which must be named only if "
                "it does not lie near."
            )
        ),
    ] = None,
    slide: Annotated[
        Path | None,
        typer.Option(help=say("The slide of the run, if it does not lie near it.")),
    ] = None,
    mpp: Annotated[
        float | None,
        typer.Option(
            min=0.01,
            max=100,
            help=say(
                "µm per pixel of the slide, if its file does not say or what it says is doubted."
            ),
        ),
    ] = None,
    center: Annotated[
        str | None,
        typer.Option(
            help=say("The center that made the slide, if known. Colored as there, it is a control.")
        ),
    ] = None,
    encoder_names: Annotated[
        list[str] | None,
        typer.Option(
            "--encoder",
            help=say("An encoder. Repeat it for several. Of a run, by default all of it."),
        ),
    ] = None,
    tiles: Annotated[
        int,
        typer.Option(min=1, max=MOST_TILES, help=say("How many tiles of the slide are altered.")),
    ] = 200,
    centers: Annotated[
        int,
        typer.Option(
            min=0,
            help=say(
                "As how many centers tiles are colored; drawn where the set has more. 0: none."
            ),
        ),
    ] = 8,
    color_as: Annotated[
        list[str] | None,
        typer.Option("--as", help=say("Color tiles as this center. Repeat it for several.")),
    ] = None,
    curve: Annotated[
        list[str] | None,
        typer.Option(
            help=say(
                "A perturbation. Repeat it for several; by default all, or none to leave them out. "
                "One of: {NAMES}.",
                NAMES=_NAMES,
            )
        ),
    ] = None,
    csv_file: Annotated[
        Path | None, typer.Option("--csv", help=say("Also write a table to this file."))
    ] = None,
    overwrite: OverwriteFile = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help=say("Say what it would cost, and embed nothing."))
    ] = False,
    chosen: Chosen,
    json: Annotated[bool, typer.Option("--json", help=say("Print one JSON document."))] = False,
) -> None:
    """Say what would change if the slide had been stained elsewhere or scanned otherwise.

    Tiles are colored as centers of the reference set, blurred, compressed, and embedded again. No
    labels are needed. Embeddings are kept, so after Ctrl-C the same command goes on. What was
    found for a run is kept beside its record.
    """
    from pathgui.core.cost.rates import Rates
    from pathgui.core.embedding.store import EmbeddingStore
    from pathgui.core.evaluation.altered_answers import WhatIfSoFar
    from pathgui.core.evaluation.altering import (
        ALL_CURVES,
        AlteringRequest,
        altering_cost,
        carry_out,
        keep_for_run,
        plan_altering,
        request_of_run,
    )
    from pathgui.core.evaluation.measure_again import file_of, require_same_slide

    if csv_file is not None:
        require_file(csv_file, replace=overwrite, how=OVERWRITE_HINT)
    curves = () if curve == ["none"] else tuple(curve or ALL_CURVES)
    asked = AlteringRequest(tiles, centers, tuple(color_as or ()), curves, chosen.settings)
    run = load_run(target) if is_run(target) else None
    if run is None:
        if against is None:
            raise typer.BadParameter(say("name the reference set"), param_hint="--against")
        if slide is not None:
            raise typer.BadParameter(say("the slide is named already"), param_hint="--slide")
        reference, file = load_reference(against), SlideFile(target, mpp)
        asked = replace(asked, own_center=center or "")
    else:
        if mpp is not None or center is not None:
            raise typer.BadParameter(
                say("a run holds it"), param_hint="--mpp" if mpp is not None else "--center"
            )
        file = file_of(run, slide or _slide_of(run, target))
        reference = set_of_run(run, target, against, "--against")
        if run.slide is not None:
            settings = chosen.settings
            asked = request_of_run(run, asked, device=settings.device, offline=settings.offline)
    known = in_roles(reference, asked.settings.center_columns, asked.settings.tissue_column)
    of_run = [] if run is None else [each.encoder.name for each in run.encoders]
    names = list(dict.fromkeys(encoder_names or of_run))
    if not names:
        raise typer.BadParameter(say("name at least one"), param_hint="--encoder")
    specs = known_encoders(context).chosen(names)
    titles = {spec.name: spec.title for spec in specs}
    store = EmbeddingStore(embeddings_dir())
    with Watch(quiet=json) as watch, file.open(watch) as opened:
        if run is not None:
            require_same_slide(run, opened)
        plan = plan_altering(asked, known, opened, specs, report=watch)
        cost = altering_cost(plan, store, Rates.beside(store), report=watch)
        watch.say(_cost_words(plan, cost))
        if dry_run:
            if json:
                print_json(cost)
            return

        def report(event: Event) -> None:
            if isinstance(event, PartialResult) and isinstance(event.result, WhatIfSoFar):
                name, partly = event.result.encoder, event.result.found
                with as_read():
                    watch.live(name, so_far(titles[name], partly, len(plan.rows), known.columns))
            watch(event)

        found = carry_out(plan, store, report)
    done = {name: each for name, each in found.items() if isinstance(each, WhatIf)}
    if run is not None and (why := keep_for_run(target, run, done)):
        err.print(why, soft_wrap=True)
    if csv_file is not None:
        with os_errors_as(RecordError, say("{file} cannot be written", file=csv_file)):
            write_file(csv_file, what_if_csv(done).encode())
    if json:
        with in_english():
            print_json({name: _for_json(each) for name, each in found.items()})
    else:
        for name, each in done.items():
            print_what_if(titles[name], each, known.columns)
        if done:
            for text in (DEFINITION, MOVED, FOLLOWED, INTERVALS):
                tell(known.columns.say(text))
    _say_failures(found, titles)


def _cost_words(plan: AlteringPlan, cost: Cost) -> str:
    """What is going to be done, and how long it takes."""
    from pathgui.core.cost.words import cost_sentence

    return say(
        "{tiles} tiles × {alterations} alterations beside the tiles as they are. {cost}.",
        tiles=len(plan.rows),
        alterations=len(plan.altered.alterations),
        cost=cost_sentence(cost),
    )


def _slide_of(run: Run, folder: Path) -> Path:
    """The slide of a run, found beside it or in the current folder."""
    facts = run.slide
    if facts is None:
        what = (
            say("This run is of the reference set alone")
            if run.cohort is None
            else say("This run is of a cohort")
        )
        raise RecordError(
            say("{what}. Name a slide and the reference set instead: pathgui perturb SLIDE "
                "--against REF.", what=what)
        )  # fmt: skip
    name = name_book().name_of(facts.file_name)
    found = slide_of_run(facts, (), [folder.absolute().parent, Path.cwd()], name=name)
    if found is None:
        raise RecordError(
            say("The slide {name} of this run is not found. Name it with --slide.", name=name)
        )
    return found


def _for_json(each: WhatIf | NotAssessable | PathguiError) -> object:
    return {"error": str(each)} if isinstance(each, PathguiError) else each


def _say_failures(
    found: dict[str, WhatIf | NotAssessable | PathguiError], titles: dict[str, str]
) -> None:
    """Encoders that gave nothing, and why; an error if none gave anything."""
    failed: Sequence[str] = [
        f"{titles[name]}: {each.reason if isinstance(each, NotAssessable) else each}"
        for name, each in found.items()
        if not isinstance(each, WhatIf)
    ]
    if len(failed) == len(found):
        raise PathguiError(" ".join(failed))
    for text in failed:
        print_error(text)
